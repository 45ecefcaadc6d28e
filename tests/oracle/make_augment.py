#!/usr/bin/env python3
"""Makes augment.safetensors: what Pillow, OpenCV, colorsys and NumPy give for each augmentation with fixed parameters.

    pip install numpy==2.4.6 pillow==13.0.0 opencv-python-headless==5.0.0.93 safetensors==0.8.0
    python3 tests/oracle/make_augment.py DATA        (DATA: the folder with images/ and mnist/)

Cases are named as in tests/oracle_augment.cpp. Beyond the edge a picture is continued by numpy.pad, then read by
Pillow's transform, whose places are continuous as ours: pixel i covers i..i+1.
"""
import colorsys
import gzip
import os
import sys

import cv2
import numpy as np
from PIL import Image, ImageEnhance, ImageOps
from safetensors.numpy import save_file

data = sys.argv[1]
out = {}

photo = Image.open(f"{data}/images/tabby_cat.jpg").convert("RGB")
w, h = photo.size
photo = photo.crop((w // 2 - 192, h // 2 - 144, w // 2 + 192, h // 2 + 144)).resize((64, 48), Image.Resampling.LANCZOS)
with gzip.open(f"{data}/mnist/t10k-images-idx3-ubyte.gz") as file:
    digit = Image.fromarray(np.frombuffer(file.read()[16:16 + 784], np.uint8).reshape(28, 28))
small = photo.crop((20, 10, 44, 30))  # 24 x 20


def planes(image):
    a = np.asarray(image)
    return np.ascontiguousarray(a[None] if a.ndim == 2 else a.transpose(2, 0, 1))


pictures = {"photo": photo, "digit": digit, "small": small}
for name, picture in pictures.items():
    out[f"in.{name}"] = planes(picture)


# --- Geometry ---------------------------------------------------------------------------------------------------
def move(x, y):
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1.0]])


def affine(size, degrees=0, scale=1, shear=0, shift=(0, 0)):
    """From the old picture to the new: shear, zoom and a turn counter-clockwise about the centre, then the shift."""
    t, k = np.deg2rad(degrees), np.tan(np.deg2rad(shear))
    turn = np.array([[np.cos(t), np.sin(t), 0], [-np.sin(t), np.cos(t), 0], [0, 0, 1]])
    cx, cy = size[0] / 2, size[1] / 2
    return move(*shift) @ move(cx, cy) @ turn @ np.diag([scale, scale, 1]) @ \
        np.array([[1, k, 0], [0, 1, 0], [0, 0, 1]]) @ move(-cx, -cy)


PAD, FILL = 40, 37
MODES = {"constant": {"mode": "constant", "constant_values": FILL}, "reflect": {"mode": "reflect"},
         "symmetric": {"mode": "symmetric"}, "replicate": {"mode": "edge"}, "wrap": {"mode": "wrap"}}


def padded(picture, mode):
    a = np.asarray(picture)
    return np.pad(a, ((PAD, PAD), (PAD, PAD)) + ((0, 0),) * (a.ndim - 2), **MODES[mode])


def warp(case, name, mode, to_new, size=None, how=Image.Resampling.BILINEAR):
    picture = pictures[name]
    size = size or picture.size
    to_old = np.linalg.inv(to_new)
    m = move(PAD, PAD) @ to_old
    m /= m[2, 2]
    got = Image.fromarray(padded(picture, mode)).transform(size, Image.Transform.PERSPECTIVE, m.ravel()[:8], how)
    kind = "nearest" if how == Image.Resampling.NEAREST else "bilinear"
    out[f"warp.{case}.{name}.{mode}.{kind}"] = planes(got)
    out[f"matrix.{case}"] = to_old


turned = affine(small.size, 17.3, 1.1, 8, (2.3, -1.7))
for mode in MODES:
    warp("affine", "small", mode, turned)
    warp("far", "digit", mode, affine(digit.size, -40, 0.5, 0, (3, 2)))
warp("affine_near", "small", "reflect", turned, how=Image.Resampling.NEAREST)
warp("rotate", "photo", "constant", affine(photo.size, 30))
warp("rotate_digit", "digit", "constant", affine(digit.size, -12.5))
warp("zoom", "digit", "constant", affine(digit.size, 0, 0.83))
warp("zoom_in", "small", "symmetric", affine(small.size, 0, 1.7))
warp("shift", "digit", "wrap", move(3.25, -5.5))
warp("shift_whole", "digit", "constant", move(-4, 6))
warp("shear", "digit", "replicate", affine(digit.size, 0, 1, 20))
warp("flip", "small", "constant", np.array([[-1, 0, small.size[0]], [0, 1, 0], [0, 0, 1.0]]))
# flip, then turn, then a crop of 16 x 12 at (5, 4), in one
warp("chain", "small", "reflect", move(-5, -4) @ affine(small.size, 25) @
     np.array([[-1, 0, small.size[0]], [0, 1, 0], [0, 0, 1.0]]), (16, 12))

