#!/usr/bin/env python3
"""Makes keras_callbacks.json: what Keras's callbacks do with given logs.

    pip install keras==3.15.1 jax==0.10.2 numpy && python3 tests/oracle/make_keras_callbacks.py

Each case is a callback's options and the logs of some epochs; what is kept is when it stops, which weights it restores,
the learning rates, and every message. The numbers are multiples of 1/1024 and the rates powers of two: Keras compares
and keeps rates in f32, Percept in f64, and both are exact then.
"""
import json
import os
import pathlib
import random
import re
import tempfile
import warnings

os.environ["KERAS_BACKEND"] = "jax"
import keras  # noqa: E402
from keras.src.trainers.compile_utils import MetricsList  # noqa: E402
from keras.src.utils import io_utils  # noqa: E402

rng = random.Random(2026)
messages = []
io_utils.print_msg = lambda text, line_break=True: messages.append(text.lstrip("\n"))


class Model:
    """As much of a model as callbacks look at; its weights are the epochs that made them."""

    def __init__(self, rate):
        self.optimizer = keras.optimizers.SGD(rate)
        self.stop_training = False
        self.weights = -1
        self.metrics = [MetricsList([keras.metrics.Mean(name="loss"), keras.metrics.Accuracy(name="accuracy"),
                                     keras.metrics.MeanSquaredError(name="mse")])]
        self.saved = []

    def get_weights(self):
        return self.weights

    def set_weights(self, weights):
        self.weights = weights

    def save(self, path, overwrite=True):
        self.saved.append([os.path.basename(path), self.weights])


def dyadic(low, high):
    return rng.randint(int(low * 1024), int(high * 1024)) / 1024


def sequence(epochs, kind):
    """A number that mostly falls, rises, or stays where it is."""
    values, value = [], dyadic(0.5, 2)
    for _ in range(epochs):
        step = dyadic(-0.06, 0.12) if kind == "noisy" else rng.choice([0, 0, 1 / 64, -1 / 64])
        value = max(value - step, 1 / 1024)
        values.append(value)
    return values


def run(callback, model, logs, batches=0):
    """Returns the epoch after which it stopped, the learning rates and the messages."""
    messages.clear()
    callback.set_model(model)
    callback.set_params({"epochs": len(logs), "steps": batches})
    rates, stopped = [], -1
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("default")  # each text once
        callback.on_train_begin()
        for epoch, of_epoch in enumerate(logs):
            callback.on_epoch_begin(epoch)
            model.weights = epoch
            for batch in range(batches):
                callback.on_train_batch_end(batch, {k: v for k, v in of_epoch.items() if not k.startswith("val_")})
            seen = dict(of_epoch)
            callback.on_epoch_end(epoch, seen)
            rates.append(float(model.optimizer.learning_rate))
            if model.stop_training:
                stopped = epoch
                break
        callback.on_train_end()
        warned = sorted({str(one.message) for one in heard if issubclass(one.category, UserWarning)})
    return {"stopped": stopped, "rates": rates, "messages": list(messages), "warnings": warned,
            "weights": model.weights, "saved": model.saved}


def logs_of(monitor, epochs, kind, missing=0.0):
    values = sequence(epochs, kind)
    return [{**({} if rng.random() < missing else {monitor: value}), "other": 1.5} for value in values]


MONITORS = [("val_loss", "auto"), ("loss", "auto"), ("accuracy", "auto"), ("val_accuracy", "auto"),
            ("val_mse", "auto"), ("val_thing", "min"), ("thing", "max")]
out = {"EarlyStopping": [], "ReduceLROnPlateau": [], "ModelCheckpoint": [], "LearningRateScheduler": []}

