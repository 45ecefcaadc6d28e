#!/usr/bin/env python3
"""recipes/mnist_speedrun.toml against the same network and schedule in PyTorch: whole processes, start to saved model.

    PERCEPT_DATA=... python benchmarks/peers/speedrun.py [build/release/percept] [seeds]    (needs torch and numpy)

Runs both in turn for each seed, two threads each, and prints accuracy and wall time from the start of the process to its
exit: interpreter, libraries, reading the data, training, testing and saving included.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time

THREADS = 2


def train_in_torch(seed, folder):
    import gzip

    import numpy as np
    import torch
    from torch import nn

    torch.set_num_threads(THREADS)
    torch.manual_seed(seed)

    def read(name, skip):
        with gzip.open(os.path.join(os.environ["PERCEPT_DATA"], "mnist", name + ".gz")) as file:
            return torch.from_numpy(np.frombuffer(file.read(), np.uint8, offset=skip).copy())

    def images(name):
        x = read(name, 16).view(-1, 1, 28, 28).float().div_(255).sub_(0.1307).div_(0.3081)
        return x.to(memory_format=torch.channels_last)

    x, y = images("train-images-idx3-ubyte"), read("train-labels-idx1-ubyte", 8).long()
    model = nn.Sequential(
        nn.Conv2d(1, 8, 5, stride=2, padding=2, bias=False), nn.BatchNorm2d(8), nn.ReLU(),
        nn.Conv2d(8, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, bias=False), nn.BatchNorm2d(32), nn.ReLU(),
        nn.Flatten(), nn.Linear(32 * 5 * 5, 10)).to(memory_format=torch.channels_last)
    batch, steps, per_epoch = 64, 1200, -(-len(x) // 64)
    optimizer = torch.optim.Adam(model.parameters(), fused=True)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=0.02, total_steps=steps, cycle_momentum=False)
    for i in range(steps):
        at = i % per_epoch
        if at == 0:
            order = torch.randperm(len(x))
        chosen = order[at * batch : (at + 1) * batch]
        optimizer.zero_grad(set_to_none=True)
        nn.functional.cross_entropy(model(x[chosen]), y[chosen]).backward()
        optimizer.step()
        schedule.step()
    model.eval()
    test, labels = images("t10k-images-idx3-ubyte"), read("t10k-labels-idx1-ubyte", 8).long()
    with torch.inference_mode():
        right = sum((model(test[i : i + 1000]).argmax(1) == labels[i : i + 1000]).sum().item() for i in range(0, 10000, 1000))
    torch.save(model.state_dict(), os.path.join(folder, "model.pt"))
    print(json.dumps({"test_accuracy": right / len(labels)}))


def timed(command):
    """The JSON object on the last line, and the seconds from start to exit."""
    start = time.monotonic()
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.strip().splitlines()[-1]), time.monotonic() - start


def main():
    if len(sys.argv) > 2 and sys.argv[1] == "--torch":
        return train_in_torch(int(sys.argv[2]), sys.argv[3])
    binary = sys.argv[1] if len(sys.argv) > 1 else "build/release/percept"
    seeds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    rows = {"percept": [], "torch": []}
    with tempfile.TemporaryDirectory() as folder:
        for seed in range(seeds):
            commands = {
                "percept": [binary, "train", "mnist_speedrun", f"seed={seed}", f"out={folder}", f"threads={THREADS}", "--json", "--quiet"],
                "torch": [sys.executable, __file__, "--torch", str(seed), folder],
            }
            for name, command in commands.items():
                result, seconds = timed(command)
                rows[name].append((result["test_accuracy"], seconds))
                print(f"seed {seed}  {name:8} {result['test_accuracy']:.4f}  {seconds:6.2f} s", flush=True)
    for name, runs in rows.items():
        print(f"{name:8} median accuracy {statistics.median(r[0] for r in runs):.4f}, median {statistics.median(r[1] for r in runs):.2f} s, "
              f"longest {max(r[1] for r in runs):.2f} s")


if __name__ == "__main__":
    main()
