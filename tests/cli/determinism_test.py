#!/usr/bin/env python3
"""Same seed, same bits: one hash for any number of threads and loader workers, run twice; another for another seed or
one more step; the shipped script recomputes it from the file."""
import os
import subprocess
import sys

from _common import SOURCE, check, run_json, temporary

# Data from Debian's package; the recipes' own networks, long enough for every kernel and state to matter.
with temporary() as work:
    for recipe in ("mlp5_dropout", "lenet5", "fashion_cnn"):
        def short(steps=12, seed=0, threads=2, workers=1):
            return run_json("train", recipe, "data=fashion_mnist", f"steps={steps}", f"seed={seed}", f"threads={threads}",
                            f"num_workers={workers}", f"out={work}/{recipe}", "--quiet")
        first = short()
        hashes = {(2, 1, "again"): short()["weights_sha256"]}
        for threads, workers in [(1, 0), (1, 4), (2, 0), (2, 4), (3, 1), (4, 0), (4, 1), (3, 4)]:
            hashes[threads, workers] = short(threads=threads, workers=workers)["weights_sha256"]
        for combination, value in hashes.items():
            check(value == first["weights_sha256"], f"{recipe}: {combination} gives {value}, not {first['weights_sha256']}")
        check(short(seed=1)["weights_sha256"] != first["weights_sha256"], f"{recipe}: another seed gives the same weights")
        check(short(steps=13)["weights_sha256"] != first["weights_sha256"], f"{recipe}: one more step gives the same weights")
        script = subprocess.run([sys.executable, os.path.join(SOURCE, "tools/weights_sha256.py"), first["model"]],
                                capture_output=True, text=True, check=True)
        check(script.stdout.split()[0] == first["weights_sha256"], f"{recipe}: the script says {script.stdout}")
        print(recipe, first["weights_sha256"], len(hashes) + 1, "runs alike")
