"""The only package that imports TensorFlow; everything else works without it."""
