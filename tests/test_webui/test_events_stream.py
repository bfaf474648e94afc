"""Server-sent events over a real socket."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import Served, serving

from webui.local.events import MOST_LISTENERS

Event = tuple[str, Any]
BEGINNING = ["model", "memory"]


@contextmanager
def listening(page: httpx.Client) -> Iterator[Iterator[Event]]:
    """The events of one stream; a comment is an event without a name."""
    with page.stream("GET", "/api/events") as stream:
        assert stream.status_code == 200
        assert stream.headers["Content-Type"] == "text/event-stream; charset=utf-8"
        assert stream.headers["Cache-Control"] == "no-store"
        yield _events(stream.iter_lines())


def _events(lines: Iterator[str]) -> Iterator[Event]:
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))
        elif line.startswith(":"):
            yield "", line


def test_a_stream_begins_with_the_present_state(page: httpx.Client) -> None:
    session = page.get("/api/session").json()
    with listening(page) as events:
        assert next(events) == (
            "model",
            {name: session[name] for name in ("model", "modelStatus", "shadows")},
        )
        assert next(events) == ("memory", session["memory"])


def test_a_change_of_settings_reaches_the_other_pages(served: Served, page: httpx.Client) -> None:
    with served.page() as other, listening(other) as events:
        assert [next(events)[0] for _ in BEGINNING] == BEGINNING
        settings = page.patch("/api/settings", json={"theme": "dark"}).json()
        assert next(events) == ("settings", {"settings": settings})


def test_a_version_that_a_page_checked_or_that_began_in_the_shadow_is_told(
    served: Served, page: httpx.Client
) -> None:
    version = served.models.make("Told").id
    served.models.registry.activate(served.models.make("At work").id)
    with served.page() as other, listening(other) as events:
        assert [next(events)[0] for _ in BEGINNING] == BEGINNING
        found = {"backend": "wasm", "maxRelative": 1e-7}
        assert page.post(f"/api/models/{version}/checks", json=found).status_code == 200
        assert next(events) == ("versions", {"id": version})
        assert page.post(f"/api/models/{version}/shadow", json={"on": True}).status_code == 200
        assert "versions" in {next(events)[0], next(events)[0]}


def test_a_patch_of_nothing_is_no_news(served: Served, page: httpx.Client) -> None:
    with served.page() as other, listening(other) as events:
        assert [next(events)[0] for _ in BEGINNING] == BEGINNING
        page.patch("/api/settings", json={})
        served.services.events.publish("after", 1)
        assert next(events) == ("after", 1)


def test_silence_has_heartbeats(tmp_path: Path, static_dir: Path) -> None:
    (tmp_path / "data").mkdir()
    with (
        serving(tmp_path / "data", static_dir, heartbeat_s=0.01) as served,
        served.page() as page,
        listening(page) as events,
    ):
        assert [next(events)[0] for _ in BEGINNING] == BEGINNING
        assert next(events) == ("", ": still here")
        assert next(events) == ("", ": still here")


def test_closing_the_application_ends_its_streams_in_order(served: Served, page: httpx.Client) -> None:
    with listening(page) as events:
        assert [next(events)[0] for _ in BEGINNING] == BEGINNING
        served.services.events.publish("last", 1)
        served.application.close()
        assert list(events) == [("last", 1)]


def test_a_server_that_stops_ends_its_streams(tmp_path: Path, static_dir: Path) -> None:
    (tmp_path / "data").mkdir()
    first, rest = threading.Event(), list[Event]()

    def listen(served: Served) -> None:
        with served.page() as page, listening(page) as events:
            assert [next(events)[0] for _ in BEGINNING] == BEGINNING
            first.set()
            with contextlib.suppress(httpx.RemoteProtocolError):  # the last chunk may not come through
                rest.extend(events)

    with serving(tmp_path / "data", static_dir) as served:
        thread = threading.Thread(target=listen, args=(served,))
        thread.start()
        assert first.wait(20)
    thread.join(20)
    assert not thread.is_alive()
    assert rest == []


def test_places_are_limited_and_come_back_when_pages_go(served: Served, page: httpx.Client) -> None:
    with served.page() as others, contextlib.ExitStack() as open_streams:
        streams = [open_streams.enter_context(listening(others)) for _ in range(MOST_LISTENERS)]
        assert [next(events)[0] for events in streams] == ["model"] * MOST_LISTENERS
        refused = page.get("/api/events")
        assert refused.status_code == 503
        assert refused.headers["Retry-After"] == "30"
    # The server hears of the closed ones one after the other.
    assert any(_status_of_stream(page) == 200 for _ in range(500))


def _status_of_stream(page: httpx.Client) -> int:
    with page.stream("GET", "/api/events") as stream:
        return stream.status_code


@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_a_stream_is_only_read(page: httpx.Client, method: str) -> None:
    assert page.request(method, "/api/events").status_code == 405
