#!/usr/bin/env python3
"""Same seed, same bits: one hash for any number of threads and loader workers, run twice; another for another seed or
one more step; the shipped script recomputes it from the file."""
import os
import re
import subprocess
import sys

from _common import SOURCE, check, cut_idx_folder, run_json, temporary

# A net with every layer that normalises or draws random numbers; the list is checked against what is compiled in.
EVERY_NORM_AND_DROPOUT = """
name = "every_norm_and_dropout"
[data]
source = "fashion_mnist"
[preprocess]
scale = 255.0
[model]
layers = [
  { type = "GaussianNoise", stddev = 0.1 },
  { type = "Conv2d", out_channels = 8, kernel_size = 3, stride = 2 }, { type = "BatchNorm2d" }, { type = "ReLU" },
  { type = "LocalResponseNorm", size = 3 }, { type = "Dropout2d", rate = 0.1 },
  { type = "Conv2d", out_channels = 8, kernel_size = 3 }, { type = "GroupNorm", num_groups = 4 }, { type = "SELU" },
  { type = "AlphaDropout", rate = 0.1 },
  { type = "Conv2d", out_channels = 8, kernel_size = 3 }, { type = "InstanceNorm2d", affine = true, track_running_stats = true }, { type = "ReLU" },
  { type = "GaussianDropout", rate = 0.1 },
  { type = "Reshape", shape = [8, 81] }, { type = "InstanceNorm1d" }, { type = "Dropout1d", rate = 0.1 },
  { type = "Flatten" },
  { type = "Linear", out_features = 32 }, { type = "BatchNorm1d" }, { type = "ReLU" }, { type = "Dropout", rate = 0.3 },
  { type = "Linear", out_features = 32 }, { type = "LayerNorm" }, { type = "GELU" },
  { type = "Linear", out_features = 32 }, { type = "RMSNorm" }, { type = "SiLU" },
  { type = "Linear", out_features = 10 },
]
[loss]
type = "cross_entropy"
[optimizer]
type = "AdamW"
[train]
steps = 12
batch_size = 32
"""

# bf16 where this machine has it.
LOW = "bf16" if "bf16" in run_json("doctor")["findings"]["precisions"] else "bf16_rounded"

# The first images of Debian's package (testing all 10,000 each time would take the most); the recipes' own networks,
# long enough for every kernel and state to matter.
with temporary() as work:
    data = os.path.join(work, "fashion")
    cut_idx_folder("/usr/share/datasets/fashion-mnist", data, train=640, test=64)
    layers = run_json("explain")["names"]["layers"]
    for layer in layers:
        if re.search("Norm|Drop|Noise", layer):
            check(f'"{layer}"' in EVERY_NORM_AND_DROPOUT, f"{layer} is not in the net with every norm and dropout")
    every = os.path.join(work, "every_norm_and_dropout.toml")
    with open(every, "w") as f:
        f.write(EVERY_NORM_AND_DROPOUT)
    for recipe in ("mlp5_dropout", "lenet5", "fashion_cnn", "psc_cnn", "keras_cnn", every):
        def short(steps=12, seed=0, threads=2, workers=1, precision="f32", capture=True):
            return run_json("train", recipe, f"data={data}", f"steps={steps}", f"seed={seed}", f"threads={threads}",
                            f"num_workers={workers}", f"precision={precision}", f"capture={str(capture).lower()}",
                            f"out={work}/runs", "--quiet")
        first = short()
        hashes = {(2, 1, "again"): short()["weights_sha256"]}
        for threads, workers in [(1, 0), (1, 4), (2, 0), (2, 4), (3, 1), (4, 0), (4, 1), (3, 4)]:
            hashes[threads, workers] = short(threads=threads, workers=workers)["weights_sha256"]
        for combination, value in hashes.items():
            check(value == first["weights_sha256"], f"{recipe}: {combination} gives {value}, not {first['weights_sha256']}")
        check(short(seed=1)["weights_sha256"] != first["weights_sha256"], f"{recipe}: another seed gives the same weights")
        check(short(steps=13)["weights_sha256"] != first["weights_sha256"], f"{recipe}: one more step gives the same weights")
        if recipe in ("lenet5", "keras_cnn"):
            below = {short(threads=threads, precision=LOW, capture=capture)["weights_sha256"]
                     for threads, capture in [(1, True), (2, True), (3, True), (4, True), (2, False)]}
            check(len(below) == 1 and first["weights_sha256"] not in below, f"{recipe} in {LOW}: {below}")
        script = subprocess.run([sys.executable, os.path.join(SOURCE, "tools/weights_sha256.py"), first["model"]],
                                capture_output=True, text=True, check=True)
        check(script.stdout.split()[0] == first["weights_sha256"], f"{recipe}: the script says {script.stdout}")
        print(os.path.basename(recipe), first["weights_sha256"], len(hashes) + 1, "runs alike")
