from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from small_model import f32

from store.models.quantisation import affine_range, quantise

floats = st.floats(-1e4, 1e4, width=32)


@given(arrays(np.float32, st.integers(1, 40), elements=floats))
def test_uint8_is_within_a_step_and_keeps_zero(values: np.ndarray[tuple[int], np.dtype[np.float32]]) -> None:
    stored = quantise(values, "uint8")
    assert stored.entry is not None
    assert stored.data.dtype == np.uint8
    scale = float(str(stored.entry["scale"]))
    restored = stored.restored()
    assert np.abs(restored.astype(np.float64) - values).max() <= scale * 1.001 + 1e-6
    if values.min() <= 0 <= values.max():
        low = float(str(stored.entry["min"]))
        assert low + round(-low / scale) * scale == 0.0


def test_uint8_spans_the_whole_range() -> None:
    values = np.linspace(-1, 3, 1000, dtype=np.float32)
    stored = quantise(values, "uint8")
    assert (stored.data.min(), stored.data.max()) == (0, 255)
    assert stored.entry is not None
    assert stored.entry["scale"] == pytest.approx(4 / 255)
    assert stored.entry["dtype"] == "uint8"
    assert stored.entry["original_dtype"] == "float32"


def test_a_range_beside_zero_is_not_moved() -> None:
    assert affine_range(1.0, 2.0) == (1 / 255, 1.0)


def test_one_value_alone_is_kept_exactly() -> None:
    for value in (0.0, 2.5, -7.0):
        values = np.full(9, value, np.float32)
        np.testing.assert_array_equal(quantise(values, "uint8").restored(), values)


def test_float16_rounds_and_clips_to_its_range() -> None:
    values = f32([0.1, 1e6, -1e6, 65504.0])
    stored = quantise(values, "float16")
    assert stored.entry == {"dtype": "float16", "original_dtype": "float32"}
    np.testing.assert_array_equal(stored.restored(), f32([np.float16(0.1), 65504, -65504, 65504]))


def test_float32_is_left_alone() -> None:
    values = f32([0.1, 2.0])
    stored = quantise(values, "float32")
    assert stored.entry is None
    np.testing.assert_array_equal(stored.restored(), values)
