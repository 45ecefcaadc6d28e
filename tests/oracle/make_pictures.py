#!/usr/bin/env python3
"""Makes tests/oracle/pictures/: PNG and JPEG files, and in expected.npz the pixels that Pillow reads from them.

    pip install numpy==2.4.6 pillow==13.0.0 && python3 tests/oracle/make_pictures.py

Read by percept/formats/image_oracle_test.cpp. Pillow writes no interlaced PNG files and no RGB ones of 16 bits, so
PNG files are put together here; where Pillow cannot be asked (16 bits to 8, which it cuts and we round; CMYK without
Adobe's marker, which it takes for Adobe's) the pixels are worked out here by the formulas of image.h.
"""
import io
import pathlib
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps

HERE = pathlib.Path(__file__).resolve().parent / "pictures"
random = np.random.default_rng(2026)
expected = {}


def keep(name, data, pixels):
    """pixels: [H, W] or [H, W, C]"""
    pixels = np.asarray(pixels)
    expected[name] = np.ascontiguousarray((pixels[..., None] if pixels.ndim == 2 else pixels).transpose(2, 0, 1))
    assert expected[name].dtype == np.uint8, name
    (HERE / name).write_bytes(data)


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def packed_rows(samples, bits):
    """Rows of samples [H, W * C], each with filter 0."""
    rows = b""
    for row in samples:
        if bits == 16:
            rows += b"\0" + row.astype(">u2").tobytes()
        else:
            text = "".join(f"{value:0{bits}b}" for value in row)
            text += "0" * (-len(text) % 8)
            rows += b"\0" + bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))
    return rows


ADAM7 = [(0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1)]


def png(samples, bits, colour, interlace=False, before=b""):
    """samples: [H, W, C] as they stand in the file."""
    height, width, _ = samples.shape
    rows = b""
    for y, x, dy, dx in ADAM7 if interlace else [(0, 0, 1, 1)]:
        part = samples[y::dy, x::dx]
        if part.size:
            rows += packed_rows(part.reshape(part.shape[0], -1), bits)
    head = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, interlace)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + before + chunk(b"IDAT", zlib.compress(rows, 9)) +
            chunk(b"IEND", b""))


def by_pillow(data, mode=None):
    image = Image.open(io.BytesIO(data))
    return np.asarray(image.convert(mode) if mode else image)


def rounded(samples):
    return np.floor(samples / 257 + 0.5).astype(np.uint8)


