#!/usr/bin/env python3
"""Whether time and memory per epoch stay flat: trains a small recipe for many epochs and looks at each one's end.

    benchmarks/flat_epochs.py [RECIPE [EPOCHS]] [key=value]...        (lenet5, 50)

One line of JSON: the median seconds of the first and last ten epochs after the first, their ratio, and the resident
memory (VmRSS, MiB) at the end of the second, of the tenth and of the last epoch.

    PERCEPT_BIN   the program   (build/release/percept)
    PERCEPT_DATA  where the data sets are
"""
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BIN = os.environ.get("PERCEPT_BIN", os.path.join(ROOT, "build/release/percept"))


def resident_mib(pid):
    with open(f"/proc/{pid}/status") as f:
        return next(int(line.split()[1]) / 1024 for line in f if line.startswith("VmRSS"))


def watch(command):
    """(time, resident MiB) at each epoch's end."""
    seen = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        for line in process.stdout:
            if "s/step" in line:
                seen.append((time.monotonic(), resident_mib(process.pid)))
    if process.returncode != 0:
        sys.exit(f"{' '.join(command)}: exit {process.returncode}")
    return seen


def main():
    words = [a for a in sys.argv[1:] if "=" not in a]
    recipe = words[0] if words else "lenet5"
    epochs = int(words[1]) if len(words) > 1 else 50
    with tempfile.TemporaryDirectory() as folder:
        seen = watch([BIN, "train", os.path.join(ROOT, "recipes", recipe + ".toml"), f"epochs={epochs}", f"out={folder}",
                      *[a for a in sys.argv[1:] if "=" in a]])
    if len(seen) != epochs:
        sys.exit(f"{len(seen)} epochs seen, {epochs} asked for")
    seconds = [b[0] - a[0] for a, b in zip(seen, seen[1:])]
    first, last = statistics.median(seconds[:10]), statistics.median(seconds[-10:])
    print(json.dumps({"recipe": recipe, "epochs": epochs, "seconds_first_ten": round(first, 4), "seconds_last_ten": round(last, 4),
                      "ratio": round(last / first, 4), "mib_second": round(seen[1][1], 1), "mib_tenth": round(seen[9][1], 1),
                      "mib_last": round(seen[-1][1], 1)}))


main()
