#!/usr/bin/env python3
"""Makes keras.safetensors: what Keras gives for what is Keras's own, in Percept's layouts.

    pip install torch==2.13.0 keras==3.15.1 numpy safetensors && python3 tests/oracle/make_keras_fixtures.py

Losses on probabilities and scores, Lion, convolutions with padding "same" at stride 2, depthwise and separable ones,
schedules, and the spread of initialisers. Weights are transposed here: (kh, kw, in, out) to (out, in, kh, kw), images
from (B, H, W, C) to (B, C, H, W). Not compared: Keras's Adam, RMSprop and Adagrad, which put eps elsewhere than
PyTorch and Percept do (conventions.md 2), and its Muon, which decides by names of variables what is a matrix.
"""
import os
import sys

os.environ["KERAS_BACKEND"] = "torch"
import keras  # noqa: E402
import numpy  # noqa: E402
import safetensors  # noqa: E402
import torch  # noqa: E402
from safetensors.numpy import save_file  # noqa: E402

keras.utils.set_random_seed(2026)
rng = numpy.random.default_rng(2026)
out = {}


def keep(name, array):
    if isinstance(array, torch.Tensor):
        array = array.detach().cpu().numpy()
    out[name] = numpy.array(array, order="C")


def normal(*shape):
    return rng.standard_normal(shape).astype("float32")


def loss(case, function, x, target):
    x = torch.from_numpy(x).requires_grad_(True)
    y = function(torch.from_numpy(target), x)
    y.backward()
    keep(f"loss.{case}.x", x)
    keep(f"loss.{case}.target", target)
    keep(f"loss.{case}.y", y)
    keep(f"loss.{case}.dx", x.grad)


k = keras.losses
unit = (rng.random((6, 4)) * 0.96 + 0.02).astype("float32")
labels = rng.integers(0, 4, 6)
one_hot = numpy.eye(4, dtype="float32")[labels]
softmax = numpy.exp(normal(6, 4))
softmax = (softmax / softmax.sum(1, keepdims=True)).astype("float32")
signs = (rng.integers(0, 2, (6, 4)) * 2 - 1).astype("float32")
loss("bce", k.BinaryCrossentropy(), unit, (unit > 0.4).astype("float32"))
loss("bce_with_logits", k.BinaryCrossentropy(from_logits=True), normal(6, 4) * 3, (unit > 0.4).astype("float32"))
loss("probabilities", k.SparseCategoricalCrossentropy(), softmax, labels)
loss("cross_entropy", k.SparseCategoricalCrossentropy(from_logits=True), normal(6, 4) * 3, labels)
loss("label_smoothing", k.CategoricalCrossentropy(from_logits=True, label_smoothing=0.2), normal(6, 4), one_hot)
loss("focal", k.CategoricalFocalCrossentropy(from_logits=True), normal(6, 4), one_hot)
loss("hinge", k.Hinge(), normal(6, 4), signs)
loss("hinge_squared", k.SquaredHinge(), normal(6, 4), signs)
loss("huber", k.Huber(delta=0.7), normal(6, 4) * 2, normal(6, 4))
loss("mae", k.MeanAbsoluteError(), normal(6, 4), normal(6, 4))
loss("mse", k.MeanSquaredError(), normal(6, 4), normal(6, 4))
loss("kl_div", k.KLDivergence(), softmax, unit)


def optimizer(case, optim, steps=20):
    start = normal(3, 5)
    grads = numpy.stack([normal(3, 5) * (0.1 if step % 2 else 2) for step in range(steps)])
    p, places = keras.Variable(start), []
    for g in grads:
        optim.apply([torch.from_numpy(g)], [p])
        places.append(p.value.detach().numpy().copy())
    keep(f"optim.{case}.p0", start)
    keep(f"optim.{case}.g", grads)
    keep(f"optim.{case}.p", numpy.stack(places))


optimizer("Lion", keras.optimizers.Lion())
optimizer("Lion_options", keras.optimizers.Lion(learning_rate=0.01, beta_1=0.8, beta_2=0.9, weight_decay=0.1))
optimizer("SGD_decoupled", keras.optimizers.SGD(learning_rate=0.05, weight_decay=0.1))
optimizer("Adadelta", keras.optimizers.Adadelta(learning_rate=1.0, rho=0.95, epsilon=1e-7))
optimizer("clipnorm", keras.optimizers.SGD(learning_rate=0.05, clipnorm=1.5))
optimizer("clipvalue", keras.optimizers.SGD(learning_rate=0.05, clipvalue=0.3))


def convolution(case, layer, x):
    y = layer(x)
    keep(f"conv.{case}.x", x.transpose(0, 3, 1, 2))
    keep(f"conv.{case}.y", y.detach().numpy().transpose(0, 3, 1, 2))
    for weight in layer.weights:
        value = weight.value.detach().numpy()
        if value.ndim == 4 and "depthwise" in weight.path:  # (kh, kw, in, multiplier)
            value = value.transpose(2, 3, 0, 1).reshape(-1, 1, *value.shape[:2])
        elif value.ndim == 4:
            value = value.transpose(3, 2, 0, 1)
        keep(f"conv.{case}.{weight.name}", value)


L = keras.layers
some = dict(bias_initializer="random_normal")
convolution("same_even", L.Conv2D(4, 3, strides=2, padding="same", **some), normal(2, 8, 6, 3))
convolution("same_odd", L.Conv2D(4, 3, strides=2, padding="same", **some), normal(2, 7, 9, 3))
convolution("same_wide", L.Conv2D(4, (4, 5), strides=(2, 3), padding="same", **some), normal(2, 8, 10, 3))
convolution("depthwise", L.DepthwiseConv2D(3, padding="same", depth_multiplier=2, **some), normal(2, 6, 6, 3))
convolution("separable", L.SeparableConv2D(5, 3, padding="same", **some), normal(2, 6, 6, 3))
image = normal(2, 5, 4, 3)
keep("pool.x", image.transpose(0, 3, 1, 2))
keep("pool.average", L.GlobalAveragePooling2D()(image).detach().numpy())
keep("pool.largest", L.GlobalMaxPooling2D()(image).detach().numpy())


def schedule(case, plan):
    keep(f"schedule.{case}", numpy.array([float(plan(step)) for step in range(100)]))


d = keras.optimizers.schedules
schedule("cosine", d.CosineDecay(0.4, 100))
schedule("cosine_restarts", d.CosineDecayRestarts(0.4, 10, t_mul=2.0))
schedule("exponential", d.ExponentialDecay(0.4, 10, 0.9, staircase=True))
schedule("polynomial", d.PolynomialDecay(0.4, 80, end_learning_rate=0.0, power=2.0))

# The largest size and the standard deviation of 60 000 draws of a (200, 300) kernel.
for name in ("glorot_uniform", "glorot_normal", "he_uniform", "he_normal", "lecun_uniform", "lecun_normal"):
    values = keras.initializers.get({"class_name": name, "config": {"seed": 1}})((200, 300)).detach().numpy()
    keep(f"init.{name}", numpy.array([numpy.abs(values).max(), values.std()], dtype="float64"))

here = os.path.dirname(os.path.abspath(__file__))
save_file(out, os.path.join(here, "keras.safetensors"), metadata={
    "keras": keras.__version__, "torch": torch.__version__.split("+")[0], "numpy": numpy.__version__,
    "safetensors": safetensors.__version__, "python": sys.version.split()[0],
    "script": "tests/oracle/make_keras_fixtures.py"})
print(len(out), "tensors")
