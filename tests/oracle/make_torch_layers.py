#!/usr/bin/env python3
"""Makes torch_layers.safetensors: what PyTorch gives for every layer that Percept has.

    pip install torch==2.13.0 numpy safetensors && python3 tests/oracle/make_torch_layers.py

The metadata "case:NAME" holds the layer as a recipe writes it; a case is called after its layer, with _more behind.
Tensors of a case: NAME.x (input; two-input layers also NAME.x2), NAME.y (output), NAME.dy (gradient given), NAME.dx and
NAME.grad.STATE (gradients), NAME.state.STATE (values before), NAME.after.STATE (buffers after). Names that end in
_train or _eval hold for that mode, all others for both. Everything is computed in f64 from f32 values and rounded to
f32, so that differences are ours. Tests read the file; they need neither Python nor PyTorch.

Layers that PyTorch does not have (DepthwiseConv2d, SeparableConv2d, Maxout, Reshape, Permute, GlobalAvgPool,
GlobalMaxPool, GaussianNoise, GaussianDropout, Residual, Parallel, Concat, Recompute) are composed of what it has, below.
"""
import json
import os
import sys

import numpy
import safetensors
import torch
import torch.utils.checkpoint
from safetensors.torch import save_file

torch.manual_seed(2026)
torch.set_num_threads(1)
nn, F = torch.nn, torch.nn.functional
out, cases = {}, {}


def keep(name, tensor):
    tensor = tensor.detach().clone().contiguous()
    out[name] = tensor.float() if tensor.is_floating_point() else tensor


def rounded(tensor):
    """The f64 tensor that f32 holds exactly."""
    return tensor.float().double() if tensor.is_floating_point() else tensor


def one(case, options, module, inputs, training, dtype):
    module.train(training)
    module.zero_grad()
    cases[case] = options
    for name, value in module.state_dict().items():
        keep(f"{case}.state.{name}", value)
    given = [x.clone().to(dtype).requires_grad_(True) if x.is_floating_point() else x for x in inputs]
    y = module(*given)
    dy = rounded(torch.randn_like(y)).to(dtype)
    if y.requires_grad:
        y.backward(dy)
    for i, x in enumerate(given):
        mark = "" if i == 0 else str(i + 1)
        keep(f"{case}.x{mark}", x)
        if x.is_floating_point():
            keep(f"{case}.dx{mark}", x.grad)
    keep(f"{case}.y", y)
    keep(f"{case}.dy", dy)
    for name, parameter in module.named_parameters():
        keep(f"{case}.grad.{name}", parameter.grad)
    for name, value in module.named_buffers():
        keep(f"{case}.after.{name}", value)


def layer(case, options, module, *inputs, modes=("",), dtype=torch.float64):
    """Output, gradients and buffers of one call, for each mode: "train", "eval", or "" where there is no difference."""
    module = module.float().to(dtype)
    options = "{type='" + case.split("_")[0] + "'" + (", " + options if options else "") + "}"
    for mode in modes:
        one(case + ("_" + mode if mode else ""), options, module, [rounded(x) for x in inputs], mode != "eval", dtype)


def stirred(module):
    """Normalisations begin at 1 and 0, where much cannot be told apart."""
    with torch.no_grad():
        for name, value in list(module.named_parameters()) + list(module.named_buffers()):
            if value.is_floating_point():
                value.copy_(torch.rand_like(value) + (-0.5 if name.endswith(("bias", "mean")) else 0.5))
    return module


randn = torch.randn
both = ("train", "eval")

# --- products ---
layer("Linear", "in_features=7, out_features=5", nn.Linear(7, 5), randn(6, 7))
layer("Linear_no_bias", "in_features=7, out_features=5, bias=false", nn.Linear(7, 5, bias=False), randn(6, 7))
layer("Linear_rank3", "in_features=7, out_features=5", nn.Linear(7, 5), randn(2, 3, 7))
layer("Bilinear", "in1_features=4, in2_features=3, out_features=5", nn.Bilinear(4, 3, 5), randn(6, 4), randn(6, 3))
layer("Bilinear_no_bias", "in1_features=2, in2_features=3, out_features=4, bias=false",
      nn.Bilinear(2, 3, 4, bias=False), randn(2, 5, 2), randn(2, 5, 3))
