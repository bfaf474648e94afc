"""What was learned by itself is put to work by itself only where the user said so and all is well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from modelling import Models, open_models
from msgspec.structs import replace

from desktop.putting_to_work import PuttingToWork
from store.clock import SystemClock
from store.events import ModelVersion
from store.local.learning.run_forms import AskedBy, TrainingOptions, TrainingRun
from store.local.learning.runs import RunStore
from store.local.learning.trigger_forms import Facts
from store.local.learning.trigger_log import TriggerLog
from store.local.learning.version_checks import VersionChecks
from store.local.opening import LocalStore, open_store

RUN = "01890000-0000-7000-8000-000000000001"
PASSED = {"name": "accuracy", "passed": True, "figure": 0.1, "limit": 0.0, "sentence": "", "pictures": []}


@dataclass
class Surroundings:
    """A memory with a model at work and what was learned from it."""

    store: LocalStore
    models: Models
    base: ModelVersion

    def __post_init__(self) -> None:
        database = self.store.database
        self.runs, self.decisions = RunStore(database), TriggerLog(database)
        self.working = PuttingToWork(
            VersionChecks(database), self.store.settings, self.runs, self.models.registry, self.decisions
        )

    def learn(self, asked_by: AskedBy = "trigger", **changes: Any) -> None:
        """Leaves a version that a training made."""
        gates = changes.pop("gates", [PASSED])
        metrics = {"run": RUN, "gates": gates}
        given = {"id": "learned", "parent_id": self.base.id, "state": "candidate", "metrics": metrics}
        self.store.model_versions.insert(replace(self.base, **(given | changes)))
        self.runs.begin(_run(asked_by, self.base.id))
        if asked_by == "trigger":
            self.decisions.write("data", "started", Facts(), RUN)

    def tried(self, off: float | None = 1e-6) -> str:
        """A page reports what it found; the version that is at work then."""
        assert self.working.note("learned", "wasm", off, half=False)
        active = self.models.registry.active()
        assert active is not None
        return active.id


def _run(asked_by: AskedBy, parent: str) -> TrainingRun:
    return TrainingRun(
        id=RUN,
        mode="head",
        label_mode="mine",
        state="done",
        asked_by=asked_by,
        options=TrainingOptions(),
        parent_version=parent,
        version="learned",
        stage="register",
        sentence="",
        advice="",
        progress=1.0,
        epochs=[],
        created_at=1,
    )


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Surroundings]:
    clock = SystemClock()
    store = open_store(tmp_path / "data", clock)
    models = open_models(tmp_path / "data", store, clock)
    base = models.registry.activate(models.make("Base").id)
    store.settings.put("retrainUse", True).result(60)
    yield Surroundings(store, models, base)
    store.close()


def test_a_page_that_tried_it_is_the_last_check_and_it_is_said_afterwards(here: Surroundings) -> None:
    here.learn()
    assert here.tried() == "learned"
    last = here.decisions.last()[0]
    assert (last.cause, last.decision, last.run_id) == ("data", "used", RUN)
    assert "every check" in last.facts.sentence
    assert here.models.registry.rollback().id == here.base.id


def test_only_where_the_user_has_said_so(here: Surroundings) -> None:
    here.store.settings.put("retrainUse", False).result(60)
    here.learn()
    assert here.tried() == here.base.id


@pytest.mark.parametrize("passed", [False, None])
def test_not_with_a_check_that_failed_or_could_not_tell(here: Surroundings, passed: bool | None) -> None:
    here.learn(gates=[PASSED, PASSED | {"name": "classes", "passed": passed}])
    assert here.tried() == here.base.id


def test_not_where_the_numbers_of_the_page_are_off(here: Surroundings) -> None:
    here.learn()
    assert here.tried(off=0.5) == here.base.id


def test_not_what_somebody_asked_for_who_is_there_to_decide(here: Surroundings) -> None:
    here.learn("user")
    assert here.tried() == here.base.id


@pytest.mark.parametrize("changes", [{"state": "retired"}, {"state": "shadow"}, {"parent_id": "another"}])
def test_not_what_was_gone_back_from_or_learned_from_another(
    here: Surroundings, changes: dict[str, Any]
) -> None:
    here.learn(**changes)
    assert here.tried() == here.base.id


def test_a_version_that_is_not_there_is_told(here: Surroundings) -> None:
    assert not here.working.note("nobody", "wasm", 0.0, half=False)
