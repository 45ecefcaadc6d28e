#!/usr/bin/env python3
"""Makes tests/oracle/numpy/: .npy and .npz files as NumPy writes them, read by percept/formats/npy_test.cpp.

    pip install numpy==2.4.6 && python3 tests/oracle/make_numpy_files.py
    PERCEPT_NPY_OUT=/tmp/npy build/release/tests/test_formats --gtest_filter='Npy.*:Npz.*'
    python3 tests/oracle/make_numpy_files.py check /tmp/npy      loads what Percept wrote, and compares

Every array is 2 by 3 and holds 0 1 2 / 3 4 5 (bool: 0 1 0 / 1 0 1) unless its name says otherwise.
"""
import io
import os
import pathlib
import sys
import zipfile

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent / "numpy"


def numbers(dtype):
    return (np.arange(6) % 2 if np.dtype(dtype) == bool else np.arange(6)).reshape(2, 3).astype(dtype)


def save(name, array, version=(1, 0)):
    with open(HERE / f"{name}.npy", "wb") as file:
        np.lib.format.write_array(file, array, version=version)


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def small_zip64():
    """An archive whose sizes all stand in zip64 fields, as those of large ones do."""
    limit, zipfile.ZIP64_LIMIT = zipfile.ZIP64_LIMIT, 10
    try:
        with zipfile.ZipFile(HERE / "zip64.npz", "w") as archive:
            for name in "ab":
                archive.writestr(zipfile.ZipInfo(f"{name}.npy"), npy(numbers("<i4")))
    finally:
        zipfile.ZIP64_LIMIT = limit


def make():
    HERE.mkdir(exist_ok=True)
    for dtype in "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 b1".split():
        for order in "<>":
            save(f"{dtype}_{'little' if order == '<' else 'big'}", numbers(np.dtype(order + dtype)))
    for version in (2, 3):
        save(f"version{version}", numbers("<f4"), (version, 0))
    save("fortran", np.asfortranarray(numbers("<f4")))
    save("fortran3", np.asfortranarray(np.arange(24, dtype="<i2").reshape(2, 3, 4)))
    save("scalar", np.array(7, "<f8"))
    save("empty", np.zeros((0, 3), "<f4"))
    save("one_axis", np.arange(5, dtype="<i8"))
    save("extremes_i2", np.array([-32768, 32767], "<i2"))
    save("extremes_u2", np.array([0, 65535], ">u2"))
    save("extremes_u4", np.array([0, 2**32 - 1], "<u4"))
    save("extremes_u8", np.array([0, 2**63 - 1], "<u8"))
    save("large_u8", np.array([0, 1, 2**63], "<u8"))
    save("objects", np.array([1, "a"], object))
    save("text", np.array(["a", "bc"]))
    save("bytes", np.array([b"a", b"bc"]))
    save("complex", np.array([1j]))
    save("dates", np.array(["2026-01-01"], "datetime64[D]"))
    save("fields", np.array([(1, 2.0)], [("a", "<i4"), ("b", "<f4")]))
    two = {"x": numbers("<f4"), "y": numbers("u1")}
    np.savez(HERE / "stored.npz", **two)
    np.savez_compressed(HERE / "deflated.npz", zeros=np.zeros((100, 100), "<f4"), **two)
    np.savez(HERE / "names.npz", **{"\u4e2d/../x": numbers("<f4"), "": numbers("i1")})
    np.savez(HERE / "none.npz")
    small_zip64()


def check(folder):
    """What Percept wrote of f32 etc. must load, and be the same bytes that NumPy writes."""
    files = sorted(pathlib.Path(folder).glob("*.npy"))
    assert files, f"nothing in {folder}"
    for file in files:
        array = np.load(file)
        assert npy(array) == file.read_bytes(), file
        print(file.name, array.dtype, array.shape, array.ravel()[:6])
    archive = np.load(os.path.join(folder, "ours.npz"))
    assert archive.files == ["x", "\u4e2d", "mask"], archive.files
    assert zipfile.ZipFile(os.path.join(folder, "ours.npz")).testzip() is None
    for name in archive.files:
        print(name, archive[name].dtype, archive[name].tolist())


if __name__ == "__main__":
    check(sys.argv[2]) if sys.argv[1:2] == ["check"] else make()
