"""The part of a network that learns, with a head on it, and what it takes to go on from the middle."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import keras
import numpy as np
import tensorflow as tf
from numpy.typing import NDArray

from store.training.heads.fitting import FittedHead, half_exact

Array = NDArray[np.float32]
Integers = NDArray[np.integer]


class Trainee:
    """From what `back` takes to logits: its embeddings, divided by their lengths, and one linear layer.

    Begins with a head, whose temperature goes into its layer. `back` may also answer {"embedding": …}.
    """

    def __init__(self, back: keras.Model, head: FittedHead, rate: float) -> None:
        embedding = back.output["embedding"] if isinstance(back.output, dict) else back.output
        dense = keras.layers.Dense(len(head.labels), name="head")
        unit = keras.layers.UnitNormalization(name="unit")(embedding)
        self._model = keras.Model(back.input, dense(unit))
        dense.set_weights(_cooled(head))
        self._dense = dense
        self._optimiser = keras.optimizers.Adam(rate)
        self._optimiser.build(self._model.trainable_variables)
        each = [tf.TensorSpec((None,), dtype) for dtype in (tf.int64, tf.float32)]
        self._update = tf.function(self._step, input_signature=[_inputs_of(self._model), *each])
        self._logits = looker(self._model)

    def learn(self, inputs: Array, labels: Integers, weights: Array) -> None:
        """One step down the weighted cross-entropy of examples [b, …], labels [b], weights [b]."""
        self._update(tf.constant(inputs), tf.constant(labels), tf.constant(weights))

    def _step(self, inputs: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            logits = self._model(inputs, training=True)
            losses = tf.nn.sparse_softmax_cross_entropy_with_logits(labels, logits)
            loss = tf.reduce_mean(weights * losses)
        variables = self._model.trainable_variables
        self._optimiser.apply_gradients(zip(tape.gradient(loss, variables), variables, strict=True))

    def logits(self, inputs: Array) -> Array:
        """Logits [n, k] of inputs [n, …]."""
        return self._logits(inputs)

    def head(self) -> list[tuple[Array, Array]]:
        """The head as a head set keeps it without loss."""
        kernel, bias = self._dense.get_weights()
        return [(half_exact(kernel), bias)]

    def weights(self) -> list[Array]:
        """What is learned so far."""
        return [np.array(one) for one in self._model.get_weights()]

    def put(self, weights: Sequence[Array]) -> None:
        """Other weights of the same shapes."""
        self._model.set_weights(weights)

    def slots(self) -> list[NDArray[np.generic]]:
        """What the optimiser remembers."""
        return [np.array(one) for one in self._optimiser.variables]

    def put_slots(self, slots: Sequence[NDArray[np.generic]]) -> None:
        """What it remembered before; none makes it forget."""
        for place, variable in enumerate(self._optimiser.variables):
            if slots:
                variable.assign(slots[place].reshape(variable.shape))  # a file has no scalars
            elif variable is not self._optimiser.learning_rate:
                variable.assign(tf.zeros_like(variable))


def begin_weights(weights: Sequence[Array], head: FittedHead) -> list[Array]:
    """A trainee's weights with another head."""
    return [*weights[:-2], *_cooled(head)]


def _cooled(head: FittedHead) -> list[Array]:
    """Kernel and bias whose logits need no temperature."""
    return [np.asarray(array / np.float32(head.temperature)) for array in head.layers[0]]


def _inputs_of(model: keras.Model) -> tf.TensorSpec:
    """Any number of its inputs: it is traced once."""
    return tf.TensorSpec(model.input.shape, tf.float32)


def looker(model: keras.Model, output: str | None = None) -> Callable[[Array], Array]:
    """A model, or one of its outputs, as a function of arrays [n, …] with its weights as they are then."""

    def look(inputs: tf.Tensor) -> tf.Tensor:
        found = model(inputs, training=False)
        return found if output is None else found[output]

    fast = tf.function(look, input_signature=[_inputs_of(model)])
    return lambda inputs: np.asarray(fast(tf.constant(inputs)))