w, h = small.size
old = np.float32([[0, 0], [w, 0], [w, h], [0, h]])
new = np.float32([[3, 2], [w - 1, 4], [w - 5, h - 2], [2, h - 6]])
perspective = cv2.getPerspectiveTransform(old, new)
warp("perspective", "small", "constant", perspective)
warp("perspective_reflect", "small", "reflect", perspective)
out["corners.new"] = new.astype(np.float64)

# Parts brought to other sizes: Pillow's antialiased bilinear. box: left, top, right, bottom.
for case, name, box, size in [("down", "photo", (0, 0, 64, 48), (20, 17)), ("part", "photo", (10, 5, 57, 40), (24, 24)),
                              ("up", "digit", (3, 4, 20, 25), (40, 37)), ("mixed", "small", (1, 2, 23, 9), (15, 21))]:
    out[f"resize.{case}.{name}"] = planes(pictures[name].resize(size, Image.Resampling.BILINEAR, box))
    out[f"box.{case}"] = np.float64(box)


# A field of displacements, in f64 by hand: digit, nothing beyond the edge.
def read(a, x, y):
    """Bilinear at continuous places, 0 outside."""
    a = np.pad(a.astype(np.float64), 60)
    x, y = x - 0.5 + 60, y - 0.5 + 60
    i, j = np.floor(x).astype(int), np.floor(y).astype(int)
    u, v = x - i, y - j
    return (a[j, i] * (1 - u) + a[j, i + 1] * u) * (1 - v) + (a[j + 1, i] * (1 - u) + a[j + 1, i + 1] * u) * v


rng = np.random.default_rng(2026)
field = np.stack([cv2.GaussianBlur(34 * (2 * rng.random((28, 28)) - 1), (33, 33), 4, borderType=cv2.BORDER_REFLECT_101)
                  for _ in range(2)]).astype(np.float32)
gy, gx = np.mgrid[0:28, 0:28] + 0.5
out["field"] = field
out["elastic"] = read(np.asarray(digit), gx + field[0].astype(np.float64), gy + field[1].astype(np.float64))
angle = affine(digit.size, 33, 0.9)
back = np.linalg.inv(angle)
out["matrix.f32"] = back
out["warp_f32"] = read(np.asarray(digit), back[0, 0] * gx + back[0, 1] * gy + back[0, 2],
                       back[1, 0] * gx + back[1, 1] * gy + back[1, 2])

# --- Light, colour, tone, filters -----------------------------------------------------------------------------------
for factor in (0.35, 1.6):
    out[f"brightness.{factor}"] = planes(ImageEnhance.Brightness(photo).enhance(factor))
    out[f"contrast.{factor}"] = planes(ImageEnhance.Contrast(photo).enhance(factor))
    out[f"saturation.{factor}"] = planes(ImageEnhance.Color(photo).enhance(factor))
    out[f"sharpness.{factor}"] = planes(ImageEnhance.Sharpness(photo).enhance(factor))
out["contrast_digit.1.6"] = planes(ImageEnhance.Contrast(digit).enhance(1.6))
out["grey"] = planes(ImageOps.grayscale(photo))
out["invert"] = planes(ImageOps.invert(small))
out["solarize.100"] = planes(ImageOps.solarize(small, 100))
out["posterize.3"] = planes(ImageOps.posterize(small, 3))
out["equalize"] = planes(ImageOps.equalize(photo))
out["equalize_digit"] = planes(ImageOps.equalize(digit))
out["autocontrast"] = planes(ImageOps.autocontrast(photo))
for turns in (0.1, -0.3, 0.5):
    pixels = [colorsys.rgb_to_hsv(*(v / 255 for v in p)) for p in np.asarray(small).reshape(-1, 3)]
    turned = [colorsys.hsv_to_rgb((a + turns) % 1, b, c) for a, b, c in pixels]
    out[f"hue.{turns}"] = (np.array(turned) * 255).reshape(20, 24, 3).transpose(2, 0, 1).copy()
for size, sigma in ((5, 1.3), (9, 2.0)):
    blurred = cv2.GaussianBlur(np.asarray(small).astype(np.float64), (size, size), sigma,
                               borderType=cv2.BORDER_REFLECT_101)
    out[f"blur.{size}.{sigma}"] = blurred.transpose(2, 0, 1).copy()

here = os.path.dirname(os.path.abspath(__file__))
target = os.path.join(here, "augment.safetensors")
save_file({k: np.ascontiguousarray(v) for k, v in out.items()}, target)
print(len(out), "tensors,", os.path.getsize(target), "bytes")
