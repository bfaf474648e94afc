"""What the server measures of itself, and how pages hear that there is something new."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from local_records import HandClock, body_of, inference
from serving import JSON, Served

from store.local.figures.service import Figures
from webui.blocking import BlockingCalls
from webui.local.events import EventBus
from webui.local.figure_upkeep import CALM_S, TOLD_EVERY_S, FigureUpkeep, Timer


class Ringing:
    """Timers that ring when the clock is moved."""

    def __init__(self, clock: HandClock) -> None:
        self.clock, self.due = clock, list[tuple[float, Callable[[], None]]]()

    def later(self, seconds: float, call: Callable[[], None]) -> Timer:
        entry = (self.clock.monotonic() + seconds, call)
        self.due.append(entry)
        return _Handle(lambda: self.due.remove(entry))

    def pass_s(self, seconds: float) -> None:
        self.clock.now += round(1000 * seconds)
        ripe = [entry for entry in self.due if entry[0] <= self.clock.monotonic()]
        for entry in ripe:
            self.due.remove(entry)
            entry[1]()


class _Handle:
    def __init__(self, cancel: Callable[[], None]) -> None:
        self.cancel = cancel


class Told(EventBus):
    def __init__(self) -> None:
        super().__init__()
        self.names = list[str]()

    def publish(self, name: str, data: object, key: str = "") -> None:
        self.names.append(name)


class Watched(FigureUpkeep):
    """Counts the work that it would start."""

    started = 0

    def _start_work(self) -> None:
        self.started += 1


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


def watched(clock: HandClock, figures: Any = None) -> tuple[Watched, Told, Ringing]:
    bus, timers = Told(), Ringing(clock)
    return Watched(figures, bus, BlockingCalls(), clock, timers.later), bus, timers


def test_pages_hear_at_once_and_then_at_most_once_a_second(clock: HandClock) -> None:
    upkeep, bus, timers = watched(clock)
    upkeep.stored()
    timers.pass_s(0)
    assert bus.names == ["records"]
    for _ in range(10):
        upkeep.stored()
        timers.pass_s(TOLD_EVERY_S / 20)
    assert bus.names == ["records"]
    timers.pass_s(TOLD_EVERY_S / 2)
    assert bus.names == ["records"] * 2, "what came last must be told, too"
    timers.pass_s(60)
    assert bus.names == ["records"] * 2


def test_records_are_added_up_when_nothing_came_for_a_while(clock: HandClock) -> None:
    upkeep, _, timers = watched(clock)
    for _ in range(20):
        upkeep.stored()
        timers.pass_s(CALM_S * 0.75)
    assert upkeep.started == 0
    timers.pass_s(CALM_S)
    assert upkeep.started == 1
    timers.pass_s(600)
    assert upkeep.started == 1, "nothing was stored since"


def test_an_open_page_hears_of_new_records(served: Served, page: httpx.Client) -> None:
    with page.stream("GET", "/api/events") as stream:
        lines = stream.iter_lines()
        _until(lines, "event: model")
        post(page)
        _until(lines, "event: records")
        assert json.loads(next(lines).removeprefix("data: "))["at"] > 0


def _until(lines: Iterator[str], wanted: str) -> None:
    assert any(line == wanted for line in lines), wanted


def post(page: httpx.Client, number: int = 1) -> None:
    answer = page.post("/api/statistics", content=body_of(inference(number)), headers=JSON)
    assert answer.status_code == 200, answer.text


def test_requests_are_counted_by_route_and_class_of_status(served: Served, page: httpx.Client) -> None:
    for number in (1, 2):
        post(page, number)
    for sha256 in ("a" * 64, "b" * 64):
        assert page.get(f"/api/pictures/{sha256}/thumbnail").status_code == 404
    for name in ("/no/such", "/no/other"):
        page.get(name)
    found = page.get("/api/metrics/performance?window=24h").json()
    counted = {
        (one["method"], one["route"], one["status"]): one["count"] for one in found["server"]["routes"]
    }
    assert counted == {
        ("GET", "/enter", "2xx"): 1,
        ("POST", "/api/statistics", "2xx"): 2,
        ("GET", "/api/pictures/{sha256}/thumbnail", "4xx"): 2,
        ("GET", "", "4xx"): 2,
    }
    assert found["server"]["requests"]["value"] == 7
    assert found["server"]["errors"]["value"] == 0
    assert [point["n"] for point in found["series"]["requests"]] == [7]
    assert found["database"]["commit"]["n"] > 0
    assert found["database"]["query"]["p99"] > 0


def test_what_was_measured_outlives_the_server(served: Served, page: httpx.Client) -> None:
    post(page)
    served.settle()
    served.services.figures.close()
    served.store.database.submit(lambda _: None).result()
    with served.store.database.read() as db:
        rows = db.connection().execute(
            "SELECT name, sum(n) FROM figure_timing WHERE unit = 3600000 AND area = 'http' GROUP BY name"
        )
        assert dict(rows) == {"GET /enter": 1, "POST /api/statistics": 1}


def test_what_cannot_be_written_is_kept_for_later(served: Served) -> None:
    figures = served.services.figures
    assert isinstance(figures, Figures)
    figures.note_request("GET", "/x", "2xx", 0.25)
    database = served.store.database
    real = database.submit

    def full(*_: Any, **__: Any) -> Any:
        from store.local import errors

        raise errors.full()

    database.submit = full  # type: ignore[method-assign]
    assert figures.catch_up(1.0)
    database.submit = real  # type: ignore[method-assign]
    assert figures.catch_up(1.0)
    with database.read() as db:
        rows = db.connection().execute(
            "SELECT n, total FROM figure_timing WHERE unit = 3600000 AND name = 'GET /x'"
        )
        assert list(rows) == [(1, 250_000)]
