#!/usr/bin/env python3
"""Trains a recipe's network in Keras 3 itself, to see what its setting reaches there.

    pip install keras==3.15.1 tensorflow-cpu==2.21.0
    KERAS_BACKEND=tensorflow PERCEPT_DATA=... python benchmarks/peers/keras_recipe.py recipes/keras_cnn.toml [seed]

Reads the recipe, builds the same layers with Keras's own initialisers (glorot_uniform, zeros), its own Adadelta, its own
shuffling and `fit`, and prints the test accuracy after every epoch. Any chain of Conv2d, ReLU, MaxPool2d, Dropout, Flatten and
Linear on MNIST works; another layer or optimizer is refused by name.
"""

import gzip
import os
import sys
import tomllib

import keras
import numpy as np
from keras import layers


def idx(path):
    """An IDX file of bytes, plain or gzipped, as an array of its own shape."""
    opener = gzip.open if os.path.exists(path + ".gz") else open
    with opener(path + ".gz" if opener is gzip.open else path, "rb") as file:
        raw = file.read()
    rank = raw[3]
    shape = [int.from_bytes(raw[4 + 4 * i : 8 + 4 * i], "big") for i in range(rank)]
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def mnist(part, scale):
    folder = os.path.join(os.environ["PERCEPT_DATA"], "mnist")
    images = idx(f"{folder}/{part}-images-idx3-ubyte").astype("float32") / scale
    images = np.expand_dims(images, 1 if keras.config.image_data_format() == "channels_first" else -1)
    return images, idx(f"{folder}/{part}-labels-idx1-ubyte").astype("int32")


def layer_of(spec):
    weights = {"kernel_initializer": spec.get("weight_init", "glorot_uniform"), "bias_initializer": spec.get("bias_init", "zeros")}
    match spec["type"]:
        case "Conv2d":
            return layers.Conv2D(spec["out_channels"], spec["kernel_size"], **weights)
        case "Linear":
            return layers.Dense(spec["out_features"], **weights)
        case "MaxPool2d":
            return layers.MaxPooling2D(spec["kernel_size"])
        case "Dropout":
            return layers.Dropout(spec["rate"])
        case "ReLU":
            return layers.ReLU()
        case "Flatten":
            return layers.Flatten()
    raise SystemExit(f"{spec['type']}: not a layer this script knows")


def optimizer_of(spec):
    if spec["type"] != "Adadelta":
        raise SystemExit(f"{spec['type']}: not an optimizer this script knows; it knows Adadelta")
    return keras.optimizers.Adadelta(spec["learning_rate"], rho=spec["rho"], epsilon=spec["eps"])


def main():
    with open(sys.argv[1], "rb") as file:
        recipe = tomllib.load(file)
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    keras.utils.set_random_seed(seed)
    if keras.backend.backend() == "torch":
        keras.config.set_image_data_format("channels_first")  # what PyTorch computes in: several times as fast
    scale = recipe["preprocess"]["scale"]
    train, test = mnist("train", scale), mnist("t10k", scale)
    model = keras.Sequential([keras.Input(train[0].shape[1:])] + [layer_of(spec) for spec in recipe["model"]["layers"]])
    model.compile(optimizer_of(recipe["optimizer"]), keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    history = model.fit(*train, batch_size=recipe["train"]["batch_size"], epochs=recipe["train"]["epochs"],
                        validation_data=test, validation_batch_size=1000, verbose=2)
    accuracy = history.history["val_accuracy"]
    print(f"{recipe['name']} seed {seed}, Keras {keras.__version__} on {keras.backend.backend()}: "
          f"test accuracy {accuracy[-1]:.4f} after {len(accuracy)} epochs (each: {' '.join(f'{a:.4f}' for a in accuracy)})")


if __name__ == "__main__":
    main()
