"""The team's pages of releases: what devices found, and the rollout, which an admin alone changes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from collecting import Sender, enrolled
from collector_serving import ServedCollector
from releasing import Shop, open_shop
from team_pages import signed_in, team_collector, text_of
from two_hands import TwoHands

from store.local.figures.intervals import Interval, paired_difference
from store.releases.making import release_of

FOUND = {"pictures": 60, "judged": 40, "both": 30, "onlyRelease": 9, "onlyBefore": 0}


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = open_shop(tmp_path_factory.mktemp("shop"))
    shop.signed(7)
    return shop


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedCollector]:
    with team_collector(tmp_path, TwoHands()) as found:
        yield found


@pytest.fixture
def released(served: ServedCollector, shop: Shop) -> ServedCollector:
    """With release 7 for a tenth of the group `field`."""
    folder = shop.folder / "head-7"
    served.collector.release_keys.set_first([shop.key.public_key], "test")
    served.collector.releases.add(release_of(folder), folder, "test", percent=10, groups=["field"])
    return served


def says(served: ServedCollector, sender: Sender, state: str, **figures: object) -> None:
    device = served.collector.devices.of_token(sender.admitted.token)
    served.collector.release_reports.note(device, 7, state, figures)


def points(difference: Interval) -> str:
    value, low, high = (100 * each for each in difference)
    return f"{value:+.1f} points ({low:+.1f} to {high:+.1f})".replace("-", "\N{MINUS SIGN}")


def test_without_releases_the_page_says_how_to_make_one(served: ServedCollector) -> None:
    with signed_in(served, "vera") as browser:
        assert "There is no release yet" in text_of(browser.get("/team/releases"))


def test_the_list_shows_the_rollout_and_how_each_does(released: ServedCollector) -> None:
    laptop, tablet = enrolled(released.collector, "laptop"), enrolled(released.collector, "tablet")
    says(released, laptop, "active", **FOUND)
    says(released, tablet, "rolled-back", by="feedback", **FOUND)
    with signed_in(released, "vera") as browser:
        text = text_of(browser.get("/team/releases"))
    assert "10 % of field" in text
    assert "1 at work, 1 went back" in text
    assert f"80 {points(paired_difference(60, 18, 0, 2))}" in text


def test_one_release_compares_both_models_over_devices(released: ServedCollector) -> None:
    sender = enrolled(released.collector, "laptop")
    says(released, sender, "active", releaseMs=41.0, beforeMs=80.0, **FOUND)
    with signed_in(released, "vera") as browser:
        text = text_of(browser.get("/team/releases/7"))
        assert "<form" not in browser.get("/team/releases/7").text.partition("<main")[2]
    assert "of which people judged 40" in text
    assert "This release is better." in text
    assert f"before: {points(paired_difference(30, 9, 0, 1))}" in text
    assert "this release 97.5 % (87.1 to 99.6) 9 41 ms" in text
    assert "the model before 75.0 % (59.8 to 85.8) 0 80 ms" in text
    assert "laptop" in text


def test_a_release_that_nobody_judged_says_so(released: ServedCollector) -> None:
    with signed_in(released, "vera") as browser:
        text = text_of(browser.get("/team/releases/7"))
    assert "nobody has judged any of them yet" in text
    assert "not known yet" in text


def test_an_admin_offers_pauses_and_withdraws(released: ServedCollector) -> None:
    def state() -> tuple[str, int]:
        [release] = released.collector.releases.all()
        return release.state, release.percent

    with signed_in(released, "ada") as browser:
        for form, after in (
            ({"what": "offer", "percent": "50"}, ("out", 50)),
            ({"what": "pause"}, ("paused", 50)),
            ({"what": "offer", "percent": "60"}, ("out", 60)),
            ({"what": "withdraw"}, ("withdrawn", 60)),
        ):
            assert browser.post("/team/releases/7/change", data=form).status_code == 303
            assert state() == after
        text = text_of(browser.get("/team/releases/7"))
        assert "no device gets it any more" in text
        assert browser.post("/team/releases/7/change", data={"what": "pause"}).status_code == 422
    assert state() == ("withdrawn", 60)


@pytest.mark.parametrize(
    "form", [{"what": "offer", "percent": "101"}, {"what": "offer"}, {"what": "sell"}, {"percent": "5"}]
)
def test_a_form_that_makes_no_sense_changes_nothing(released: ServedCollector, form: dict[str, str]) -> None:
    with signed_in(released, "ada") as browser:
        assert browser.post("/team/releases/7/change", data=form).status_code == 422
    assert released.collector.releases.all()[0].percent == 10


def test_nobody_but_an_admin_changes_a_rollout(released: ServedCollector) -> None:
    with signed_in(released, "lars") as browser:
        answer = browser.post("/team/releases/7/change", data={"what": "withdraw"})
        assert answer.status_code == 403
    with released.client() as stranger:
        assert stranger.get("/team/releases").status_code == 401
    assert released.collector.releases.all()[0].state == "out"


def test_a_release_that_is_not_there_is_not_found(released: ServedCollector) -> None:
    with signed_in(released, "vera") as browser:
        for number in ("8", "x", "9" * 30):
            assert browser.get(f"/team/releases/{number}").status_code == 404
