#!/usr/bin/env python3
"""Times PyTorch's eager training step on the reference items; what compare_torch.py runs in fresh processes.

    torch_step.py ITEM SECONDS      prints one JSON line: median_ms, p10_ms, steps, threads
"""
import json
import sys
import time

import torch
from torch import nn


def mlp5():
    layers, width = [], 784
    for units in (200, 100, 60, 30):
        layers += [nn.Linear(width, units), nn.ReLU(), nn.Dropout(0.25)]
        width = units
    return nn.Sequential(*layers, nn.Linear(width, 10))


def psc_cnn():
    return nn.Sequential(nn.Conv2d(1, 32, 5, padding=2), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(),
                         nn.MaxPool2d(2), nn.Flatten(), nn.Linear(3136, 1024), nn.ReLU(), nn.Dropout(0.5), nn.Linear(1024, 10))


def mnist_cnn():
    return nn.Sequential(nn.Conv2d(1, 32, 3), nn.ReLU(), nn.Conv2d(32, 64, 3), nn.ReLU(), nn.MaxPool2d(2), nn.Dropout(0.25),
                         nn.Flatten(), nn.Linear(9216, 128), nn.ReLU(), nn.Dropout(0.5), nn.Linear(128, 10))


def lenet5():
    return nn.Sequential(nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2),
                         nn.Flatten(), nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10))


# model, shape of a sample, batch size, optimizer
ITEMS = {
    "a_softmax": (lambda: nn.Linear(784, 10), (784,), 100, lambda p: torch.optim.SGD(p, lr=0.5)),
    "b_mlp5": (mlp5, (784,), 100, lambda p: torch.optim.Adam(p, lr=1e-3)),
    "c_psc_cnn": (psc_cnn, (1, 28, 28), 50, lambda p: torch.optim.Adam(p, lr=1e-4)),
    "d_mnist_cnn": (mnist_cnn, (1, 28, 28), 128, lambda p: torch.optim.Adadelta(p, lr=1.0)),
    "e_lenet5": (lenet5, (1, 28, 28), 128, lambda p: torch.optim.SGD(p, lr=0.1)),
}


def main(item, seconds):
    torch.manual_seed(0)
    make, shape, batch, optimizer = ITEMS[item]
    model = make()
    step_of = optimizer(model.parameters())
    x, y = torch.rand(batch, *shape), torch.randint(0, 10, (batch,))

    def step():
        step_of.zero_grad()
        loss = nn.functional.cross_entropy(model(x), y)
        loss.backward()
        step_of.step()
        return loss.item()

    for _ in range(3):
        step()
    times, start = [], time.perf_counter()
    while len(times) < 5 or time.perf_counter() - start < seconds:
        before = time.perf_counter()
        step()
        times.append(time.perf_counter() - before)
    times.sort()
    print(json.dumps({"item": item, "median_ms": times[len(times) // 2] * 1e3, "p10_ms": times[len(times) // 10] * 1e3,
                      "steps": len(times), "threads": torch.get_num_threads(), "torch": torch.__version__}))


main(sys.argv[1], float(sys.argv[2]))
