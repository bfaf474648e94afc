"""The engine's thread: when it rests, what wakes it, and that nothing ends it. Nobody sleeps here."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from store.sync.forms import Outcome
from store.sync.loop import LINGER_S, LOOK_EVERY_S, SyncLoop

TIMEOUT = 20


class ScriptedEngine:
    """Gives what it was told to give, then rests."""

    def __init__(self) -> None:
        self.turns: queue.Queue[bool] = queue.Queue()
        self.outcomes: queue.Queue[Outcome | Exception] = queue.Queue()
        self.forgiven = 0
        self.spread_s = 0.0

    def once(self, *, asked: bool = False) -> Outcome:
        self.turns.put(asked)
        found = self.outcomes.get(timeout=TIMEOUT)
        if isinstance(found, Exception):
            raise found
        return found

    def forgive(self) -> None:
        self.forgiven += 1


@dataclass
class Stage:
    """A loop whose waits are seen, and end when the test says so or its event is set."""

    engine: ScriptedEngine = field(default_factory=ScriptedEngine)
    waits: queue.Queue[float | None] = field(default_factory=queue.Queue)
    go: queue.Queue[None] = field(default_factory=queue.Queue)
    network: object = "home"

    def __post_init__(self) -> None:
        self.loop = SyncLoop(self.engine, lambda: self.network, lambda: 0.5, wait=self.wait)  # type: ignore[arg-type]

    def wait(self, event: threading.Event, timeout: float | None) -> bool:
        self.waits.put(timeout)
        while not event.is_set():
            try:
                self.go.get(timeout=0.005)
                return event.is_set()
            except queue.Empty:
                continue
        return True

    def turn(self, outcome: Outcome | Exception) -> bool:
        """Lets the next turn end so; whether it was asked for."""
        asked = self.engine.turns.get(timeout=TIMEOUT)
        self.engine.outcomes.put(outcome)
        return asked

    def waited(self) -> float | None:
        return self.waits.get(timeout=TIMEOUT)


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage()
    made.loop.start()
    yield made
    for _ in range(5):
        made.engine.outcomes.put(Outcome("idle"))
    made.loop.close()
    assert not made.loop._thread.is_alive()


IDLE, MORE = Outcome("idle", 0, 3600.0), Outcome("sending", 5, 0.0)


def test_it_goes_on_while_something_goes_and_then_rests(stage: Stage) -> None:
    for _ in range(3):
        assert stage.turn(MORE) is False
    stage.turn(IDLE)
    assert stage.waited() == 3600
    assert stage.engine.turns.empty()


def test_a_record_ends_a_rest_after_a_moment_for_those_that_follow(stage: Stage) -> None:
    stage.turn(IDLE)
    stage.waited()
    stage.loop.grew()
    assert stage.waited() == LINGER_S
    stage.go.put(None)
    assert stage.turn(IDLE) is False


def test_a_record_that_comes_during_a_turn_is_not_forgotten(stage: Stage) -> None:
    stage.engine.turns.get(timeout=TIMEOUT)
    stage.loop.grew()
    stage.engine.outcomes.put(IDLE)
    assert stage.waited() == LINGER_S
    stage.go.put(None)
    stage.turn(IDLE)


def test_a_record_does_not_end_a_pause_after_a_failure(stage: Stage) -> None:
    stage.turn(Outcome("waiting", 0, 12.0))
    assert stage.waited() == LOOK_EVERY_S
    stage.loop.grew()
    for left in (LOOK_EVERY_S, 2.0):
        stage.go.put(None)
        assert stage.waited() == left
    stage.go.put(None)
    stage.turn(IDLE)


def test_somebody_who_asks_ends_any_pause(stage: Stage) -> None:
    stage.turn(Outcome("waiting", 0, 900.0))
    stage.waited()
    stage.loop.poke(asked=True)
    assert stage.turn(MORE) is True
    assert stage.turn(IDLE) is True
    assert stage.engine.forgiven == 1
    stage.waited()
    stage.loop.poke()
    assert stage.turn(IDLE) is False


def test_another_network_ends_a_pause_but_not_for_all_devices_at_once(stage: Stage) -> None:
    stage.turn(Outcome("waiting", 0, 900.0))
    stage.waited()
    stage.network = "hotel"
    stage.go.put(None)
    assert stage.waited() == 2.5
    stage.go.put(None)
    stage.turn(IDLE)
    assert stage.engine.forgiven == 1


def test_the_collector_says_over_how_long_its_devices_come_back(stage: Stage) -> None:
    stage.engine.spread_s = 120.0
    stage.turn(Outcome("waiting", 0, 900.0))
    stage.waited()
    stage.network = "hotel"
    stage.go.put(None)
    assert stage.waited() == 60.0
    stage.go.put(None)
    stage.turn(IDLE)


def test_a_mistake_of_ours_does_not_end_it(stage: Stage) -> None:
    stage.turn(RuntimeError("a mistake"))
    for _ in range(12):
        assert stage.waited() == LOOK_EVERY_S
        stage.go.put(None)
    stage.turn(IDLE)
