#!/usr/bin/env python3
"""Times Keras on TensorFlow on the training step of d_mnist_cnn; what compare.py runs in fresh processes.

    keras_item.py d_mnist_cnn train BATCH SECONDS THREADS      prints one JSON line (pip install keras tensorflow-cpu)
"""
import os
import sys

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from clock import report


def mnist_cnn():
    return keras.Sequential([
        keras.Input((28, 28, 1)), layers.Conv2D(32, 3, activation="relu"), layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(2), layers.Dropout(0.25), layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dropout(0.5),
        layers.Dense(10)])


def main(item, mode, batch, seconds, threads):
    if (item, mode) != ("d_mnist_cnn", "train"):
        raise SystemExit(f"{item} {mode}: this script knows d_mnist_cnn train")
    tf.config.threading.set_intra_op_parallelism_threads(int(threads))
    keras.utils.set_random_seed(0)
    model = mnist_cnn()
    model.compile(keras.optimizers.Adadelta(1.0), keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    rng = np.random.default_rng(0)
    x, y = rng.random((int(batch), 28, 28, 1), dtype=np.float32), rng.integers(0, 10, int(batch))
    batches = iter(tf.data.Dataset.from_tensors((tf.constant(x), tf.constant(y))).repeat())
    model.make_train_function()  # what fit calls for each step
    report(lambda: keras.tree.map_structure(np.asarray, model.train_function(batches)), float(seconds), threads=int(threads))


if __name__ == "__main__":
    main(*sys.argv[1:])
