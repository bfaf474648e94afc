"""Trains more than a head, with TensorFlow: the last blocks of a network, or all of it."""
