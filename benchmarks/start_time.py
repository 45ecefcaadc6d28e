#!/usr/bin/env python3
"""How long `percept --version` and `percept recipes` take from start to exit, beside `python3 -c pass` in the same minute.

    python benchmarks/start_time.py [--rounds 30] [--percept FILE]

Each round starts every command once, so that a busy machine slows all of them alike. Prints median and least in
milliseconds; the promise is 30 ms on a machine at rest.
"""
import argparse
import os
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def milliseconds(command):
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return (time.perf_counter() - begin) * 1000


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--percept", default=os.path.join(ROOT, "build/release/percept"))
    options = parser.parse_args()

    commands = [[options.percept, "--version"], [options.percept, "recipes"], [sys.executable, "-S", "-c", "pass"]]
    times = [[] for _ in commands]
    for _ in range(options.rounds):
        for command, taken in zip(commands, times):
            taken.append(milliseconds(command))
    for command, taken in zip(commands, times):
        words = " ".join([os.path.basename(command[0]), *command[1:]])
        print(f"{words:24} {statistics.median(taken):7.1f} ms (least {min(taken):.1f})")


if __name__ == "__main__":
    main()
