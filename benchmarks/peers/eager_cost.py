#!/usr/bin/env python3
"""What a call costs beyond its kernel when nothing is captured: Percept beside PyTorch, microseconds per op on 8 numbers.

    python benchmarks/peers/eager_cost.py [--rounds 5] [--program FILE] [--python-torch FILE]      (pip install torch==2.13.0)

One thread each, fresh processes in turn. Writes benchmarks/peers/eager_cost.json for the performance page. Four figures:
    kernel                the kernel alone, its memory and addresses settled (Percept only)
    add                   add(x, y), nothing recorded
    add_recorded          add(x, w) of a parameter w: a node is made, and goes with the result
    chain_with_gradient   50 products and their gradients; per call, of which each product makes two
"""
import argparse
import datetime
import json
import os
import statistics
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
from watch import cpu_model, watched

FIGURES = ("kernel", "add", "add_recorded", "chain_with_gradient")
CALLS, REPEATS, CHAIN = 1000, 100, 50  # as benchmarks/eager_cost.cpp


def time_in_torch():
    """Prints the figures of PyTorch as one line of JSON."""
    import time

    import torch

    torch.set_num_threads(1)
    x, y = torch.rand(8) + 0.5, torch.rand(8) + 0.5
    w = (torch.rand(8) + 0.5).requires_grad_()

    def time_of(units, body):
        times = []
        for _ in range(REPEATS):
            begin = time.perf_counter()
            body()
            times.append((time.perf_counter() - begin) / units * 1e6)
        times.sort()
        return {"median_us": times[REPEATS // 2], "p10_us": times[REPEATS // 10]}

    def often(call):
        def body():
            for _ in range(CALLS):
                call()
        return body

    def chains():
        for _ in range(20):
            product = w
            for _ in range(CHAIN):
                product = product * y
            product.sum().backward()
            w.grad = None

    print(json.dumps({"version": torch.__version__, "add": time_of(CALLS, often(lambda: torch.add(x, y))),
                      "add_recorded": time_of(CALLS, often(lambda: torch.add(x, w))),
                      "chain_with_gradient": time_of(20 * 2 * CHAIN, chains)}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--program", default=os.path.join(ROOT, "build/release/benchmarks/benchmark_eager_cost"))
    parser.add_argument("--python-torch", default=sys.executable)
    parser.add_argument("--in-torch", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.in_torch:
        return time_in_torch()
    commands = {"percept": [options.program], "torch": [options.python_torch, os.path.abspath(__file__), "--in-torch"]}
    runs = {peer: [] for peer in commands}
    for number in range(options.rounds):
        for peer in list(commands) if number % 2 == 0 else reversed(commands):
            runs[peer].append(watched(commands[peer]))
    found = {"date": datetime.date.today().isoformat(), "cpu": cpu_model(), "rounds": options.rounds,
             "torch": runs["torch"][0]["version"].split("+")[0], "figures": {}}
    for name in FIGURES:
        found["figures"][name] = {peer: {key: round(statistics.median(run[name][key] for run in done), 3) for key in ("median_us", "p10_us")}
                                  for peer, done in runs.items() if name in done[0]}
        print(f"{name:20}", "   ".join(f"{peer} {v['median_us']:.2f} (p10 {v['p10_us']:.2f}) us" for peer, v in found["figures"][name].items()))
    with open(os.path.join(HERE, "eager_cost.json"), "w") as out:
        json.dump(found, out, indent=1)
        out.write("\n")


if __name__ == "__main__":
    main()
