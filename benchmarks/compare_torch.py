#!/usr/bin/env python3
"""Percept's training step beside PyTorch's, interleaved: a round runs each item once by both, in fresh processes.

    pip install torch==2.13.0
    python3 benchmarks/compare_torch.py [ROUNDS] [SECONDS] [ITEM...]

Prints, per item, the median over rounds of each side's median and 10th percentile (ms per step), and the median of the
rounds' ratios (above 1: Percept is faster). Writes build/compare_torch.json. Nothing else should run meanwhile.
"""
import json
import os
import statistics
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
THREADS = "2"
ITEMS = ["a_softmax", "b_mlp5", "c_psc_cnn", "d_mnist_cnn", "e_lenet5"]


def last_json(command, env):
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **env}, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1])


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    seconds = sys.argv[2] if len(sys.argv) > 2 else "2"
    items = sys.argv[3:] or ITEMS
    runs = {item: [] for item in items}
    for number in range(rounds):
        for item in items:
            ours = last_json([os.path.join(ROOT, "build/release/percept"), "bench", item, f"seconds={seconds}", f"threads={THREADS}", "--json"], {})
            theirs = last_json([sys.executable, os.path.join(ROOT, "benchmarks/torch_step.py"), item, seconds], {"OMP_NUM_THREADS": THREADS})
            runs[item].append((ours, theirs))
        print(f"round {number + 1} of {rounds} done", file=sys.stderr)
    print(f"{THREADS} threads, {rounds} rounds of {seconds} s, PyTorch {runs[items[0]][0][1]['torch']} eager; ms per step, median (p10)")
    print(f"{'item':14}{'percept':>20}{'PyTorch':>20}{'ratio':>8}")
    for item, pairs in runs.items():
        middle = lambda side, key: statistics.median(pair[side][key] for pair in pairs)
        ratio = statistics.median(theirs["median_ms"] / ours["median_ms"] for ours, theirs in pairs)
        cell = lambda side: f"{middle(side, 'median_ms'):.3f} ({middle(side, 'p10_ms'):.3f})"
        print(f"{item:14}{cell(0):>20}{cell(1):>20}{ratio:8.2f}")
    with open(os.path.join(ROOT, "build/compare_torch.json"), "w") as f:
        json.dump(runs, f)


main()
