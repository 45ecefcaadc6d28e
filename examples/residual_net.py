#!/usr/bin/env python3
"""residual_net.py - a small residual network on Fashion-MNIST, as one writes it in PyTorch; residual_net.cpp is its port.

    residual_net.py [STEPS]        (torch 2.13, numpy)
"""
import gzip
import math
import sys

import numpy as np
import torch
from torch import nn
import torch.nn.functional as F

DATA = "/usr/share/datasets/fashion-mnist"
STEPS = int(sys.argv[1]) if len(sys.argv) > 1 else 300
BATCH = 64


def load(part):
    with gzip.open(f"{DATA}/{part}-images-idx3-ubyte.gz") as f:
        images = np.frombuffer(f.read(), np.uint8, offset=16).reshape(-1, 1, 28, 28)
    with gzip.open(f"{DATA}/{part}-labels-idx1-ubyte.gz") as f:
        labels = np.frombuffer(f.read(), np.uint8, offset=8)
    return torch.from_numpy(images.copy()).float() / 255, torch.from_numpy(labels.astype(np.int64))


class Block(nn.Module):
    def __init__(self, width, out, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(width, out, 3, stride=stride, padding=1, bias=False)
        self.norm1 = nn.GroupNorm(4, out)
        self.conv2 = nn.Conv2d(out, out, 3, padding=1, bias=False)
        self.norm2 = nn.GroupNorm(4, out)
        self.shortcut = nn.Conv2d(width, out, 1, stride=stride, bias=False) if stride != 1 or width != out else nn.Identity()
        nn.init.zeros_(self.norm2.weight)

    def forward(self, x):
        y = F.silu(self.norm1(self.conv1(x)))
        y = self.norm2(self.conv2(y))
        return F.silu(y + self.shortcut(x))


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Conv2d(1, 16, 3, padding=1)
        self.blocks = nn.Sequential(Block(16, 16), Block(16, 32, 2), Block(32, 64, 2))
        self.dropout = nn.Dropout(0.1)
        self.head = nn.Linear(64, 10)

    def forward(self, x):
        features = self.blocks(self.stem(x)).mean((2, 3))
        return self.head(self.dropout(features)), features


torch.manual_seed(0)
train_x, train_y = load("train")
test_x, test_y = load("t10k")
model = Net()
decay = [p for p in model.parameters() if p.ndim > 1]
rest = [p for p in model.parameters() if p.ndim <= 1]
optimizer = torch.optim.AdamW([{"params": decay, "weight_decay": 0.05}, {"params": rest, "weight_decay": 0.0}], lr=4e-3)
warmup = 30
schedule = torch.optim.lr_scheduler.LambdaLR(
    optimizer, lambda t: min((t + 1) / warmup, 0.5 * (1 + math.cos(math.pi * t / STEPS))))

model.train()
for step in range(STEPS):
    index = torch.randint(0, len(train_x), (BATCH,))
    x, y = train_x[index], train_y[index]
    if step % 2:
        x = x.flip(3)
    logits, features = model(x)
    loss = F.cross_entropy(logits, y, label_smoothing=0.1) + 1e-4 * features.pow(2).mean()
    optimizer.zero_grad()
    loss.backward()
    norm = nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    schedule.step()
    if step % 50 == 0:
        print(f"step {step:4d}  loss {loss.item():.4f}  gradient norm {norm:.3f}  rate {schedule.get_last_lr()[0]:.5f}")

model.eval()
with torch.no_grad():
    right = sum((model(test_x[i:i + 500])[0].argmax(1) == test_y[i:i + 500]).sum().item() for i in range(0, len(test_x), 500))
print(f"test accuracy {right / len(test_x):.4f}, {sum(p.numel() for p in model.parameters())} parameters")
torch.save(model.state_dict(), "residual_net.pt")
