"""Settling what was labelled differently, on the page: by forms, and by keys alone in a real browser."""

from __future__ import annotations

import base64
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from collecting import enrolled, inference, said_of
from collector_serving import ServedCollector
from PIL import Image
from playwright.sync_api import Playwright
from running import HEADLESS, QUIET_CHROMIUM
from team_pages import PASSWORD, signed_in, team_collector, text_of
from two_hands import TwoHands

NAMES = ("a", "b", "c")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedCollector]:
    """Three pictures that two devices named differently; the first has a small picture, the second none, and
    what came with the third is none."""
    with team_collector(tmp_path, TwoHands()) as found:
        for device, label in (("laptop", "kite"), ("other", "<b>kestrel</b>")):
            sender = enrolled(found.collector, device)
            for name in NAMES:
                answer = sender.event(_recognised(name))
                said = said_of(answer["event_id"], isCorrect=False, correctedLabel=label)
                found.collector.take(sender.batch(answer, sender.event(said)))
        found.collector.count()
        yield found


def _recognised(name: str) -> dict[str, object]:
    record = inference(name)
    crop = record.pop("crop")
    if name == "b":
        return record
    content = io.BytesIO()
    Image.new("RGB", (8, 8), "teal").save(content, "JPEG")
    return record | {"crop": base64.b64encode(content.getvalue()).decode() if name == "a" else crop}


def hex_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()


def test_a_labeller_settles_and_undoes(served: ServedCollector) -> None:
    page = f"/team/disagreements/{hex_of('a')}"
    with signed_in(served, "lars") as lars:
        assert "3 pictures were given different labels" in text_of(lars.get("/team/disagreements"))
        case = lars.get(page)
        assert "&lt;b&gt;kestrel" in case.text
        assert "laptop kite owl 2.0" in text_of(case)
        gone_on = lars.post(f"{page}/settle", data={"label": "kite"})
        assert gone_on.status_code == 303
        following = lars.get(gone_on.headers["Location"])
        assert "Settled as kite . Undo Z" in text_of(following)
        assert "2 to settle" in text_of(following)
        assert "kite lars" in text_of(lars.get("/team/disagreements"))
        undo = following.text.partition("<main")[2].split('action="')[1].split('"')[0]
        assert lars.post(undo, data={"": ""}).headers["Location"] == page
        assert "undone by lars" in text_of(lars.get("/team/disagreements"))
        told = text_of(lars.post(f"{page}/settle", data={"label": " "}), 422)
        assert "No label was chosen" in told


def test_of_two_who_settle_the_same_picture_one_hears_of_the_other(served: ServedCollector) -> None:
    settle = f"/team/disagreements/{hex_of('a')}/settle"
    with signed_in(served, "lars") as lars, signed_in(served, "ada") as ada:
        assert lars.post(settle, data={"unknown": "1"}).status_code == 303
        told = text_of(ada.post(settle, data={"label": "kite"}), 422)
    assert "lars has settled this picture meanwhile, as one that can't be told" in told


def test_a_viewer_looks_and_settles_nothing(served: ServedCollector) -> None:
    page = f"/team/disagreements/{hex_of('a')}"
    with signed_in(served, "vera") as vera:
        assert "Labellers and admins settle this" in text_of(vera.get(page))
        assert vera.post(f"{page}/settle", data={"label": "kite"}).status_code == 403
    assert served.collector.settling.how_many() == 3


def test_a_small_picture_is_shown_only_where_it_is_one(served: ServedCollector) -> None:
    with signed_in(served, "vera") as vera:
        shown = vera.get(f"/team/pictures/{hex_of('a')}")
        assert shown.headers["Content-Type"] == "image/jpeg"
        assert shown.headers["X-Content-Type-Options"] == "nosniff"
        for name in ("b", "c"):
            assert vera.get(f"/team/pictures/{hex_of(name)}").status_code == 404
        assert "No small picture of this was shared" in text_of(
            vera.get(f"/team/disagreements/{hex_of('b')}")
        )
        assert vera.get("/team/disagreements/zz").status_code == 404
        assert vera.get(f"/team/disagreements/{'00' * 32}").status_code == 404
    with served.client() as stranger:
        assert stranger.get(f"/team/pictures/{hex_of('a')}").status_code == 401


@pytest.mark.browser
@pytest.mark.skipif(HEADLESS is None, reason="no Chromium here")
def test_by_keys_alone(served: ServedCollector, playwright: Playwright) -> None:
    browser = playwright.chromium.launch(executable_path=HEADLESS, args=QUIET_CHROMIUM)
    try:
        page = browser.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(f"{served.url}/team/sign-in")
        page.get_by_label("Name").fill("lars")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="Disagreements").click()
        page.get_by_role("link", name="Settle them one by one").wait_for()
        page.keyboard.press("Enter")
        page.get_by_text("3 to settle").wait_for()
        page.keyboard.press("2")
        page.get_by_text("2 to settle").wait_for()
        page.keyboard.press("z")
        page.get_by_text("3 to settle").wait_for()
        page.keyboard.press("u")
        page.get_by_text("2 to settle").wait_for()
        page.keyboard.press("/")
        page.keyboard.type("sparrow u2")
        page.keyboard.press("Enter")
        page.get_by_text("1 to settle").wait_for()
        page.keyboard.press("1")
        page.get_by_text("Every picture that people named has one name").wait_for()
        settled = [(each.label, each.undone_at is None) for each in served.collector.settling.settled()]
        kept = {label for label, stands in settled if stands}
        assert kept == {None, "sparrow u2", "<b>kestrel</b>"}
        assert [label for label, stands in settled if not stands] == ["kite"]
        assert wrong == []
    finally:
        browser.close()