layer("Embedding", "num_embeddings=9, embedding_dim=4", nn.Embedding(9, 4), torch.tensor([[1, 8, 0], [3, 1, 1]]))
layer("Embedding_padding", "num_embeddings=9, embedding_dim=4, padding_idx=2", nn.Embedding(9, 4, padding_idx=2),
      torch.tensor([2, 8, 0, 2, 5]))
layer("Embedding_padding_from_end", "num_embeddings=5, embedding_dim=3, padding_idx=-1",
      nn.Embedding(5, 3, padding_idx=-1), torch.tensor([[4, 0], [2, 4]]))

# --- convolutions ---
layer("Conv2d", "in_channels=3, out_channels=8, kernel_size=3", nn.Conv2d(3, 8, 3), randn(4, 3, 9, 8))
layer("Conv2d_stride_padding", "in_channels=3, out_channels=6, kernel_size=5, stride=2, padding=2",
      nn.Conv2d(3, 6, 5, stride=2, padding=2), randn(3, 3, 11, 10))
layer("Conv2d_dilation", "in_channels=2, out_channels=4, kernel_size=3, dilation=2, padding=1",
      nn.Conv2d(2, 4, 3, dilation=2, padding=1), randn(2, 2, 9, 9))
layer("Conv2d_groups", "in_channels=4, out_channels=8, kernel_size=3, groups=2, padding=1",
      nn.Conv2d(4, 8, 3, groups=2, padding=1), randn(2, 4, 6, 6))
layer("Conv2d_depthwise", "in_channels=4, out_channels=4, kernel_size=3, groups=4, padding=1",
      nn.Conv2d(4, 4, 3, groups=4, padding=1), randn(2, 4, 6, 6))
layer("Conv2d_same", "in_channels=2, out_channels=3, kernel_size=4, padding='same'",
      nn.Conv2d(2, 3, 4, padding="same"), randn(2, 2, 7, 6))
layer("Conv2d_pairs", "in_channels=2, out_channels=3, kernel_size=[3, 2], stride=[2, 1], padding=[1, 0], bias=false",
      nn.Conv2d(2, 3, (3, 2), stride=(2, 1), padding=(1, 0), bias=False), randn(2, 2, 7, 6))
layer("Conv1d", "in_channels=3, out_channels=5, kernel_size=3", nn.Conv1d(3, 5, 3), randn(2, 3, 11))
layer("Conv1d_stride_padding", "in_channels=3, out_channels=4, kernel_size=5, stride=2, padding=2, bias=false",
      nn.Conv1d(3, 4, 5, stride=2, padding=2, bias=False), randn(2, 3, 12))
layer("Conv1d_dilation_groups", "in_channels=4, out_channels=6, kernel_size=3, dilation=2, groups=2, padding=1",
      nn.Conv1d(4, 6, 3, dilation=2, groups=2, padding=1), randn(2, 4, 9))
layer("Conv1d_same", "in_channels=2, out_channels=3, kernel_size=4, padding='same'",
      nn.Conv1d(2, 3, 4, padding="same"), randn(2, 2, 8))
layer("ConvTranspose1d", "in_channels=3, out_channels=4, kernel_size=3", nn.ConvTranspose1d(3, 4, 3), randn(2, 3, 6))
layer("ConvTranspose1d_all",
      "in_channels=4, out_channels=6, kernel_size=3, stride=3, padding=1, output_padding=2, groups=2, dilation=2",
      nn.ConvTranspose1d(4, 6, 3, stride=3, padding=1, output_padding=2, groups=2, dilation=2), randn(2, 4, 5))
