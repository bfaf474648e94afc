"""What was recognised before, as the page gets it."""

from __future__ import annotations

import base64

import httpx
import pytest
from local_records import inference, said, sha256_of, uuid
from serving import Served

from store.local.shared_labels import SharedLabels
from store.protocol_beside import SharedLabel
from webui.image_types import image_type

WEBP = b"RIFF\x24\x00\x00\x00WEBPVP8 " + b"thumbnail" * 4
JPEG = b"\xff\xd8\xff\xe0" + b"thumbnail" * 4
PNG = b"\x89PNG\r\n\x1a\n" + b"thumbnail" * 4


def remember(page: httpx.Client, *records: object) -> None:
    answered = page.post("/api/statistics", json={"sessionId": "s", "statistics": records})
    assert answered.json() == {"accepted": len(records), "duplicate": 0, "rejected": []}


def with_thumbnail(number: int, content: bytes) -> dict[str, object]:
    return inference(number, thumbnail=base64.b64encode(content).decode())


def test_nothing_was_recognised_yet(page: httpx.Client) -> None:
    assert page.get("/api/pictures").json() == {"pictures": [], "next": None}


def test_pages_of_cards_hold_every_picture_once_newest_first(page: httpx.Client) -> None:
    remember(page, *[inference(number) for number in range(7)])
    names, before, pages = list[str](), "", 0
    while True:
        listed = page.get(f"/api/pictures?limit=3{before}").json()
        names += [card["picture"]["fileName"] for card in listed["pictures"]]
        pages += 1
        if listed["next"] is None:
            break
        before = f"&before={listed['next']}"
    assert names == [f"IMG_{number:04}.jpg" for number in reversed(range(7))]
    assert pages == 3


def test_a_card_says_what_the_user_said(page: httpx.Client) -> None:
    remember(page, inference(1), said(2, about=1))
    [card] = page.get("/api/pictures").json()["pictures"]
    assert card["inferenceId"] == uuid(1)
    assert card["hasThumbnail"] is False
    assert card["predictions"][0] == {"className": "tabby", "probability": 0.75, "rank": 1}
    assert card["feedback"] == {
        "id": uuid(2),
        "isCorrect": False,
        "correctedLabel": "wolf",
        "confidence": 1.0,
    }
    assert page.get("/api/labels").json() == {"labels": ["wolf"], "shared": []}


def test_the_teams_labels_come_with_what_was_typed(served: Served, page: httpx.Client) -> None:
    remember(page, inference(1), said(2, about=1), inference(3), said(4, about=3, label="Lobo"))
    team = SharedLabel("grey wolf", "Canis lupus", ["lobo"])
    SharedLabels(served.services.upkeep._database).replace([team], "tag").result()  # type: ignore[attr-defined]
    assert page.get("/api/labels").json() == {
        "labels": ["wolf"],
        "shared": [{"name": "grey wolf", "scientific": "Canis lupus", "synonyms": ["lobo"]}],
    }


@pytest.mark.parametrize(
    ("content", "media"), [(WEBP, "image/webp"), (JPEG, "image/jpeg"), (PNG, "image/png")]
)
def test_a_thumbnail_comes_as_the_image_that_it_is(page: httpx.Client, content: bytes, media: str) -> None:
    remember(page, with_thumbnail(1, content))
    [card] = page.get("/api/pictures").json()["pictures"]
    assert card["hasThumbnail"] is True
    answer = page.get(f"/api/pictures/{sha256_of('picture 1')}/thumbnail")
    assert (answer.content, answer.headers["Content-Type"]) == (content, media)
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "content", [b"", b"<svg onload=alert(1)>", b"<!doctype html>", b"GIF89a", b"RIFF1234WAVE", b"%PDF-1.7"]
)
def test_nothing_else_is_served_as_an_image(content: bytes) -> None:
    assert image_type(content) is None


def test_a_picture_without_a_thumbnail_is_a_404_in_words(served: Served, page: httpx.Client) -> None:
    remember(page, inference(1))
    for sha256 in (sha256_of("picture 1"), "0" * 64, "0" * 63, sha256_of("picture 1").upper()):
        answer = page.get(f"/api/pictures/{sha256}/thumbnail")
        assert answer.status_code == 404
        assert "no thumbnail" in answer.json()["detail"]