def png_files():
    def samples(channels, bits, height=11, width=13):
        return random.integers(0, 2**bits, (height, width, channels))

    for bits in (1, 2, 4, 8, 16):
        for interlace in (False, True):
            values = samples(1, bits)
            keep(f"grey{bits}{'_interlaced' * interlace}.png", png(values, bits, 0, interlace),
                 rounded(values)[..., 0] if bits == 16 else (values[..., 0] * (255 // (2**bits - 1))).astype("u1"))
    for bits, colour, channels, name in ((8, 2, 3, "rgb"), (8, 6, 4, "rgba"), (16, 2, 3, "rgb16"), (16, 6, 4, "rgba16")):
        for interlace in (False, True):
            values = samples(channels, bits)
            data = png(values, bits, colour, interlace)
            pixels = rounded(values) if bits == 16 else by_pillow(data)
            keep(f"{name}{'_interlaced' * interlace}.png", data, pixels)
    for bits in (8, 16):
        values = samples(2, bits)
        data = png(values, bits, 4)
        wide = rounded(values) if bits == 16 else by_pillow(data)
        keep(f"grey_alpha{bits}.png", data, wide[..., [0, 0, 0, 1]])
    for bits in (1, 2, 4, 8):
        colours = random.integers(0, 256, (2**bits, 3)).astype("u1")
        palette = chunk(b"PLTE", colours.tobytes())
        data = png(samples(1, bits), bits, 3, before=palette)
        keep(f"palette{bits}.png", data, by_pillow(data, "RGB"))
        data = png(samples(1, bits), bits, 3, True, palette + chunk(b"tRNS", bytes([0, 77])))
        keep(f"palette{bits}_clear_interlaced.png", data, by_pillow(data, "RGBA"))
    values = samples(1, 8)
    data = png(values, 8, 0, before=chunk(b"tRNS", struct.pack(">H", values[0, 0, 0])))
    keep("grey8_clear.png", data, by_pillow(data, "RGBA"))
    values = samples(3, 8)
    data = png(values, 8, 2, before=chunk(b"tRNS", struct.pack(">3H", *values[2, 3])))
    keep("rgb_clear.png", data, by_pillow(data, "RGBA"))
    values = samples(3, 16)
    values[1, 1] = values[2, 3] ^ 1  # not the clear colour, though 8 bits could not tell
    alpha = np.where((values == values[2, 3]).all(2), 0, 255).astype("u1")
    keep("rgb16_clear.png", png(values, 16, 2, before=chunk(b"tRNS", struct.pack(">3H", *values[2, 3]))),
         np.dstack([rounded(values), alpha]))
    values = samples(3, 8, 1, 1)
    keep("one_pixel.png", png(values, 8, 2), values.astype("u1"))
    keep("one_pixel_interlaced.png", png(values, 8, 2, True), values.astype("u1"))


def scene(height, width):
    """Smooth, and different at every corner: JPEG keeps it well."""
    y, x = np.mgrid[0:height, 0:width] / max(height, width)
    return np.stack([255 * x, 255 * y, 127 + 120 * np.sin(7 * x + 3 * y)], 2).round().astype("u1")


def saved(image, **options):
    file = io.BytesIO()
    image.save(file, **options)
    return file.getvalue()


def without_adobe(data):
    at = data.index(b"\xff\xee\x00\x0eAdobe")
    return data[:at] + data[at + 16:]


def jpeg_files():
    photo = Image.fromarray(scene(14, 21))
    full = {"format": "JPEG", "quality": 95, "subsampling": 0}
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x010E] = "an entry before"
        exif[0x0112] = orientation
        exif[0x011A] = 72.0
        for kind, options in (("jpg", full), ("png", {"format": "PNG"})):
            data = saved(photo, exif=exif, **options)
            turned = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
            keep(f"orientation{orientation}.{kind}", data, turned)
    for order in ("<", ">"):  # Pillow writes one byte order only
        tiff = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(
            order + "IHHHIHHI", 8, 1, 0x0112, 3, 1, 6, 0, 0)
        data = saved(photo, exif=b"Exif\0\0" + tiff, **full)
        keep(f"exif_{'little' if order == '<' else 'big'}.jpg", data,
             ImageOps.exif_transpose(Image.open(io.BytesIO(data))))
    for name, options in (("baseline420", {"subsampling": 2}), ("progressive", {"progressive": True}),
                          ("restarts", {"restart_marker_blocks": 2}), ("optimized", {"optimize": True})):
        data = saved(photo, format="JPEG", quality=90, **options)
        keep(f"{name}.jpg", data, by_pillow(data))
    data = saved(photo.convert("L"), format="JPEG")
    keep("grey.jpg", data, by_pillow(data))
    data = saved(photo, format="JPEG", keep_rgb=True)
    keep("kept_rgb.jpg", data, by_pillow(data))
    inks = Image.fromarray(np.dstack([255 - scene(14, 21), scene(14, 21)[..., 2] // 3]), "CMYK")
    data = saved(inks, format="JPEG", quality=95)
    keep("cmyk_adobe.jpg", data, by_pillow(data, "RGB"))
    stored = 255 - by_pillow(data).astype(int)  # Pillow has undone Adobe's inversion
    plain = without_adobe(data)
    keep("cmyk_plain.jpg", plain, ((255 - stored[..., :3]) * (255 - stored[..., 3:]) / 255 + 0.5).astype("u1"))
    large = Image.fromarray(scene(120, 200))
    data = saved(large, format="JPEG", quality=80)
    keep("large.jpg", data, by_pillow(data))
    for divisor in (2, 4, 8):
        image = Image.open(io.BytesIO(data))
        image.draft("RGB", (-(-200 // divisor), -(-120 // divisor)))
        expected[f"large.jpg/{divisor}"] = np.asarray(image).transpose(2, 0, 1).copy()


def main():
    HERE.mkdir(exist_ok=True)
    for old in HERE.iterdir():
        old.unlink()
    png_files()
    jpeg_files()
    np.savez_compressed(HERE / "expected.npz", **expected)


if __name__ == "__main__":
    main()
