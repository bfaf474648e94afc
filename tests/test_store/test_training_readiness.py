"""Too few pictures are refused with how many more of which labels are needed."""

from __future__ import annotations

import pytest

from store.local.learning.readiness import CannotTrain, check_enough
from store.local.learning.run_forms import LabelMode


def advice(pictures: dict[str, int], none_of_these: int = 0, mode: LabelMode = "mine") -> str:
    with pytest.raises(CannotTrain) as refused:
        check_enough(pictures, none_of_these, mode, 8)
    return refused.value.advice


@pytest.mark.parametrize(
    ("pictures", "none_of_these", "mode"),
    [
        ({"wolf": 8, "fox": 8}, 0, "mine"),
        ({"wolf": 8, "fox": 3}, 5, "mine"),
        ({"wolf": 8}, 8, "mine"),
        ({"wolf": 8}, 0, "extend"),
    ],
)
def test_enough_is_two_labels_or_one_and_something_else(
    pictures: dict[str, int], none_of_these: int, mode: LabelMode
) -> None:
    check_enough(pictures, none_of_these, mode, 8)


def test_nothing_at_all() -> None:
    assert advice({}) == "Correct or confirm at least 8 pictures of two labels."
    assert advice({}, 100, "extend") == "Correct or confirm at least 8 pictures of one label."


def test_it_says_how_many_more_of_which_label() -> None:
    assert advice({"wolf": 7, "fox": 3}) == "Confirm or correct 1 more of “wolf” and 5 more of “fox”."
    assert advice({"wolf": 9, "fox": 3}) == "Confirm or correct 5 more of “fox”."
    assert advice({"wolf": 9}) == "Confirm or correct 8 of another label."
    assert advice({"wolf": 5}) == "Confirm or correct 3 more of “wolf” and 8 of another label."
    assert advice({"wolf": 2}, 0, "extend") == "Confirm or correct 6 more of “wolf”."


def test_with_several_labels_that_are_near_any_of_them_will_do() -> None:
    assert advice({"wolf": 8, "fox": 3, "dog": 2}) == (
        "Confirm or correct 5 more of “fox” or 6 more of “dog”."
    )
