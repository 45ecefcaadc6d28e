#!/usr/bin/env python3
"""Times JAX on the training step of b_mlp5; what compare.py runs in fresh processes.

    jax_item.py b_mlp5 train BATCH SECONDS      prints one JSON line (pip install jax)

The whole step is one jit with its state donated; Adam is written out here, with the reference item's numbers.
"""
import sys

import jax
import jax.numpy as jnp

from clock import report

SIZES = (784, 200, 100, 60, 30, 10)
RATE, LEARNING_RATE, BETA1, BETA2, EPS = 0.25, 1e-3, 0.9, 0.999, 1e-8


def weights(key):
    layers = []
    for inputs, outputs in zip(SIZES, SIZES[1:]):
        key, use = jax.random.split(key)
        limit = inputs**-0.5
        layers.append((jax.random.uniform(use, (inputs, outputs), minval=-limit, maxval=limit), jnp.zeros(outputs)))
    return layers


def loss_of(layers, key, x, y):
    for weight, bias in layers[:-1]:
        key, use = jax.random.split(key)
        x = jax.nn.relu(x @ weight + bias)
        x = jnp.where(jax.random.bernoulli(use, 1 - RATE, x.shape), x / (1 - RATE), 0)
    weight, bias = layers[-1]
    scores = jax.nn.log_softmax(x @ weight + bias)
    return -jnp.take_along_axis(scores, y[:, None], axis=1).mean()


def train_step(state, x, y):
    layers, mean, square, count, key = state
    key, use = jax.random.split(key)
    loss, grads = jax.value_and_grad(loss_of)(layers, use, x, y)
    count = count + 1
    mean = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, mean, grads)
    square = jax.tree.map(lambda s, g: BETA2 * s + (1 - BETA2) * g * g, square, grads)
    size, shrink = LEARNING_RATE / (1 - BETA1**count), 1 / (1 - BETA2**count)
    layers = jax.tree.map(lambda w, m, s: w - size * m / (jnp.sqrt(s * shrink) + EPS), layers, mean, square)
    return (layers, mean, square, count, key), loss


def main(item, mode, batch, seconds):
    if (item, mode) != ("b_mlp5", "train"):
        raise SystemExit(f"{item} {mode}: this script knows b_mlp5 train")
    layers = weights(jax.random.key(0))
    zeros = lambda: jax.tree.map(jnp.zeros_like, layers)
    state = (layers, zeros(), zeros(), jnp.float32(0), jax.random.key(1))
    x = jax.random.uniform(jax.random.key(2), (int(batch), SIZES[0]))
    y = jax.random.randint(jax.random.key(3), (int(batch),), 0, SIZES[-1])
    run = jax.jit(train_step, donate_argnums=0)

    def step():
        nonlocal state
        state, loss = run(state, x, y)
        jax.block_until_ready((state, loss))

    report(step, float(seconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
