#!/usr/bin/env python3
"""Makes keras_fit.safetensors: what Keras's fit gives with weights of samples and classes, regularizers, constraints and
averaged weights, in Percept's layouts.

    pip install keras==3.15.1 jax==0.10.2 numpy safetensors && python3 tests/oracle/make_keras_fit.py

Each case trains a small network for 3 epochs without shuffling and keeps its first and last weights, its losses and
validation losses. Kernels are transposed: (in, out) to (out, in), (kh, kw, in, out) to (out, in, kh, kw).
"""
import os
import pathlib

os.environ["KERAS_BACKEND"] = "jax"
import keras  # noqa: E402
import numpy  # noqa: E402
from safetensors.numpy import save_file  # noqa: E402

keras.utils.set_random_seed(2026)
rng = numpy.random.default_rng(2026)
out = {}


def keep(name, array):
    out[name] = numpy.array(array, order="C")


N, V = 22, 10  # the last batch of 8 is smaller
x, xv = rng.standard_normal((N, 5)).astype("float32"), rng.standard_normal((V, 5)).astype("float32")
labels, labels_v = rng.integers(0, 3, N), rng.integers(0, 3, V)
values, values_v = rng.standard_normal((N, 2)).astype("float32"), rng.standard_normal((V, 2)).astype("float32")
bits, bits_v = (rng.random((N, 1)) > 0.4).astype("float32"), (rng.random((V, 1)) > 0.4).astype("float32")
weights, weights_v = (rng.random(N) * 3).astype("float32"), (rng.random(V) * 3).astype("float32")
for name in ["x", "xv", "labels", "labels_v", "values", "values_v", "bits", "bits_v", "weights", "weights_v"]:
    keep(name, globals()[name])

logits = dict(loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True), outputs=3, y=labels, yv=labels_v)
squares = dict(loss="mse", outputs=2, y=values, yv=values_v)
binary = dict(loss=keras.losses.BinaryCrossentropy(from_logits=True), outputs=1, y=bits, yv=bits_v)
SGD = keras.optimizers.SGD


def case(name, problem, hidden={}, optimizer=None, callbacks=[], validation_weights=None, **fit):
    model = keras.Sequential([keras.Input((5,)), keras.layers.Dense(4, activation="tanh", **hidden),
                              keras.layers.Dense(problem["outputs"])])
    for i, layer in enumerate(model.layers):
        layer.set_weights([rng.standard_normal(w.shape).astype("float32") * 0.7 for w in layer.get_weights()])
        for suffix, w in zip(["weight", "bias"], layer.get_weights()):
            keep(f"{name}.before.{i}.{suffix}", w.T)
    model.compile(optimizer or SGD(0.1), problem["loss"])
    validation = (xv, problem["yv"]) if validation_weights is None else (xv, problem["yv"], validation_weights)
    history = model.fit(x, problem["y"], batch_size=8, epochs=3, shuffle=False, verbose=0, validation_data=validation,
                        callbacks=callbacks, **fit)
    keep(f"{name}.loss", numpy.array(history.history["loss"], "float64"))
    keep(f"{name}.val_loss", numpy.array(history.history["val_loss"], "float64"))
    for i, layer in enumerate(model.layers):
        for suffix, w in zip(["weight", "bias"], layer.get_weights()):
            keep(f"{name}.after.{i}.{suffix}", w.T)


r, c = keras.regularizers, keras.constraints
case("plain", logits)
case("class_weight", logits, class_weight={0: 1.0, 1: 2.5, 2: 0.25})
case("class_weight_bits", binary, class_weight={0: 0.5, 1: 3.0})
case("sample_weight", logits, sample_weight=weights, validation_weights=weights_v)
case("sample_weight_mse", squares, sample_weight=weights)
case("l1", logits, {"kernel_regularizer": r.L1(0.02), "bias_regularizer": r.L1()})
case("l2", logits, {"kernel_regularizer": r.L2()})
case("l1l2", squares, {"kernel_regularizer": r.L1L2(l1=0.01, l2=0.03)})
case("orthogonal", logits, {"kernel_regularizer": r.OrthogonalRegularizer(0.1, mode="columns")})
case("activity_l1", logits, {"activity_regularizer": r.L1(0.01)})
case("activity_l2", squares, {"activity_regularizer": r.L2(0.02), "kernel_regularizer": r.L2(0.001)})
case("max_norm", logits, {"kernel_constraint": c.MaxNorm(0.8)})
case("non_neg", logits, {"kernel_constraint": c.NonNeg(), "bias_constraint": c.NonNeg()})
case("unit_norm", squares, {"kernel_constraint": c.UnitNorm()})
case("min_max_norm", logits, {"kernel_constraint": c.MinMaxNorm(0.9, 1.1, rate=0.5)})
case("ema", logits, optimizer=SGD(0.1, use_ema=True, ema_momentum=0.8), callbacks=[keras.callbacks.SwapEMAWeights()])
case("ema_overwrite", logits, optimizer=SGD(0.1, use_ema=True, ema_momentum=0.9, ema_overwrite_frequency=4),
     callbacks=[keras.callbacks.SwapEMAWeights()])

# the formulas by themselves, of a kernel of Conv2D
w = rng.standard_normal((3, 3, 2, 4)).astype("float32")
oihw = lambda kernel: numpy.array(kernel).transpose(3, 2, 0, 1)  # noqa: E731
keep("conv.weight", oihw(w))
keep("conv.max_norm", oihw(c.MaxNorm(2, axis=[0, 1, 2])(w)))
keep("conv.max_norm_first", oihw(c.MaxNorm(2, axis=3)(w)))
keep("conv.unit_norm", oihw(c.UnitNorm(axis=[0, 1, 2])(w)))
keep("conv.min_max_norm", oihw(c.MinMaxNorm(4.2, 4.5, 0.3, axis=[0, 1, 2])(w)))
m = keras.ops.convert_to_tensor(rng.standard_normal((4, 6)).astype("float32"))
keep("matrix", m)
keep("matrix.rows", r.OrthogonalRegularizer(0.5, mode="rows")(m))
keep("matrix.columns", r.OrthogonalRegularizer(0.5, mode="columns")(m))

path = pathlib.Path(__file__).parent / "keras_fit.safetensors"
save_file(out, path)
print(path.name, len(out), "tensors,", path.stat().st_size, "bytes; keras", keras.__version__)