for i in range(60):
    monitor, mode = rng.choice(MONITORS)
    options = {"monitor": monitor, "mode": mode, "verbose": 1}
    if rng.random() < 0.5:
        options["min_delta"] = rng.choice([1 / 64, 1 / 256, -1 / 64])
    if rng.random() < 0.8:
        options["patience"] = rng.randint(0, 5)
    if rng.random() < 0.3:
        options["baseline"] = dyadic(0.4, 2)
    if rng.random() < 0.6:
        options["restore_best_weights"] = True
    if rng.random() < 0.3:
        options["start_from_epoch"] = rng.randint(0, 6)
    logs = logs_of(monitor, rng.randint(1, 18), rng.choice(["noisy", "flat"]), rng.choice([0, 0, 0, 0.3]))
    result = run(keras.callbacks.EarlyStopping(**options), Model(0.5), logs)
    out["EarlyStopping"].append({"options": options, "logs": logs, **result})

for i in range(60):
    monitor, mode = rng.choice(MONITORS)
    options = {"monitor": monitor, "mode": mode, "verbose": 1}
    options["factor"] = rng.choice([0.5, 0.25, 0.125])
    if rng.random() < 0.9:
        options["patience"] = rng.randint(0, 4)
    if rng.random() < 0.5:
        options["min_delta"] = rng.choice([1 / 64, 1 / 256, 0])
    if rng.random() < 0.5:
        options["cooldown"] = rng.randint(0, 4)
    if rng.random() < 0.4:
        options["min_lr"] = rng.choice([1 / 16, 1 / 64, 3 / 256])
    logs = logs_of(monitor, rng.randint(8, 24), rng.choice(["noisy", "flat"]), rng.choice([0, 0, 0, 0.3]))
    result = run(keras.callbacks.ReduceLROnPlateau(**options), Model(0.5), logs)
    out["ReduceLROnPlateau"].append({"options": options, "logs": logs, "rate": 0.5, **result})

NAMES = ["{epoch:02d}-{val_loss:.2f}", "best", "{epoch}", "{epoch:03d}_{other:.3e}", "e{epoch:4d}-{other}", "{other:08.3f}",
         "{{{epoch}}}", "{other:g}"]
BATCH_NAMES = ["{epoch:02d}-{batch:03d}", "last", "{batch}-{loss:.4f}"]
for i in range(40):
    monitor, mode = rng.choice([("val_loss", "auto"), ("val_accuracy", "auto"), ("val_thing", "min")])
    options = {"monitor": monitor, "mode": mode, "verbose": 1}
    batches = rng.choice([0, 0, 3, 5])
    options["filepath"] = rng.choice(BATCH_NAMES if batches else NAMES) + ".safetensors"
    if batches:
        options["save_freq"] = rng.randint(1, 7)
    if rng.random() < 0.6:
        options["save_best_only"] = True
    if rng.random() < 0.4:
        options["initial_value_threshold"] = dyadic(0.4, 2)
    logs = logs_of(monitor, rng.randint(2, 9), "noisy", 0 if not batches else 1)
    for of_epoch in logs:
        of_epoch.setdefault("val_loss", dyadic(0.4, 2))
        if batches:
            of_epoch["loss"] = dyadic(0.4, 2)
    with tempfile.TemporaryDirectory() as folder:
        given = {**options, "filepath": os.path.join(folder, options["filepath"].replace(".safetensors", ".keras"))}
        result = run(keras.callbacks.ModelCheckpoint(**given), Model(0.5), logs, batches)
    text = json.dumps(result).replace(folder + "/", "").replace(".keras", ".safetensors")
    out["ModelCheckpoint"].append({"options": options, "logs": logs, "batches": batches, **json.loads(text)})

# rate halves at even epochs; the function is written again in the test
logs = logs_of("loss", 6, "noisy")
scheduler = keras.callbacks.LearningRateScheduler(lambda epoch, rate: rate * 0.5 if epoch % 2 == 0 else rate, verbose=1)
out["LearningRateScheduler"].append({"logs": logs, **run(scheduler, Model(0.5), logs)})

path = pathlib.Path(__file__).parent / "keras_callbacks.json"
text = json.dumps(out, indent=None, separators=(",", ":"))
text = re.sub(r'\{"options"', '\n{"options"', text)
path.write_text(text + "\n")
print(path.name, {k: len(v) for k, v in out.items()}, len(text), "bytes; keras", keras.__version__)
