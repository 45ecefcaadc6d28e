#!/usr/bin/env python3
"""Runs benchmark_convolutions on one thread and keeps what it says for the page of compare.py.

    benchmarks/peers/convolutions.py [--rounds N] [--seconds S] [--program FILE]

Each round is a process of its own; of each figure the median over rounds is kept. Writes convolutions.json beside itself.
"""
import argparse
import datetime
import json
import os
import statistics
import subprocess

from watch import cpu_model

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
FILE = os.path.join(HERE, "convolutions.json")
PASSES = {"conv2d": "forward", "conv2d_input_grad": "by the input", "conv2d_weight_grad": "by the weight"}
EXACT = ["onednn direct", "onednn winograd", "cpu winograd", "cpu planes", "cpu shifts"]
LOW = ["onednn bf16", "cpu pairs", "cpu rounded"]
KERNELS = EXACT + LOW


def cell(line, kernel, best):
    if kernel not in line:
        return "-"
    figure = line[kernel]
    fast = "**" if kernel in best else ""
    return f"{fast}{figure['gflops']:.0f}{fast} ({figure['error']:.0e})".replace("e-0", "e-")


def text(table):
    """The section of docs/performance.md, or nothing where this was never run. table: page.py's."""
    if not os.path.exists(FILE):
        return ""
    with open(FILE) as source:
        found = json.load(source)
    rows = []
    for line in found["lines"]:
        best = [max((kernel for kernel in kernels if kernel in line), key=lambda kernel: line[kernel]["gflops"], default=None)
                for kernels in (EXACT, LOW)]
        rows.append([line["layer"], PASSES[line["pass"]], *(cell(line, kernel, best) for kernel in EXACT), line["chosen"],
                     *(cell(line, kernel, best) for kernel in LOW)])
    return (f"\n## Convolutions, layer by layer\n\nGFLOP/s of one thread, counted as the direct convolution's work, and the root of the mean "
            f"square of the error over that of the result, against float64; the median of {found['rounds']} processes, {found['date']}, "
            f"{found['cpu']}: `python benchmarks/peers/convolutions.py`. The fastest is bold; \"auto\" is what `algorithm = \"auto\"` "
            "chooses, by a table of its own ([convolution.md](convolution.md)). The last three columns are of operands rounded to bf16, by the "
            "processor's bf16, oneDNN's and ours, and as f32 (what \"auto\" is there), the errors those of rounding ([precision.md](precision.md)). oneDNN's Winograd is timed in its own order of memory, "
            "without the way into it; Percept does not use it. Layers: network, channels, taps, side of the image, batch.\n\n"
            + table(["layer", "pass", "direct (oneDNN)", "Winograd (oneDNN)", "Winograd", "planes", "shifts", "auto", "bf16 (oneDNN)", "pairs (bf16)", "rounded"], rows) + "\n")


def joined(runs):
    """One line per layer and pass: the median of each figure over the runs."""
    lines = []
    for same in zip(*runs):
        line = {key: same[0][key] for key in ("layer", "pass", "chosen")}
        for kernel in KERNELS:
            if all(kernel in one for one in same):
                line[kernel] = {key: statistics.median(one[kernel][key] for one in same) for key in ("p10", "gflops", "error")}
        lines.append(line)
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=0.15)
    parser.add_argument("--program", default=os.path.join(ROOT, "build/release/benchmarks/benchmark_convolutions"))
    options = parser.parse_args()
    runs = []
    for _ in range(options.rounds):
        done = subprocess.run([options.program, "1", str(options.seconds)], capture_output=True, text=True, check=True)
        runs.append([json.loads(line) for line in done.stdout.splitlines()])
    with open(FILE, "w") as out:
        json.dump({"date": datetime.date.today().isoformat(), "cpu": cpu_model(), "rounds": options.rounds, "lines": joined(runs)}, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()
