"""The folder queue over HTTP: what is opened by its path comes to the page picture by picture."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import httpx
import pytest
from folder_world import JPEG, PAGE, pictures, unnameable
from local_records import inference
from serving import Served

from webui.local.handlers import folder_queue

MINUTE = 60.0


def opened(page: httpx.Client, *paths: Path) -> dict[str, Any]:
    """The job, when its folders were walked through."""
    job: dict[str, Any] = page.post("/api/queue", json={"paths": list(map(str, paths))}).json()
    until = time.monotonic() + MINUTE
    while time.monotonic() < until:
        job = next(one for one in page.get("/api/queue").json()["jobs"] if one["number"] == job["number"])
        if not job["finding"]:
            return job
        time.sleep(0.01)
    raise AssertionError(job)


def leased(page: httpx.Client, count: int = 50) -> list[dict[str, Any]]:
    """The next pictures."""
    answer = page.post("/api/queue/next", json={"holder": PAGE, "count": count})
    found: list[dict[str, Any]] = answer.json()["pictures"]
    return found


def record(page: httpx.Client, *records: dict[str, Any]) -> None:
    """Has the server keep records."""
    page.post("/api/statistics", json={"sessionId": "s", "statistics": records})


def event_of(picture: dict[str, Any], code: str) -> dict[str, Any]:
    """The record of a picture that failed."""
    named = {"kind": "event", "id": picture["id"], "timestamp": 1}
    return named | {"stage": "decode", "code": code, "detail": {"says": "It is not a picture."}}


def test_a_folder_is_opened_handed_out_recorded_and_over(page: httpx.Client, tmp_path: Path) -> None:
    made = pictures(tmp_path / "photos", 3)
    job = opened(page, tmp_path / "photos")
    assert (job["state"], job["counts"]["waiting"], job["paths"]) == (
        "running",
        3,
        [str(tmp_path / "photos")],
    )
    first, second, third = leased(page)
    assert page.get(f"/api/queue/picture/{first['id']}").content == made[0].read_bytes()
    record(
        page, inference(1, id=first["id"]), event_of(second, "not-a-picture"), event_of(third, "empty-file")
    )
    (job,) = page.get("/api/queue").json()["jobs"]
    assert (job["state"], job["counts"]["done"], job["counts"]["failed"]) == ("done", 1, 2)
    failed = page.get(f"/api/queue/{job['number']}/failed?limit=1").json()
    assert [(one["path"], one["reason"]) for one in failed["pictures"]] == [(str(made[1]), "not-a-picture")]
    rest = page.get(f"/api/queue/{job['number']}/failed?after={failed['next']}").json()
    assert ([one["reason"] for one in rest["pictures"]], rest["next"]) == (["empty-file"], None)
    again = page.post(f"/api/queue/{job['number']}/again", json={}).json()
    assert (again["state"], again["counts"]["waiting"]) == ("running", 2)
    for word in ("pause", "resume", "cancel", "forget"):
        assert page.post(f"/api/queue/{job['number']}/{word}", json={}).status_code == 200
    assert page.get("/api/queue").json() == {"jobs": []}


@pytest.mark.parametrize(
    ("content", "media"),
    [
        (JPEG, "image/jpeg"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_bytes_come_with_the_type_that_they_are_of_and_are_not_kept(
    page: httpx.Client, tmp_path: Path, content: bytes, media: str
) -> None:
    (tmp_path / "picture.jpg").write_bytes(content)
    opened(page, tmp_path / "picture.jpg")
    answer = page.get(f"/api/queue/picture/{leased(page)[0]['id']}")
    assert (answer.status_code, answer.content) == (200, content)
    assert (answer.headers["Content-Type"], answer.headers["Cache-Control"]) == (media, "no-store")


def test_a_large_picture_and_one_without_a_name_in_utf_8_come_whole(
    page: httpx.Client, tmp_path: Path
) -> None:
    content = JPEG + os.urandom(3 * folder_queue.PIECE + 5)
    (tmp_path / "large.jpg").write_bytes(content)
    unnameable(tmp_path)
    opened(page, tmp_path)
    odd, large = leased(page)
    assert odd["fileName"] == "Z\ufffdrich.jpg"
    assert page.get(f"/api/queue/picture/{odd['id']}").content == JPEG
    assert page.get(f"/api/queue/picture/{large['id']}").content == content


def test_a_file_that_grows_shorter_while_it_is_sent_never_looks_whole(
    page: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path,) = pictures(tmp_path, 1)
    path.write_bytes(JPEG + bytes(2 * folder_queue.PIECE))
    opened(page, path)
    real = folder_queue.QueuedPictureHandler._read

    async def read(handler: Any, file: Any, most: int) -> bytes:
        piece = await real(handler, file, most)
        path.write_bytes(JPEG)
        return piece

    monkeypatch.setattr(folder_queue.QueuedPictureHandler, "_read", read)
    with pytest.raises(httpx.RemoteProtocolError):
        page.get(f"/api/queue/picture/{leased(page)[0]['id']}")


def test_only_what_is_in_the_queue_is_given_out(page: httpx.Client, tmp_path: Path) -> None:
    made = pictures(tmp_path, 2)
    (tmp_path / "secret").write_text("not for the page")
    opened(page, *made, tmp_path / "secret")
    first, second = leased(page)
    made[0].unlink()
    gone = page.get(f"/api/queue/picture/{first['id']}")
    assert (gone.status_code, gone.json()["detail"][:33]) == (410, "This file is not there any more. ")
    page.post("/api/queue/1/cancel", json={})
    for name in (second["id"], PAGE, "x", "..%2Fsecret"):
        assert page.get(f"/api/queue/picture/{name}").status_code == 404


def test_strangers_and_other_origins_are_kept_out(
    page: httpx.Client, stranger: httpx.Client, tmp_path: Path
) -> None:
    pictures(tmp_path, 1)
    opened(page, tmp_path)
    (lease,) = leased(page)
    body = {"paths": [str(tmp_path)]}
    assert stranger.get(f"/api/queue/picture/{lease['id']}").status_code == 401
    assert stranger.get("/api/queue").status_code == 401
    for address, sent in (("", body), ("/next", {"holder": "h", "count": 1}), ("/1/cancel", {})):
        foreign = page.post(f"/api/queue{address}", json=sent, headers={"Origin": "http://127.0.0.1:1"})
        assert foreign.status_code == 403


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("", {"paths": []}, 422),
        ("", {"paths": ["photos"]}, 422),
        ("", {"paths": ["/nowhere/at/all"]}, 422),
        ("", {"paths": ["/a\0b"]}, 422),
        ("/next", {"holder": "h", "count": 65}, 422),
        ("/7/pause", {}, 404),
        ("/x/pause", {}, 404),
        ("/1/pause", {}, 409),
    ],
)
def test_what_cannot_be_is_said_in_words(
    page: httpx.Client, tmp_path: Path, path: str, body: dict[str, Any], status: int
) -> None:
    (tmp_path / "empty").mkdir()
    opened(page, tmp_path / "empty")
    answer = page.post(f"/api/queue{path}", json=body)
    assert (answer.status_code, answer.headers["Content-Type"]) == (status, "application/problem+json")


def test_pages_hear_of_every_change_and_of_records(
    served: Served, page: httpx.Client, tmp_path: Path
) -> None:
    pictures(tmp_path, 1)
    with page.stream("GET", "/api/events") as stream:
        lines = stream.iter_lines()
        for line in lines:
            if line == "event: memory":
                break
        page.post("/api/queue", json={"paths": [str(tmp_path)]})
        assert _heard(lines, '"finding":false,')
        record(page, inference(1, id=leased(page)[0]["id"]))
        assert _heard(lines, '"state":"done"')


def _heard(lines: Any, words: str) -> bool:
    queue = False
    for line in lines:
        if queue and words in line:
            return True
        queue = line == "event: queue"
    return False
