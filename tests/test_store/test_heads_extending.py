"""A head that learns new labels and keeps the ones that it had."""

from __future__ import annotations

import numpy as np
import pytest
from clusters import Array, Labels, clusters

from store.models.arrays import HeadInput
from store.models.errors import ModelError
from store.models.head_set import HeadSet
from store.models.labels import Label
from store.models.network import head_forward
from store.training.heads.extending import ExtendedHead, extend_head

OLD, NEW = ("curlew", "whimbrel", "godwit", "knot"), ("avocet", "bittern")
COUNTS = (60, 60, 60, 60, 60, 60)


def of(seed: int, labels: tuple[int, ...]) -> tuple[Array, Labels]:
    """Embeddings of some of six clusters, the first four of which the base knows."""
    embeddings, truth = clusters(COUNTS, seed=seed, noise=0.8)
    chosen = np.isin(truth, labels)
    return embeddings[chosen], truth[chosen]


def base_of(takes: HeadInput, temperature: float = 1.0) -> HeadSet:
    """The four old clusters' centres as a linear classifier."""
    embeddings, truth = of(1, (0, 1, 2, 3))
    scale = np.linalg.norm(embeddings, axis=1).mean() if takes == "unit" else 1.0
    centres = np.stack([embeddings[truth == label].mean(axis=0) for label in range(4)]).T
    bias = -0.5 * np.square(centres).sum(axis=0)
    layer = (
        (scale * centres * temperature).astype(np.float32),
        (bias * temperature).astype(np.float32),
    )
    return HeadSet("5" * 64, temperature, [layer], tuple(Label(name) for name in OLD), takes)


def extended(base: HeadSet, background: Array | None = None, seed: int = 0) -> ExtendedHead:
    embeddings, truth = of(2, (4, 5))
    rest = of(3, (0, 1, 2, 3))[0] if background is None else background
    return extend_head(base, embeddings[:40], truth[:40] - 4, NEW, rest, seed=seed)


def accuracy(head: ExtendedHead, embeddings: Array, truth: Labels) -> float:
    found = head_forward(head.layers, embeddings, head.temperature, head.input)
    return float(np.mean(found.argmax(axis=1) == truth))


@pytest.mark.parametrize("takes", ["raw", "unit"])
@pytest.mark.parametrize("temperature", [1.0, 2.5])
def test_new_labels_are_recognised_and_old_ones_still_are(takes: HeadInput, temperature: float) -> None:
    base = base_of(takes, temperature)
    head = extended(base)
    assert (head.labels, head.input) == (OLD + NEW, takes)
    assert accuracy(head, *of(4, (4, 5))) > 0.8
    old, truth = (
        np.concatenate(parts) for parts in zip(*(of(s, (0, 1, 2, 3)) for s in (5, 6, 7)), strict=True)
    )
    before = head_forward(base.layers, old, base.temperature, base.input)
    assert accuracy(head, old, truth) >= np.mean(before.argmax(axis=1) == truth) - 0.03
    assert np.mean(before.argmax(axis=1) == truth) > 0.9


def test_columns_without_an_example_stay_as_they_were() -> None:
    base = base_of("raw", 2.5)
    head = extended(base)
    np.testing.assert_allclose(head.layers[0][0][:, :4], base.layers[0][0] / 2.5, rtol=1e-6)
    np.testing.assert_allclose(head.layers[0][1][:4], base.layers[0][1] / 2.5, rtol=1e-6)


def test_a_new_label_takes_little_from_the_base_though_it_is_much_like_an_old_one() -> None:
    base = base_of("unit")
    background, said = of(3, (0, 1, 2, 3))
    like_curlew = of(2, (0,))[0][:12]
    head = extend_head(base, like_curlew, np.zeros(12, np.int64), ["juvenile curlew"], background, seed=0)
    answers = head_forward(head.layers, of(5, (0, 1, 2, 3))[0], head.temperature, head.input).argmax(axis=1)
    assert np.mean(answers == 4) < 0.06
    assert np.mean(answers == of(5, (0, 1, 2, 3))[1]) > 0.85
    assert len(said) == len(background)


def test_an_old_label_learns_from_its_examples_and_is_held_near_where_it_was() -> None:
    base = base_of("unit")
    background = of(3, (0, 1, 2, 3))[0]
    embeddings, truth = of(2, (4, 5))
    names = ["godwit", "bittern"]  # what the base would not say of these
    head = extend_head(base, embeddings[:60], truth[:60] - 4, names, background, seed=0)
    assert head.labels == (*OLD, "bittern")
    moved = np.abs(head.layers[0][0][:, :4] - base.layers[0][0]).max(axis=0)
    assert moved[2] > 0
    assert moved[[0, 1, 3]].max() == 0
    assert accuracy(head, *of(4, (0, 1, 3))) > 0.9
    new, truth = of(4, (4, 5))
    assert accuracy(head, new, np.where(truth == 4, 2, 4)) > 0.8


def test_without_a_background_it_learns_all_the_same() -> None:
    head = extended(base_of("unit"), np.zeros((0, 64), np.float32))
    assert accuracy(head, *of(4, (4, 5))) > 0.9


def test_every_label_may_have_examples() -> None:
    embeddings, truth = of(2, (0, 1, 2, 3))
    head = extend_head(base_of("unit"), embeddings, truth, OLD, embeddings[:0], seed=0)
    assert accuracy(head, *of(4, (0, 1, 2, 3))) > 0.9


def test_the_same_seed_gives_the_same_head() -> None:
    first, again = extended(base_of("unit"), seed=3), extended(base_of("unit"), seed=3)
    np.testing.assert_array_equal(first.layers[0][0], again.layers[0][0])
    assert first.temperature == again.temperature


def test_what_cannot_be_extended_is_said() -> None:
    base = base_of("unit")
    [layer] = base.layers
    two = HeadSet(base.space_id, 1.0, [layer, layer], base.labels, "unit")
    with pytest.raises(ModelError, match="several layers"):
        extended(two)
    with pytest.raises(ModelError, match="no numbers"):
        extended(base, np.full((3, 64), np.nan, np.float32))