layer("ConvTranspose2d", "in_channels=3, out_channels=4, kernel_size=3", nn.ConvTranspose2d(3, 4, 3),
      randn(2, 3, 5, 4))
layer("ConvTranspose2d_stride", "in_channels=3, out_channels=2, kernel_size=2, stride=2, bias=false",
      nn.ConvTranspose2d(3, 2, 2, stride=2, bias=False), randn(2, 3, 4, 5))
layer("ConvTranspose2d_all",
      "in_channels=4, out_channels=6, kernel_size=[3, 2], stride=[2, 3], padding=[1, 0], output_padding=[1, 2], "
      "groups=2, dilation=[2, 1]",
      nn.ConvTranspose2d(4, 6, (3, 2), stride=(2, 3), padding=(1, 0), output_padding=(1, 2), groups=2,
                         dilation=(2, 1)), randn(2, 4, 4, 3))
layer("DepthwiseConv2d", "in_channels=3, kernel_size=3, depth_multiplier=2, padding=1",
      nn.Conv2d(3, 6, 3, groups=3, padding=1), randn(2, 3, 6, 5))
layer("DepthwiseConv2d_stride", "in_channels=4, kernel_size=3, stride=2, bias=false",
      nn.Conv2d(4, 4, 3, stride=2, groups=4, bias=False), randn(2, 4, 7, 7))


class SeparableConv2d(nn.Module):
    """Keras's: depthwise without bias, then 1x1."""

    def __init__(self, channels, filters, kernel, multiplier=1, bias=True, **options):
        super().__init__()
        self.depthwise_weight = nn.Parameter(randn(channels * multiplier, 1, kernel, kernel) * 0.3)
        self.pointwise_weight = nn.Parameter(randn(filters, channels * multiplier, 1, 1) * 0.3)
        self.bias = nn.Parameter(randn(filters)) if bias else None
        self.channels, self.options = channels, options

    def forward(self, x):
        middle = F.conv2d(x, self.depthwise_weight, groups=self.channels, **self.options)
        return F.conv2d(middle, self.pointwise_weight, self.bias)


layer("SeparableConv2d", "in_channels=3, out_channels=5, kernel_size=3", SeparableConv2d(3, 5, 3), randn(2, 3, 7, 6))
layer("SeparableConv2d_all",
      "in_channels=2, out_channels=4, kernel_size=3, stride=2, padding=1, depth_multiplier=3, bias=false",
      SeparableConv2d(2, 4, 3, 3, bias=False, stride=2, padding=1), randn(2, 2, 7, 8))

# --- pooling ---
layer("MaxPool2d", "kernel_size=2", nn.MaxPool2d(2), randn(3, 4, 8, 6))
layer("MaxPool2d_overlap", "kernel_size=3, stride=2, padding=1", nn.MaxPool2d(3, stride=2, padding=1),
      randn(2, 3, 9, 9))
layer("AvgPool2d", "kernel_size=2", nn.AvgPool2d(2), randn(3, 4, 8, 6))
layer("AvgPool2d_padding", "kernel_size=3, stride=2, padding=1", nn.AvgPool2d(3, stride=2, padding=1),
      randn(2, 3, 9, 9))
layer("AvgPool2d_exclude", "kernel_size=3, stride=2, padding=1, count_include_pad=false",
      nn.AvgPool2d(3, stride=2, padding=1, count_include_pad=False), randn(2, 3, 9, 9))
layer("MaxPool1d", "kernel_size=2", nn.MaxPool1d(2), randn(2, 3, 9))
layer("MaxPool1d_overlap", "kernel_size=3, stride=2, padding=1", nn.MaxPool1d(3, stride=2, padding=1), randn(2, 3, 10))
layer("AvgPool1d", "kernel_size=2", nn.AvgPool1d(2), randn(2, 3, 9))
layer("AvgPool1d_exclude", "kernel_size=3, stride=2, padding=1, count_include_pad=false",
      nn.AvgPool1d(3, stride=2, padding=1, count_include_pad=False), randn(2, 3, 10))
