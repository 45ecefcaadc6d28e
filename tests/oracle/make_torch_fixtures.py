#!/usr/bin/env python3
"""Makes torch.safetensors: what PyTorch gives for every layer, loss, optimizer and schedule that Percept has.

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


def loss(case, function, x, target):
    x = x.clone().requires_grad_(True)
    value = function(x, target)
    value.backward()
    keep(f"{case}.x", x)
    keep(f"{case}.target", target)
    keep(f"{case}.y", value)
    keep(f"{case}.dx", x.grad)


loss("loss.cross_entropy", nn.functional.cross_entropy, torch.randn(7, 10) * 3, torch.randint(0, 10, (7,)))
loss("loss.mse", nn.functional.mse_loss, torch.randn(7, 3), torch.randn(7, 3))


def optimizer(case, make, steps=6):
    """A parameter after each of a few steps along given gradients."""
    p = nn.Parameter(torch.randn(3, 5))
    keep(f"optim.{case}.p0", p)
    optim = make([p])
    for step in range(steps):
        p.grad = torch.randn(3, 5) * (0.1 if step % 2 else 2.0)
        keep(f"optim.{case}.g{step}", p.grad)
        optim.step()
        keep(f"optim.{case}.p{step + 1}", p)


o = torch.optim
optimizer("SGD", lambda p: o.SGD(p, lr=0.1))
optimizer("SGD_momentum", lambda p: o.SGD(p, lr=0.1, momentum=0.9))
optimizer("SGD_all", lambda p: o.SGD(p, lr=0.05, momentum=0.8, dampening=0.3, weight_decay=0.02))
optimizer("SGD_nesterov", lambda p: o.SGD(p, lr=0.05, momentum=0.9, nesterov=True))
optimizer("Adam", lambda p: o.Adam(p, lr=0.01))
optimizer("Adam_decay", lambda p: o.Adam(p, lr=0.02, betas=(0.8, 0.95), eps=1e-6, weight_decay=0.1))
optimizer("Adadelta", lambda p: o.Adadelta(p))
optimizer("Adadelta_options", lambda p: o.Adadelta(p, lr=0.5, rho=0.95, eps=1e-7, weight_decay=0.01))
optimizer("RMSprop", lambda p: o.RMSprop(p))
optimizer("RMSprop_options", lambda p: o.RMSprop(p, lr=1e-3, alpha=0.9, eps=1e-7, weight_decay=0.01))


def schedule(case, make, steps, per_epoch):
    p = nn.Parameter(torch.zeros(1))
    optim = o.SGD([p], lr=0.4)
    plan = make(optim)
    rates = []
    for step in range(steps):
        rates.append(optim.param_groups[0]["lr"])
        optim.step()
        if (step + 1) % per_epoch == 0:
            plan.step()
    keep(f"schedule.{case}", torch.tensor(rates, dtype=torch.float64))


s = o.lr_scheduler
schedule("one_cycle", lambda optim: s.OneCycleLR(optim, max_lr=0.4, total_steps=40, cycle_momentum=False), 40, 1)
schedule("exponential", lambda optim: s.ExponentialLR(optim, gamma=0.9), 40, 10)

here = os.path.dirname(os.path.abspath(__file__))
save_file(out, os.path.join(here, "torch.safetensors"), metadata={
    "torch": torch.__version__.split("+")[0], "numpy": numpy.__version__, "safetensors": safetensors.__version__,
    "python": sys.version.split()[0], "script": "tests/oracle/make_torch_fixtures.py"})
print(len(out), "tensors")
