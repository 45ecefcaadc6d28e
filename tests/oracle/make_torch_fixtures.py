#!/usr/bin/env python3
"""Makes torch.safetensors: what PyTorch gives for every layer that Percept has.

    pip install torch==2.13.0 numpy safetensors && python3 tests/oracle/make_torch_fixtures.py

Tensors are named CASE.x (input), CASE.y (output), CASE.dy (gradient given), CASE.dx and CASE.grad.NAME (gradients),
CASE.state.NAME (values before). Tests read the file; they need neither Python nor PyTorch.
"""
import os
import sys

import numpy
import safetensors
import torch
from safetensors.torch import save_file

torch.manual_seed(2026)
torch.set_num_threads(1)
out = {}


def keep(name, tensor):
    out[name] = tensor.detach().clone().contiguous()


def layer(case, module, x, training=True):
    """Output, gradients and (for BatchNorm) statistics of one call."""
    module.train(training)
    module.zero_grad()
    for name, value in module.state_dict().items():
        if value.is_floating_point():
            keep(f"{case}.state.{name}", value)
    x = x.clone().requires_grad_(True)
    y = module(x)
    dy = torch.randn_like(y)
    y.backward(dy)
    keep(f"{case}.x", x)
    keep(f"{case}.y", y)
    keep(f"{case}.dy", dy)
    keep(f"{case}.dx", x.grad)
    for name, parameter in module.named_parameters():
        keep(f"{case}.grad.{name}", parameter.grad)
    for name, value in module.named_buffers():
        if value.is_floating_point():
            keep(f"{case}.after.{name}", value)


nn = torch.nn
image = lambda *shape: torch.randn(*shape)
layer("Linear", nn.Linear(7, 5), torch.randn(6, 7))
layer("Linear_no_bias", nn.Linear(7, 5, bias=False), torch.randn(6, 7))
layer("Conv2d", nn.Conv2d(3, 8, 3), image(4, 3, 9, 8))
layer("Conv2d_stride_padding", nn.Conv2d(3, 6, 5, stride=2, padding=2), image(3, 3, 11, 10))
layer("Conv2d_dilation", nn.Conv2d(2, 4, 3, dilation=2, padding=1), image(2, 2, 9, 9))
layer("Conv2d_groups", nn.Conv2d(4, 8, 3, groups=2, padding=1), image(2, 4, 6, 6))
layer("Conv2d_depthwise", nn.Conv2d(4, 4, 3, groups=4, padding=1), image(2, 4, 6, 6))
layer("Conv2d_same", nn.Conv2d(2, 3, 4, padding="same"), image(2, 2, 7, 6))
layer("MaxPool2d", nn.MaxPool2d(2), image(3, 4, 8, 6))
layer("MaxPool2d_overlap", nn.MaxPool2d(3, stride=2, padding=1), image(2, 3, 9, 9))
layer("AvgPool2d", nn.AvgPool2d(2), image(3, 4, 8, 6))
layer("AvgPool2d_padding", nn.AvgPool2d(3, stride=2, padding=1), image(2, 3, 9, 9))
layer("AvgPool2d_exclude", nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), image(2, 3, 9, 9))
norm = nn.BatchNorm2d(5)
with torch.no_grad():
    norm.weight.uniform_(0.5, 1.5)
    norm.bias.uniform_(-1, 1)
layer("BatchNorm2d_train", norm, image(4, 5, 3, 6) * 2 + 1)
layer("BatchNorm2d_eval", norm, image(4, 5, 3, 6), training=False)
layer("Dropout_eval", nn.Dropout(0.5), torch.randn(4, 6), training=False)
layer("Flatten", nn.Flatten(), image(2, 3, 4, 5))
layer("ReLU", nn.ReLU(), torch.randn(5, 9))
layer("Sigmoid", nn.Sigmoid(), torch.randn(5, 9) * 3)
layer("Tanh", nn.Tanh(), torch.randn(5, 9) * 3)
layer("Softmax", nn.Softmax(-1), torch.randn(5, 9) * 4)
layer("LogSoftmax", nn.LogSoftmax(-1), torch.randn(5, 9) * 4)


here = os.path.dirname(os.path.abspath(__file__))
save_file(out, os.path.join(here, "torch.safetensors"), metadata={
    "torch": torch.__version__.split("+")[0], "numpy": numpy.__version__, "safetensors": safetensors.__version__,
    "python": sys.version.split()[0], "script": "tests/oracle/make_torch_fixtures.py"})
print(len(out), "tensors")
