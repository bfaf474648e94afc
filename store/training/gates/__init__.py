"""Checks of a candidate before it may be put to work, in numpy: what a version must pass and by how much."""
