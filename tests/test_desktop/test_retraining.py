"""Learning anew by itself: when, when not, and that each decision is written down with its figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest
from local_records import body_of, inference, said, send_body
from modelling import open_models
from training_parent import hanging
from training_world import TrainingWorld, fill, trainer_of
from two_hands import TwoHands

from desktop.power import Battery
from desktop.retraining import AGAIN_S, Retraining, retraining_of
from store.local.clock_watch import DAY_MS, HOUR_MS
from store.local.figures.service import Figures
from store.local.figures.windows import Asked
from store.local.learning.trigger_forms import Decision, RetrainRequest
from store.local.opening import open_store

IDLE_MS = 11 * 60_000


@dataclass
class Surroundings:
    """A memory on a clock that the test moves, and a battery that it empties."""

    world: TrainingWorld
    clock: TwoHands
    battery: list[Battery | None] = field(default_factory=lambda: [None])

    def __post_init__(self) -> None:
        self.retraining: Retraining = retraining_of(
            self.world.store, self.world.jobs, lambda: self.battery[-1]
        )

    def look(self, after_ms: int = round(1000 * AGAIN_S)) -> None:
        """Time passes, with a look before and after it."""
        self.retraining.tick()
        self.clock.run(after_ms)
        self.retraining.tick()

    def set(self, **settings: object) -> None:
        self.world.store.settings.put_all(settings).result(60)

    def decisions(self) -> list[Decision]:
        return self.retraining.decisions().decisions

    def said(self) -> list[tuple[str, str, str]]:
        """What was decided, the first first."""
        return [(each.cause, each.decision, each.facts.why) for each in reversed(self.decisions())]

    def hang(self) -> None:
        """Trainings never end from now on."""
        self.world.jobs._parts = replace(self.world.jobs._parts, command=hanging("fit"))


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Surroundings]:
    """With enough to learn from, of which the program has known since the first look."""
    clock, folder = TwoHands(), tmp_path / "data"
    store = open_store(folder, clock)
    models = open_models(folder, store, clock)
    jobs = trainer_of(folder, store, models.registry)
    surroundings = Surroundings(TrainingWorld(folder, store, models, jobs), clock)
    fill(surroundings.world)
    yield surroundings
    jobs.stop()
    store.close()


def test_it_learns_when_it_is_idle_and_asks_before_it_uses_what_it_learned(here: Surroundings) -> None:
    here.set(retrainDataPoints=120)
    here.look(9 * 60_000)
    assert here.said() == []  # not idle for long enough
    here.look(60_000)
    [decision] = here.decisions()
    assert (decision.cause, decision.decision, decision.facts.causes) == ("data", "started", ["data"])
    assert decision.facts.evidence is not None and decision.facts.evidence.new_pictures == 120
    here.world.jobs.wait()
    run = here.world.run(decision.run_id or "")
    assert (run.state, run.asked_by) == ("done", "trigger")
    states = {version.id: version.state for version in here.world.models.registry.list()}
    assert states[run.version or ""] == "candidate"
    here.look(30 * DAY_MS)
    assert here.retraining.decisions().evidence.new_pictures == 0
    assert len(here.decisions()) == 1  # there is nothing new to learn


def test_after_seven_days_that_really_passed(here: Surroundings) -> None:
    here.hang()
    here.look()
    here.clock.jump(3000 * DAY_MS)
    here.look()
    assert here.retraining.decisions().evidence.since_ms is None  # nobody knows how late it is
    here.clock.jump(-3000 * DAY_MS)
    here.look(6 * DAY_MS)
    assert here.said() == []
    here.look(DAY_MS)
    assert here.said() == [("age", "started", "")]


def test_a_fall_of_the_accuracy_by_more_than_ten_points(here: Surroundings) -> None:
    here.hang()
    version = here.world.models.registry.active()
    assert version is not None
    fill(here.world)  # 120 answers that were wrong
    right = [(inference(n, modelVersion=version.id), said(n + 1, n, None)) for n in range(5000, 5400, 2)]
    send_body(here.world.store.statistics, body_of(*(record for pair in right for record in pair)))
    here.look()
    assert here.said() == []  # it became better
    wrong = [(inference(n, modelVersion=version.id), said(n + 1, n)) for n in range(6000, 6800, 2)]
    send_body(here.world.store.statistics, body_of(*(record for pair in wrong for record in pair)))
    here.look()
    [decision] = here.decisions()
    assert (decision.cause, decision.decision) == ("accuracy", "started")
    change = decision.facts.evidence.accuracy if decision.facts.evidence else None
    assert change is not None and change.drop > 10 and 0 < change.low < change.drop < change.high


def test_on_a_low_battery_it_waits_and_says_so_once(here: Surroundings) -> None:
    here.hang()
    here.set(retrainDataPoints=100)
    here.battery.append(Battery(30.0, in_use=True))
    here.look()
    here.look()
    assert here.said() == [("data", "held", "battery")]
    assert not here.world.jobs.busy
    here.battery.append(Battery(30.0, in_use=False))
    here.look()
    assert here.said()[1:] == [("data", "started", "")]


def test_it_can_be_switched_off(here: Surroundings) -> None:
    here.set(retrainDataPoints=100, retrainByItself=False)
    here.look()
    here.look()
    assert here.said() == [("data", "held", "off")]
    assert here.world.jobs.last() == []


def test_never_two_at_once(here: Surroundings) -> None:
    here.hang()
    assert here.retraining.ask(RetrainRequest(100)).started
    here.set(retrainDataPoints=100)
    here.look()
    assert here.said() == [("asked", "started", ""), ("data", "held", "busy")]
    again = here.retraining.ask(RetrainRequest(100))
    assert (again.started, again.sentence) == (False, "Whimbrel is learning already.")
    assert len(here.world.jobs.last()) == 1


def test_what_was_cancelled_is_not_begun_again_at_once(here: Surroundings) -> None:
    here.hang()
    here.set(retrainDataPoints=100)
    here.look()
    [decision] = here.decisions()
    here.world.jobs.cancel(decision.run_id or "")
    here.world.jobs.wait()
    here.look(20 * HOUR_MS)
    assert len(here.decisions()) == 1
    here.look(5 * HOUR_MS)
    assert here.said() == [("data", "started", "")] * 2


def test_the_figures_count_what_was_decided(here: Surroundings) -> None:
    here.set(retrainDataPoints=100, retrainByItself=False)
    here.look()
    here.retraining.ask(RetrainRequest(500))
    found = Figures(here.world.store.database, here.clock, {}).performance(Asked("24h")).retraining
    assert found.triggers.value == 2
    assert {(each.cause, each.count) for each in found.causes} == {("data", 1), ("asked", 1)}
