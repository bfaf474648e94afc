"""What devices found of a release, added up."""

from __future__ import annotations

import pytest

from store.collector.release_arms import Arms, on_devices, together
from store.collector.release_reports import Report
from store.local.figures.intervals import paired_difference


def report(device: int, state: str, at: int, **figures: object) -> Report:
    return Report(bytes([device]) * 16, f"laptop {device}", state, at, figures)


def found(both: int, release: int, before: int, judged: int, **more: object) -> dict[str, object]:
    counted = {"both": both, "onlyRelease": release, "onlyBefore": before, "judged": judged}
    return {"pictures": judged + 10, **counted, **more}


def test_the_pictures_of_the_shadow_and_of_work_add_up_on_a_device_and_over_devices() -> None:
    devices = on_devices(
        [
            report(1, "shadow", 1, **found(3, 2, 0, 6)),
            report(1, "active", 2, **found(10, 1, 1, 14, releaseMs=40.0, beforeMs=60.0)),
            report(2, "shadow", 3, **found(1, 0, 0, 1, releaseMs=50.0)),
        ]
    )
    assert [(each.device, each.state) for each in devices] == [("laptop 1", "active"), ("laptop 2", "shadow")]
    assert devices[0].arms == Arms(40, 20, 13, 3, 1, 40.0, 60.0)
    whole = together([each.arms for each in devices])
    assert whole == Arms(51, 21, 14, 3, 1, 45.0, 60.0)
    assert whole.difference == paired_difference(14, 3, 1, 3)
    assert whole.difference is not None
    assert whole.difference.value == pytest.approx((3 - 1) / 21)
    assert whole.release.value == pytest.approx(17 / 21)
    assert whole.before.value == pytest.approx(15 / 21)


def test_two_devices_of_one_name_are_two() -> None:
    one, other = report(1, "active", 1, **found(1, 0, 0, 1)), report(2, "active", 1, **found(1, 0, 0, 1))
    other = Report(other.device_id, one.device, other.state, other.at, other.figures)
    assert len(on_devices([one, other])) == 2


def test_what_went_back_counts_with_what_it_found_and_says_why() -> None:
    [device] = on_devices(
        [
            report(1, "shadow", 1, **found(5, 0, 0, 5)),
            report(1, "active", 2),
            report(1, "rolled-back", 3, by="feedback", **found(0, 0, 7, 7)),
        ]
    )
    assert (device.state, device.why, device.arms.judged, device.arms.only_before) == (
        "rolled-back",
        "feedback",
        12,
        7,
    )


def test_what_the_user_took_back_keeps_the_figures_of_its_work() -> None:
    [device] = on_devices(
        [report(1, "active", 2, **found(4, 1, 1, 8)), report(1, "rolled-back", 3, by="user")]
    )
    assert (device.why, device.arms.judged) == ("user", 8)


def test_what_was_refused_beside_the_other_counts_once() -> None:
    [device] = on_devices(
        [
            report(1, "shadow", 1, **found(0, 0, 3, 3)),
            report(1, "refused", 2, code="worse", **found(0, 0, 7, 7)),
        ]
    )
    assert (device.why, device.arms.judged, device.arms.only_before) == ("worse", 7, 7)


@pytest.mark.parametrize(
    "wrong",
    [found(5, 5, 5, 6), {**found(1, 0, 0, 1), "pictures": 0}, {"judged": "many"}, found(-1, 0, 0, 5), {}],
)
def test_figures_that_cannot_be_count_as_none(wrong: dict[str, object]) -> None:
    [device] = on_devices([report(1, "active", 1, **wrong)])
    assert device.arms.both == device.arms.only_release == device.arms.only_before == 0
    assert together([]).difference is None
