"""Fits, extends, calibrates and judges heads with numpy and scipy alone: no TensorFlow, no database."""
