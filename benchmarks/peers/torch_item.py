#!/usr/bin/env python3
"""Times PyTorch on one reference item and prints one JSON line; what compare.py runs in fresh processes.

    torch_item.py ITEM train|infer BATCH SECONDS THREADS [SETTING]      (pip install torch==2.13.0)

SETTING is a list of words with commas, of:
    eager      nothing more (also the word for an empty list)
    compile    the network through torch.compile
    freeze     with compile, inference: weights are constants, packed once
    last       network and images in channels-last order
    fused      the optimizer in one kernel (Adam, SGD)
    bf16       forward and loss under autocast to bfloat16
    foreach    the optimizer over lists of parameters (for Adadelta, which has no fused one)
One step is forward, mean cross-entropy, backward and update on one batch that stays the same; or a forward pass.
"""
import sys

import torch
from torch import nn
from torch.nn import functional as F

from clock import report


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


class BasicBlock(nn.Module):
    def __init__(self, before, width, stride):
        super().__init__()
        conv = lambda channels, step: nn.Conv2d(channels, width, 3, step, padding=1, bias=False)
        self.conv1, self.norm1 = conv(before, stride), nn.BatchNorm2d(width)
        self.conv2, self.norm2 = conv(width, 1), nn.BatchNorm2d(width)
        same = stride == 1 and before == width
        self.shortcut = nn.Identity() if same else nn.Sequential(nn.Conv2d(before, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        inner = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(inner)) + self.shortcut(x))


def resnet(widths, blocks):
    layers = [nn.Conv2d(3, widths[0], 3, padding=1, bias=False), nn.BatchNorm2d(widths[0]), nn.ReLU()]
    before = widths[0]
    for stage, width in enumerate(widths):
        for block in range(blocks):
            layers.append(BasicBlock(before, width, 2 if stage > 0 and block == 0 else 1))
            before = width
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(before, 10))


def vgg16():
    layers, before = [], 3
    for width, convolutions in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(convolutions):
            layers += [nn.Conv2d(before, width, 3, padding=1), nn.ReLU(inplace=True)]
            before = width
        layers.append(nn.MaxPool2d(2))
    layers.append(nn.Flatten())
    for inputs, outputs in ((25088, 4096), (4096, 4096)):
        layers += [nn.Linear(inputs, outputs), nn.ReLU(inplace=True), nn.Dropout(0.5)]
    return nn.Sequential(*layers, nn.Linear(4096, 1000))


# network, shape of a sample, classes, optimizer and its arguments
NETWORKS = {
    "a_softmax": (lambda: nn.Linear(784, 10), (784,), 10, (torch.optim.SGD, {"lr": 0.5})),
    "b_mlp5": (mlp5, (784,), 10, (torch.optim.Adam, {"lr": 1e-3})),
    "c_psc_cnn": (psc_cnn, (1, 28, 28), 10, (torch.optim.Adam, {"lr": 1e-4})),
    "d_mnist_cnn": (mnist_cnn, (1, 28, 28), 10, (torch.optim.Adadelta, {"lr": 1.0})),
    "e_lenet5": (lenet5, (1, 28, 28), 10, (torch.optim.SGD, {"lr": 0.1})),
    "f_resnet20": (lambda: resnet((16, 32, 64), 3), (3, 32, 32), 10, (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9})),
    "f_resnet18": (lambda: resnet((64, 128, 256, 512), 2), (3, 32, 32), 10, (torch.optim.SGD, {"lr": 0.1, "momentum": 0.9})),
    "f_vgg16": (vgg16, (3, 224, 224), 1000, None),
}


def precision(words):
    return torch.autocast("cpu", torch.bfloat16, enabled="bf16" in words)


def training_step(item, batch, words):
    make, shape, classes, (optimizer, arguments) = NETWORKS[item]
    model, x, y = make().train(), torch.rand(batch, *shape), torch.randint(classes, (batch,))
    if "last" in words:
        model, x = model.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    update = optimizer(model.parameters(), **arguments, **{word: True for word in ("fused", "foreach") if word in words})
    if "compile" in words:
        model = torch.compile(model)

    def step():
        update.zero_grad(set_to_none=True)
        with precision(words):
            loss = F.cross_entropy(model(x), y)
        loss.backward()
        update.step()

    return step


def forward_pass(item, batch, words):
    make, shape, _, _ = NETWORKS[item]
    model, x = make().eval(), torch.rand(batch, *shape)
    if "last" in words:
        model, x = model.to(memory_format=torch.channels_last), x.contiguous(memory_format=torch.channels_last)
    if "compile" in words:
        model = torch.compile(model)

    def step():
        with torch.no_grad(), precision(words):
            return model(x)

    def step_in_inference_mode():
        with torch.inference_mode(), precision(words):
            return model(x)

    return step if "freeze" in words else step_in_inference_mode


def main(item, mode, batch, seconds, threads, setting="eager"):
    words = set(setting.split(",")) - {"eager"}
    if unknown := words - {"compile", "freeze", "last", "fused", "foreach", "bf16"}:
        raise SystemExit(f"{' '.join(unknown)}: not a setting this script knows")
    if "freeze" in words:
        import torch._inductor.config as inductor

        inductor.freezing = True
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    step = (training_step if mode == "train" else forward_pass)(item, int(batch), words)
    report(step, float(seconds), setting=setting, threads=torch.get_num_threads())


if __name__ == "__main__":
    main(*sys.argv[1:])
