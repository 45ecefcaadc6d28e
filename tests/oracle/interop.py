#!/usr/bin/env python3
"""Weights between PyTorch and Percept, both ways, in safetensors files as each side writes them.

    pip install torch==2.13.0 numpy safetensors
    python3 tests/oracle/interop.py make        writes torch_model.safetensors (a state_dict) and torch_model_io
                                                .safetensors (an input and PyTorch's output): the tests load them
    PERCEPT_INTEROP=/tmp/ours.safetensors build/release/tests/test_oracle_interop --gtest_filter='Interop.*'
    python3 tests/oracle/interop.py check /tmp/ours.safetensors
                                                loads what Percept saved, strictly, and compares the outputs
"""
import os
import sys

import torch
from safetensors.torch import load_file, save_file

nn = torch.nn
here = os.path.dirname(os.path.abspath(__file__))


class Net(nn.Module):  # struct TorchNet of tests/oracle_interop.cpp
    def __init__(self):
        super().__init__()
        self.features = nn.Sequential(
            nn.Conv2d(3, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(8, 8, 3, padding=1, groups=4, bias=False), nn.GroupNorm(2, 8), nn.SiLU(),
            nn.ConvTranspose2d(8, 4, 2, stride=2), nn.PReLU(4), nn.AdaptiveAvgPool2d(2))
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(16, 12), nn.LayerNorm(12), nn.GELU(), nn.Dropout(0.5),
                                  nn.Linear(12, 5))

    def forward(self, x):
        return self.head(self.features(x))


def make():
    torch.manual_seed(7)
    model = Net()
    for _ in range(3):  # statistics and weights that are not the first ones
        loss = model(torch.randn(6, 3, 8, 8)).square().mean()
        loss.backward()
        with torch.no_grad():
            for parameter in model.parameters():
                parameter -= 0.1 * parameter.grad
                parameter.grad = None
    model.eval()
    x = torch.randn(4, 3, 8, 8)
    save_file(model.state_dict(), os.path.join(here, "torch_model.safetensors"))
    save_file({"x": x, "y": model.double()(x.double()).float()}, os.path.join(here, "torch_model_io.safetensors"),
              metadata={"torch": torch.__version__.split("+")[0], "script": "tests/oracle/interop.py"})


def check(path):
    model = Net()
    model.load_state_dict(load_file(path), strict=True)
    model.eval()
    sample = load_file(os.path.join(here, "torch_model_io.safetensors"))
    with torch.no_grad():
        worst = (model(sample["x"]) - sample["y"]).abs().max().item()
    print(f"{path}: {len(model.state_dict())} tensors load strictly, largest deviation {worst:.2g}")
    return 0 if worst <= 1e-5 else 1


if __name__ == "__main__":
    if sys.argv[1:] == ["make"]:
        make()
    elif len(sys.argv) == 3 and sys.argv[1] == "check":
        sys.exit(check(sys.argv[2]))
    else:
        sys.exit(__doc__)
