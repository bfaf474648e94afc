"""Tries a release beside the model at work, puts it to work if it is not worse, and goes back if it is.

Needs no network: what there is to tell waits. A page has to find the right numbers first; then the release
answers in the shadow; after it came to work the model before answers in the shadow, so that both are judged
on the same pictures at every time. Everything is decided from what is written down: a crash changes nothing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from msgspec import structs

from store.events import ModelVersion
from store.local.learning.duels import PROOF, Duel, Duels, evidence
from store.models.errors import ModelError
from store.models.gate_words import gates_of
from store.models.registry import ModelRegistry
from store.protocol_releases import ReleaseState
from store.sync.releases.forms import Course, Figure, Told
from store.sync.releases.memory import ReleaseMemory

log = logging.getLogger("whimbrel.releases")
LEAST_PICTURES = "releaseShadowPictures"
ENOUGH_JUDGED = 1_000  # pictures, after which a release has shown itself
PAGE_GATE = "page"
_STEPS = 64  # of the shadow's, at most, before it is judged


class ShadowOf(Protocol):
    """What is asked of the shadow (`store.local.learning.shadow.Shadow`)."""

    def begin(self, version_id: str) -> ModelVersion:
        """Has a version answer from the next record on."""

    def end(self, version_id: str) -> ModelVersion:
        """Ends that."""

    def catch_up(self) -> bool:
        """Answers what came; whether there is more."""


@dataclass(frozen=True)
class TrialParts:
    """What a trial works with; `settings` are all by name."""

    memory: ReleaseMemory
    registry: ModelRegistry
    shadow: ShadowOf
    duels: Duels
    settings: Callable[[], dict[str, object]]


class Trial:
    """Takes one step at a time; call it as often as you like, from any thread."""

    def __init__(self, parts: TrialParts) -> None:
        self._memory = parts.memory
        self._registry = parts.registry
        self._shadow = parts.shadow
        self._duels = parts.duels
        self._settings = parts.settings
        self._stepping = threading.Lock()

    def step(self) -> None:
        """Goes on with the release that this device is with, as far as that goes now.

        Raises StoreError and ModelError: then it is as it was, and may be tried again.
        """
        with self._stepping:
            self._step()

    def _step(self) -> None:
        course = self._memory.course()
        if course is None or course.stage not in ("check", "shadow", "watch"):
            return
        release = next((each for each in self._registry.list() if each.id == course.model), None)
        if release is None:  # somebody removed it
            self._memory.go(course, structs.replace(course, stage="over"))
        elif course.stage == "watch":
            self._watch(course, release)
        elif release.state == "active":
            self._works_now(course)
        elif course.stage == "check":
            self._check(course, release)
        else:
            self._beside(course, release)

    def course(self) -> Course | None:
        """The release that this device is with."""
        return self._memory.course()

    def leave(self, course: Course) -> None:
        """Ends what answers in the shadow for a release that is let go."""
        for model in (course.model, course.before):
            if any(each.id == model and each.state == "shadow" for each in self._registry.list()):
                self._shadow.end(model)

    def _check(self, course: Course, release: ModelVersion) -> None:
        """A page tries its numbers; then it goes into the shadow."""
        page = next((gate for gate in gates_of(release) if gate.get("name") == PAGE_GATE), None)
        if page is not None and page.get("passed") is False:
            self._refuse(course, "page", {"maxRelative": _number(page.get("figure"))})
        elif page is not None:
            if self._registry.active() is not None:
                self._shadow.begin(release.id)
            told = _told(course, "shadow", {})
            self._memory.go(course, structs.replace(course, stage="shadow"), told)

    def _beside(self, course: Course, release: ModelVersion) -> None:
        """It answers in the shadow of the model at work, until there is enough to tell."""
        active = self._registry.active()
        if active is None:
            self._put_to_work(course, "", {})
            return
        duel = self._duel(active.id, release.id)
        figures = self._figures(duel, active.id, release.id)
        better, worse = (
            evidence(duel.only_shadow, duel.only_at_work),
            evidence(duel.only_at_work, duel.only_shadow),
        )
        if worse >= PROOF:
            self._refuse(course, "worse", figures)
        elif better >= PROOF or (active.made != "trained" and duel.pictures >= self._least()):
            self._put_to_work(course, active.id, figures)
        else:
            self._tell(course, "shadow", figures)

    def _put_to_work(self, course: Course, before: str, figures: dict[str, Figure]) -> None:
        """`before` is written down first: whoever comes after a crash finds it."""
        named = structs.replace(course, before=before)
        if not self._memory.go(course, named, _told(course, "shadow", figures)):
            return
        try:
            self._registry.activate(course.model)
        except ModelError as error:
            log.warning("%s", error.sentence)
            self._refuse(named, "damaged", figures)
        else:
            self._works_now(named)

    def _works_now(self, course: Course) -> None:
        """It is at work, by us or by somebody's click: from now on the one before answers in the shadow."""
        before = course.before or getattr(self._registry.before(), "id", "")
        known = [each for each in self._registry.list() if each.id == before != course.model]
        if known and known[0].state != "shadow":
            self._shadow.begin(before)
        log.info("release %d is at work", course.version)
        told = _told(course, "active", {})
        after = structs.replace(course, stage="watch" if known else "over", before=before, judged=0)
        self._memory.go(course, after, told)

    def _watch(self, course: Course, release: ModelVersion) -> None:
        """Judged by what the user says from then on."""
        if release.state != "active":
            self._left(course)
            return
        duel = self._duel(release.id, course.before)
        figures = self._figures(_turned(duel), course.before, release.id)
        if evidence(duel.only_shadow, duel.only_at_work) >= PROOF:
            self._registry.activate(course.before, anyway=True)
            log.warning("release %d was worse than the model before, which is at work again", course.version)
            self._end(course, "rolled-back", {**figures, "by": "feedback"})
        elif duel.judged >= ENOUGH_JUDGED:
            self.leave(course)
            self._end(course, "active", figures)
        else:
            self._tell(course, "active", figures)

    def _left(self, course: Course) -> None:
        """Somebody put another model to work."""
        self.leave(course)
        active = self._registry.active()
        if active is not None and active.id == course.before:
            self._end(course, "rolled-back", {"by": "user"})
        else:
            self._memory.go(course, structs.replace(course, stage="over"))

    def _refuse(self, course: Course, code: str, figures: dict[str, Figure]) -> None:
        log.warning("release %d is not put to work (%s)", course.version, code)
        self.leave(course)
        self._end(course, "refused", {**figures, "code": code})

    def _end(self, course: Course, state: ReleaseState, figures: dict[str, Figure]) -> None:
        self._memory.go(course, structs.replace(course, stage="over"), _told(course, state, figures))

    def _tell(self, course: Course, state: ReleaseState, figures: dict[str, Figure]) -> None:
        """Has the collector hear how it does, each time that more was judged."""
        if figures["judged"] != course.judged:
            noted = structs.replace(course, judged=figures["judged"])
            self._memory.go(course, noted, _told(course, state, figures))

    def _duel(self, at_work: str, shadow: str) -> Duel:
        for _ in range(_STEPS):
            if not self._shadow.catch_up():
                break
        return self._duels.of(at_work, shadow)

    def _figures(self, duel: Duel, before: str, release: str) -> dict[str, Figure]:
        """`duel` has the release in the shadow."""
        return {
            "pictures": duel.pictures,
            "judged": duel.judged,
            "both": duel.both,
            "onlyRelease": duel.only_shadow,
            "onlyBefore": duel.only_at_work,
            "releaseMs": self._duels.median_ms(release),
            "beforeMs": self._duels.median_ms(before),
        }

    def _least(self) -> int:
        least = self._settings()[LEAST_PICTURES]
        if not isinstance(least, int):
            raise ModelError("The settings are damaged.", "Reset them under Model.")
        return least


def _turned(duel: Duel) -> Duel:
    """The same with the two in each other's place."""
    return structs.replace(duel, only_shadow=duel.only_at_work, only_at_work=duel.only_shadow)


def _told(course: Course, state: ReleaseState, figures: dict[str, Figure]) -> Told:
    return Told(course.collector_id, course.version, state, figures)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None
