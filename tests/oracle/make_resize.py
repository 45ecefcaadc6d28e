#!/usr/bin/env python3
"""Writes tests/oracle/resize.safetensors: pictures resized by Pillow, for percept/data/resize_test.cpp.

    python make_resize.py PHOTOGRAPH        (made with Pillow 13.0, NumPy 2.4 from tabby_kitten.jpg)

A part of a photograph, 61 x 47, to sizes larger and smaller, with every filter; the rules crop and pad through the boxes
that Pillow's ImageOps.fit and .pad would take.
"""
import json
import struct
import sys
from pathlib import Path

import numpy as np
from PIL import Image

FILTERS = {"nearest": Image.Resampling.NEAREST, "bilinear": Image.Resampling.BILINEAR, "bicubic": Image.Resampling.BICUBIC}
SIZES = [(20, 33), (13, 61), (47, 30), (60, 70), (7, 5), (1, 1), (64, 20)]  # height, width


def save(path, tensors):
    header, data = {}, b""
    for name, array in tensors.items():
        array = np.ascontiguousarray(array)
        header[name] = {"dtype": "U8", "shape": list(array.shape), "data_offsets": [len(data), len(data) + array.nbytes]}
        data += array.tobytes()
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def planes(image):
    array = np.asarray(image)
    return array[None] if array.ndim == 2 else array.transpose(2, 0, 1)


def main():
    photograph = Image.open(sys.argv[1]).convert("RGB")
    width, height = photograph.size
    part = photograph.crop((width // 3, height // 3, width // 3 + 61, height // 3 + 47))
    tensors = {"rgb": planes(part), "gray": planes(part.convert("L"))}
    for name, how in FILTERS.items():
        for height, width in SIZES:
            if height * width < 2000:
                tensors[f"rgb.{name}.{height}x{width}"] = planes(part.resize((width, height), how))
            tensors[f"gray.{name}.{height}x{width}"] = planes(part.convert("L").resize((width, height), how))
    # crop: the largest middle part of the right ratio, at whole pixels
    side = min(part.size)
    left = (part.width - side) // 2
    tensors["rgb.crop.24x24"] = planes(part.crop((left, 0, left + side, side)).resize((24, 24), FILTERS["bilinear"]))
    # pad: all of it, black above and below
    inner = part.resize((24, round(24 * part.height / part.width)), FILTERS["bilinear"])
    padded = Image.new("RGB", (24, 24))
    padded.paste(inner, (0, (24 - inner.height) // 2))
    tensors["rgb.pad.24x24"] = planes(padded)
    save(Path(__file__).with_name("resize.safetensors"), tensors)


if __name__ == "__main__":
    main()
