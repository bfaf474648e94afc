"""Which layers and which pictures a network is trained with, and the variants of a square."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from store.local.learning.run_forms import TrainingOptions
from store.models.architectures import INPUT_SIZE, architecture
from store.models.generated_pictures import generated_pictures
from store.models.preprocessing import Preprocessing
from store.training.runs.job import JobFolder
from store.training.runs.squares import usable
from store.training.tuning import inputs
from store.training.tuning.inputs import FromSquares, between, looked_at
from store.training.tuning.plan import plan_of, watched
from store.training.tuning.squares import squares_of, variant

SQUARES = generated_pictures(INPUT_SIZE, 3)


def jpeg(pixels: np.ndarray) -> bytes:
    made = io.BytesIO()
    Image.fromarray(pixels).save(made, "JPEG", quality=92)
    return made.getvalue()


@pytest.mark.parametrize(
    ("family", "alpha", "after"),
    [
        ("mobilenet_v2", 1.0, "block_13_project"),
        ("mobilenet_v1", 0.25, "block_11_pointwise"),
        ("efficientnet_lite0", None, "block_11_project"),
    ],
)
def test_fine_tuning_begins_behind_the_last_reduction(family: str, alpha: float | None, after: str) -> None:
    network = architecture(family, alpha)
    layer = plan_of("fine-tune", network, TrainingOptions()).after
    assert layer is not None
    assert layer.name == after
    place = network.layers.index(layer)
    before = {each.name for each in network.layers[:place]}
    assert all(each.stride == 1 for each in network.layers[place + 1 :])
    assert not before & {each.residual_from for each in network.layers[place + 1 :]}
    assert plan_of("full", network, TrainingOptions()).after is None


def test_the_calibration_side_is_watched() -> None:
    sides = np.array([0] * 20 + [1] * 12, np.uint8)
    labels = np.arange(32) % 2
    np.testing.assert_array_equal(watched(sides, labels, 1), sides == 1)


def test_where_that_is_too_small_a_fifth_of_each_label_is() -> None:
    labels = np.repeat([0, 1], [20, 10])
    found = watched(np.zeros(30, np.uint8), labels, 1)
    assert [int(found[labels == label].sum()) for label in (0, 1)] == [4, 2]
    np.testing.assert_array_equal(found, watched(np.zeros(30, np.uint8), labels, 1))


def test_a_label_is_never_watched_alone() -> None:
    labels = np.array([0] * 20 + [1] * 12 + [2] * 2)
    sides = np.array([0] * 20 + [0] * 2 + [1] * 12, np.uint8)
    found = watched(sides, labels, 1)
    assert found.sum() == 10
    assert not found[labels == 2].any()


def test_variants_of_a_square() -> None:
    square = SQUARES[0]
    random = np.random.default_rng(1)
    np.testing.assert_array_equal(variant(square, 0, random), square)
    np.testing.assert_array_equal(variant(square, 1, random), square[:, ::-1])
    made = [variant(square, number, np.random.default_rng(number)) for number in range(2, 8)]
    assert all(each.shape == square.shape and each.dtype == np.uint8 for each in made)
    assert len({each.tobytes() for each in made}) == 6
    np.testing.assert_array_equal(made[0], variant(square, 2, np.random.default_rng(2)))


def test_squares_that_cannot_be_learned_from_are_left_out(caplog: pytest.LogCaptureFixture) -> None:
    whole = jpeg(SQUARES[0])
    given = {1: whole, 2: whole[:-500], 3: jpeg(SQUARES[0][:200]), 4: b"\xff\xd8\xff no picture"}
    with caplog.at_level("WARNING", logger="whimbrel.training"):
        assert set(usable(given)) == {1}
    assert "3 kept squares" in caplog.text


def test_squares_are_read_by_picture(tmp_path: Path) -> None:
    folder = JobFolder(tmp_path)
    folder.crops.mkdir()
    for number, square in enumerate(SQUARES):
        (folder.crops / f"{number + 7}.jpg").write_bytes(jpeg(square))
    read = squares_of(folder, np.array([9, 7]))
    assert read.shape == (2, INPUT_SIZE, INPUT_SIZE, 3)
    assert np.abs(read[0].astype(int) - SQUARES[2]).mean() < 8


def test_what_lies_between_is_made_once_for_every_variant(monkeypatch: pytest.MonkeyPatch) -> None:
    source = FromSquares(SQUARES, Preprocessing(), variants=4)

    def front(batch: np.ndarray) -> np.ndarray:
        return np.asarray(batch[:, ::32, ::32])

    told: list[float] = []
    made = between(front, source, 5, told.append)
    assert made.values.shape == (4, 3, 7, 7, 3)
    assert told == sorted(told)
    assert told[-1] == 1
    places = np.array([2, 0])
    np.testing.assert_allclose(made.plain(places), front(source.plain(places)), atol=1e-3)
    varied = made.varied(np.zeros(40, np.int64), np.random.default_rng(1))
    assert len({each.tobytes() for each in varied}) == 4
    monkeypatch.setattr(inputs, "MOST_BYTES", 2 * made.values[0].nbytes + 1)
    assert len(between(front, source, 5).values) == 2


def test_looking_at_nothing_gives_nothing() -> None:
    source = FromSquares(SQUARES, Preprocessing(), variants=1)
    assert looked_at(lambda batch: batch.mean(axis=(1, 2)), source.plain, np.arange(0)).shape == (0, 3)