layer("AdaptiveAvgPool1d", "output_size=4", nn.AdaptiveAvgPool1d(4), randn(2, 3, 11))
layer("AdaptiveMaxPool1d", "output_size=4", nn.AdaptiveMaxPool1d(4), randn(2, 3, 11))
layer("AdaptiveAvgPool2d", "output_size=[3, 2]", nn.AdaptiveAvgPool2d((3, 2)), randn(2, 3, 8, 7))
layer("AdaptiveAvgPool2d_one", "output_size=1", nn.AdaptiveAvgPool2d(1), randn(2, 3, 5, 7))
layer("AdaptiveMaxPool2d", "output_size=[3, 2]", nn.AdaptiveMaxPool2d((3, 2)), randn(2, 3, 8, 7))


class Called(nn.Module):
    """A function of tensors as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)


layer("GlobalAvgPool", "", Called(lambda x: x.mean((2, 3))), randn(2, 3, 4, 5))
layer("GlobalAvgPool_rank3", "", Called(lambda x: x.mean(2)), randn(2, 3, 4))
layer("GlobalMaxPool", "", Called(lambda x: x.amax((2, 3))), randn(2, 3, 4, 5))

# --- normalisation ---
layer("BatchNorm1d", "num_features=5", stirred(nn.BatchNorm1d(5)), randn(7, 5) * 2 + 1, modes=both)
layer("BatchNorm1d_rank3", "num_features=4, momentum=0.3, eps=1e-3", stirred(nn.BatchNorm1d(4, momentum=0.3, eps=1e-3)),
      randn(3, 4, 6), modes=both)
layer("BatchNorm2d", "num_features=5", stirred(nn.BatchNorm2d(5)), randn(4, 5, 3, 6) * 2 + 1, modes=both)
layer("BatchNorm2d_plain", "num_features=3, affine=false", stirred(nn.BatchNorm2d(3, affine=False)),
      randn(4, 3, 3, 2), modes=both)
layer("BatchNorm2d_batch_only", "num_features=3, track_running_stats=false",
      stirred(nn.BatchNorm2d(3, track_running_stats=False)), randn(4, 3, 3, 2), modes=both)
layer("LayerNorm", "normalized_shape=6", stirred(nn.LayerNorm(6)), randn(4, 3, 6) * 2 + 1)
layer("LayerNorm_shape", "normalized_shape=[3, 4], eps=1e-3", stirred(nn.LayerNorm((3, 4), eps=1e-3)), randn(2, 3, 4))
layer("LayerNorm_no_bias", "normalized_shape=5, bias=false", stirred(nn.LayerNorm(5, bias=False)), randn(3, 5))
layer("LayerNorm_plain", "normalized_shape=5, elementwise_affine=false", nn.LayerNorm(5, elementwise_affine=False),
      randn(3, 5))
layer("RMSNorm", "normalized_shape=6", stirred(nn.RMSNorm(6)), randn(4, 3, 6) * 2, dtype=torch.float32)
layer("RMSNorm_eps", "normalized_shape=[3, 4], eps=0.01", stirred(nn.RMSNorm((3, 4), eps=0.01)), randn(2, 3, 4))
layer("RMSNorm_plain", "normalized_shape=5, eps=1e-6, elementwise_affine=false",
      nn.RMSNorm(5, eps=1e-6, elementwise_affine=False), randn(3, 5))
layer("GroupNorm", "num_groups=2, num_channels=6", stirred(nn.GroupNorm(2, 6)), randn(3, 6, 4, 2) + 1)
layer("GroupNorm_rows", "num_groups=3, num_channels=6, eps=1e-3, affine=false", nn.GroupNorm(3, 6, eps=1e-3,
                                                                                           affine=False), randn(4, 6))
layer("InstanceNorm1d", "num_features=3", nn.InstanceNorm1d(3), randn(2, 3, 7), modes=both)
layer("InstanceNorm1d_affine", "num_features=3, affine=true, eps=1e-3",
      stirred(nn.InstanceNorm1d(3, affine=True, eps=1e-3)), randn(2, 3, 7), modes=both)
layer("InstanceNorm2d", "num_features=3", nn.InstanceNorm2d(3), randn(2, 3, 4, 3), modes=both)
layer("InstanceNorm2d_all", "num_features=3, affine=true, track_running_stats=true, momentum=0.2",
      stirred(nn.InstanceNorm2d(3, affine=True, track_running_stats=True, momentum=0.2)), randn(2, 3, 4, 3), modes=both)
layer("LocalResponseNorm", "size=3", nn.LocalResponseNorm(3), randn(2, 5, 3, 4) * 9)
layer("LocalResponseNorm_even", "size=4, alpha=0.5, beta=1.5, k=2.0", nn.LocalResponseNorm(4, 0.5, 1.5, 2.0),
      randn(3, 6, 5))
layer("LocalResponseNorm_wide", "size=9, alpha=2.0, k=0.5", nn.LocalResponseNorm(9, alpha=2.0, k=0.5),
      randn(2, 3, 4, 2))
layer("LocalResponseNorm_one", "size=1, alpha=1.0, beta=0.5", nn.LocalResponseNorm(1, alpha=1.0, beta=0.5),
      randn(2, 3, 2, 2, 3))

# --- random ones: in inference they hand x through; statistics are tested beside the layers ---
layer("Dropout", "rate=0.5", nn.Dropout(0.5), randn(4, 6), modes=("eval",))
layer("Dropout1d", "rate=0.5", nn.Dropout1d(0.5), randn(4, 6, 2), modes=("eval",))
layer("Dropout2d", "rate=0.5", nn.Dropout2d(0.5), randn(4, 6, 2, 3), modes=("eval",))
layer("AlphaDropout", "rate=0.5", nn.AlphaDropout(0.5), randn(4, 6), modes=("eval",))
layer("GaussianNoise", "stddev=0.5", nn.Identity(), randn(4, 6), modes=("eval",))
layer("GaussianDropout", "rate=0.5", nn.Identity(), randn(4, 6), modes=("eval",))

# --- rearranging ---
layer("Flatten", "", nn.Flatten(), randn(2, 3, 4, 5))
layer("Flatten_axes", "start_axis=1, end_axis=2", nn.Flatten(1, 2), randn(2, 3, 4, 5))
layer("Unflatten", "axis=1, unflattened_size=[3, 4]", nn.Unflatten(1, (3, 4)), randn(2, 12, 5))
layer("Reshape", "shape=[3, -1]", nn.Unflatten(1, (3, -1)), randn(2, 12))
layer("Permute", "axes=[0, 2, 3, 1]", Called(lambda x: x.permute(0, 2, 3, 1)), randn(2, 3, 4, 5))
layer("PixelShuffle", "upscale_factor=2", nn.PixelShuffle(2), randn(2, 8, 3, 4))
layer("PixelUnshuffle", "downscale_factor=3", nn.PixelUnshuffle(3), randn(2, 2, 6, 9))
layer("ChannelShuffle", "groups=3", nn.ChannelShuffle(3), randn(2, 6, 3, 4))
layer("ChannelShuffle_signals", "groups=2", nn.ChannelShuffle(2), randn(3, 8, 5))
layer("Upsample", "scale_factor=2", nn.Upsample(scale_factor=2), randn(2, 3, 4, 5))
layer("Upsample_size", "size=[7, 5]", nn.Upsample(size=(7, 5)), randn(2, 3, 4, 3))
layer("Upsample_bilinear", "scale_factor=2, mode='bilinear'", nn.Upsample(scale_factor=2, mode="bilinear"),
      randn(2, 3, 4, 5))
layer("Upsample_corners", "size=[7, 9], mode='bilinear', align_corners=true",
      nn.Upsample(size=(7, 9), mode="bilinear", align_corners=True), randn(2, 2, 4, 5))
layer("ZeroPad2d", "padding=2", nn.ZeroPad2d(2), randn(2, 3, 4, 5))
layer("ZeroPad2d_sides", "padding=[1, 0, 2, 3]", nn.ZeroPad2d((1, 0, 2, 3)), randn(2, 3, 4, 5))
layer("ConstantPad2d", "padding=[1, 2, 0, 1], value=1.5", nn.ConstantPad2d((1, 2, 0, 1), 1.5), randn(2, 3, 4, 5))
layer("ReflectionPad1d", "padding=[3, 1]", nn.ReflectionPad1d((3, 1)), randn(2, 3, 5))
layer("ReflectionPad2d", "padding=[1, 2, 3, 0]", nn.ReflectionPad2d((1, 2, 3, 0)), randn(2, 3, 4, 5))
layer("ReplicationPad1d", "padding=[3, 1]", nn.ReplicationPad1d((3, 1)), randn(2, 3, 5))
layer("ReplicationPad2d", "padding=[1, 2, 3, 0]", nn.ReplicationPad2d((1, 2, 3, 0)), randn(2, 3, 4, 5))

# --- activations ---
rows = lambda: randn(5, 9) * 3
for name in ("ReLU ReLU6 Sigmoid Tanh SELU SiLU Mish Softsign LogSigmoid Hardsigmoid Hardswish Tanhshrink Identity "
             "LeakyReLU ELU CELU GELU Softplus Hardtanh Hardshrink Softshrink").split():
    layer(name, "", getattr(nn, name)(), rows())
layer("Softmax", "", nn.Softmax(-1), rows())
layer("Softmax_axis", "axis=1", nn.Softmax(1), randn(2, 4, 3))
layer("Softmin", "", nn.Softmin(-1), rows())
layer("LogSoftmax", "", nn.LogSoftmax(-1), rows())
layer("LeakyReLU_slope", "negative_slope=0.3", nn.LeakyReLU(0.3), rows())
layer("PReLU", "", nn.PReLU(), rows())
layer("PReLU_channels", "num_parameters=4, init=0.1", nn.PReLU(4, init=0.1), randn(2, 4, 3, 2))
layer("ELU_alpha", "alpha=0.5", nn.ELU(0.5), rows())
layer("CELU_alpha", "alpha=2.0", nn.CELU(2.0), rows())
layer("GELU_tanh", "approximate='tanh'", nn.GELU(approximate="tanh"), rows())
layer("Softplus_beta", "beta=2.0, threshold=3.0", nn.Softplus(2.0, 3.0), rows())
layer("Hardtanh_range", "min_val=-2.0, max_val=0.5", nn.Hardtanh(-2.0, 0.5), rows())
layer("Hardshrink_lambd", "lambd=1.5", nn.Hardshrink(1.5), rows())
layer("Softshrink_lambd", "lambd=1.5", nn.Softshrink(1.5), rows())
layer("Threshold", "threshold=0.1, value=20.0", nn.Threshold(0.1, 20.0), rows())
layer("GLU", "", nn.GLU(), randn(5, 8))
layer("GLU_axis", "axis=1", nn.GLU(1), randn(2, 6, 3))
layer("Maxout", "pieces=3", Called(lambda x: x.unflatten(1, (-1, 3)).amax(2)), randn(4, 12))
layer("Maxout_images", "pieces=2", Called(lambda x: x.unflatten(1, (-1, 2)).amax(2)), randn(2, 6, 3, 2))


# --- blocks ---
class Residual(nn.Module):
    def __init__(self, body, shortcut=None, activation=None):
        super().__init__()
        self.body = body
        if shortcut is not None:
            self.shortcut = shortcut
        self.activation = activation

    def forward(self, x):
        y = self.body(x) + (self.shortcut(x) if hasattr(self, "shortcut") else x)
        return self.activation(y) if self.activation else y


class Parallel(nn.Module):
    def __init__(self, branches, join):
        super().__init__()
        self.branches, self.join = nn.ModuleList(branches), join

    def forward(self, x):
        return self.join([branch(x) for branch in self.branches])


class Concat(nn.Module):
    def __init__(self, body):
        super().__init__()
        self.body = body

    def forward(self, x):
        return torch.cat([x, self.body(x)], 1)


class Recompute(nn.Sequential):
    def forward(self, x):
        return torch.utils.checkpoint.checkpoint(super().forward, x, use_reentrant=False)


layer("Sequential", "layers=[{type='Linear', in_features=4, out_features=3}, {type='Tanh'}]",
      nn.Sequential(nn.Linear(4, 3), nn.Tanh()), randn(5, 4))
layer("Residual", "layers=[{type='Linear', in_features=4, out_features=6}, {type='Tanh'}, "
      "{type='Linear', in_features=6, out_features=4}]",
      Residual(nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 4))), randn(5, 4))
layer("Residual_resnet",
      "layers=[{type='Conv2d', in_channels=3, out_channels=4, kernel_size=3, stride=2, padding=1, bias=false}, "
      "{type='BatchNorm2d', num_features=4}], shortcut=[{type='Conv2d', in_channels=3, out_channels=4, kernel_size=1, "
      "stride=2, bias=false}, {type='BatchNorm2d', num_features=4}], activation='ReLU'",
      stirred(Residual(nn.Sequential(nn.Conv2d(3, 4, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(4)),
                       nn.Sequential(nn.Conv2d(3, 4, 1, stride=2, bias=False), nn.BatchNorm2d(4)), F.relu)),
      randn(3, 3, 6, 5), modes=both)
layer("Parallel", "branches=[[{type='Conv2d', in_channels=2, out_channels=3, kernel_size=1}], [{type='Conv2d', "
      "in_channels=2, out_channels=2, kernel_size=3, padding=1}, {type='Tanh'}], []]",
      Parallel([nn.Sequential(nn.Conv2d(2, 3, 1)), nn.Sequential(nn.Conv2d(2, 2, 3, padding=1), nn.Tanh()),
                nn.Identity()], lambda parts: torch.cat(parts, 1)), randn(2, 2, 4, 5))
for join, function in (("sum", lambda p: p[0] + p[1]), ("mul", lambda p: p[0] * p[1]),
                       ("mean", lambda p: (p[0] + p[1]) / 2)):
    layer(f"Parallel_{join}", f"join='{join}', branches=[[{{type='Linear', in_features=3, out_features=4}}], "
          "[{type='Linear', in_features=3, out_features=4}, {type='Sigmoid'}]]",
          Parallel([nn.Sequential(nn.Linear(3, 4)), nn.Sequential(nn.Linear(3, 4), nn.Sigmoid())], function), randn(5, 3))
layer("Concat", "layers=[{type='Linear', in_features=3, out_features=4}, {type='Tanh'}]",
      Concat(nn.Sequential(nn.Linear(3, 4), nn.Tanh())), randn(5, 3))
layer("Recompute", "layers=[{type='Linear', in_features=4, out_features=3}, {type='Tanh'}]",
      Recompute(nn.Linear(4, 3), nn.Tanh()), randn(5, 4))

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch_layers.safetensors")
save_file(out, path, metadata={
    "torch": torch.__version__.split("+")[0], "numpy": numpy.__version__, "safetensors": safetensors.__version__,
    "python": sys.version.split()[0], "script": "tests/oracle/make_torch_layers.py",
    **{f"case:{name}": options for name, options in cases.items()}})
# safetensors writes the metadata in an order that changes from run to run; sorted, the same bytes come each time.
data = open(path, "rb").read()
size = int.from_bytes(data[:8], "little")
header = json.loads(data[8:8 + size])
header["__metadata__"] = dict(sorted(header["__metadata__"].items()))
text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
text += b" " * (-len(text) % 8)
with open(path, "wb") as file:
    file.write(len(text).to_bytes(8, "little") + text + data[8 + size:])
print(len(cases), "cases,", len({name.split("_")[0] for name in cases}), "layers,", len(out), "tensors")
