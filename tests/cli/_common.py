"""_common.py - running the program from tests: shared by the scripts beside it."""
import gzip
import json
import os
import struct
import subprocess
import sys
import tempfile
import zipfile

BIN = os.environ["PERCEPT_BIN"]
SOURCE = os.environ["PERCEPT_SOURCE"]


def run(*args, code=0, env=None, cwd=None, timeout=600):
    """Runs the program; fails unless it exits with `code`. Gives (stdout, stderr)."""
    done = subprocess.run([BIN, *map(str, args)], capture_output=True, text=True, cwd=cwd, timeout=timeout,
                          env={**os.environ, **(env or {})})
    if done.returncode != code:
        fail(f"percept {' '.join(map(str, args))}: exit {done.returncode}, wanted {code}\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done.stdout, done.stderr


def run_json(*args, **more):
    out, _ = run(*args, "--json", **more)
    return json.loads(out.strip().splitlines()[-1])


def fail(text):
    print("FAILED:", text)
    sys.exit(1)


def check(good, text):
    if not good:
        fail(text)


def idx(dims, data, kind=8):
    return struct.pack(">HBB", 0, kind, len(dims)) + b"".join(struct.pack(">I", d) for d in dims) + bytes(data)


def cut_idx_folder(source, folder, train, test):
    """The first samples of gzipped IDX files as a data set of its own."""
    os.makedirs(folder, exist_ok=True)
    for part, count in (("train", train), ("t10k", test)):
        for name, rank in ((f"{part}-images-idx3-ubyte", 3), (f"{part}-labels-idx1-ubyte", 1)):
            with gzip.open(os.path.join(source, name + ".gz")) as f:
                dims = struct.unpack(f">{rank}I", f.read(4 + 4 * rank)[4:])
                data = f.read(count * dims[1] * dims[2] if rank == 3 else count)
            with open(os.path.join(folder, name), "wb") as f:
                f.write(idx([count, *dims[1:]], data))


def write_idx_folder(folder, train=64, test=16, classes=4, size=8, edit=None):
    """A small data set of IDX files whose classes are bright squares in different corners; `edit` changes a file's bytes."""
    os.makedirs(folder, exist_ok=True)
    for part, count in (("train", train), ("t10k", test)):
        pixels, labels = bytearray(), bytearray()
        for i in range(count):
            label = i % classes
            image = bytearray((i * 7 + y * 3 + x) % 40 for y in range(size) for x in range(size))
            for y in range(size // 2):
                for x in range(size // 2):
                    image[(y + label // 2 * (size // 2)) * size + x + label % 2 * (size // 2)] += 200
            pixels += image
            labels.append(label)
        files = {f"{part}-images-idx3-ubyte": idx([count, size, size], pixels), f"{part}-labels-idx1-ubyte": idx([count], labels)}
        for name, content in files.items():
            content = edit(name, content) if edit else content
            if content is not None:
                with open(os.path.join(folder, name), "wb") as f:
                    f.write(content)
    return folder


def write_npz(path, arrays, byte=False):
    """NumPy's .npz of nested lists: floats as f4 (bytes if `byte`), targets (y...) as i8."""
    def npy(values, name):
        shape, flat = [], values
        while isinstance(flat, list):
            shape.append(len(flat))
            flat = flat[0]
        flat = values
        for _ in shape[1:]:
            flat = [item for part in flat for item in part]
        kind, code = ("<i8", "q") if name.startswith("y") else ("|u1", "B") if byte else ("<f4", "f")
        head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': ({', '.join(map(str, shape))},), }}"
        head += " " * (63 - (10 + len(head)) % 64) + "\n"
        return b"\x93NUMPY\x01\0" + struct.pack("<H", len(head)) + head.encode() + struct.pack(f"<{len(flat)}{code}", *flat)

    with zipfile.ZipFile(path, "w") as z:
        for name, values in arrays.items():
            z.writestr(name + ".npy", npy(values, name))
    return path


RECIPE = """
name = "small"
[data]
source = "{data}"
[preprocess]
scale = 255.0
[model]
layers = [
  {{ type = "Conv2d", out_channels = 4, kernel_size = 3 }}, {{ type = "ReLU" }}, {{ type = "MaxPool2d", kernel_size = 2 }},
  {{ type = "Flatten" }}, {{ type = "Linear", out_features = 4 }},
]
[optimizer]
type = "{optimizer}"
learning_rate = {rate}
[train]
epochs = 2
batch_size = 16
"""


def write_recipe(path, data, optimizer="Adam", rate=0.01, text=RECIPE):
    with open(path, "w") as f:
        f.write(text.format(data=data, optimizer=optimizer, rate=rate))
    return path


def listing(folder):
    return sorted(os.path.relpath(os.path.join(where, name), folder)
                  for where, folders, files in os.walk(folder) for name in folders + files)


def temporary():
    return tempfile.TemporaryDirectory(prefix="percept-test-")


def gz(content):
    return gzip.compress(content)
