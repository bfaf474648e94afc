"""Follows the collector's releases over the network: hears of them, fetches, verifies, installs, reports.

A turn is one question or one piece of a file, taken when nothing waits to be sent. What goes wrong here waits
by itself and never keeps a record from going out.
"""

from __future__ import annotations

import base64
import binascii
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from msgspec import structs

from store.clock import Clock
from store.events import ModelVersion
from store.local.errors import StoreError
from store.models.errors import ModelError
from store.models.registry import ModelRegistry
from store.protocol import SCHEMA, ReleaseOffer
from store.protocol_releases import (
    RELEASES,
    ReleaseKeysAnswer,
    ReleaseOfferAnswer,
    ReleaseReport,
    ReleaseReported,
)
from store.releases.errors import ReleaseError, ReleaseRefused
from store.releases.key_change import after_changes
from store.releases.manifest import Manifest
from store.releases.verifying import accept
from store.sync.exchange import Exchange, Line
from store.sync.releases.fetching import Fetching
from store.sync.releases.forms import Course, Stage, Told
from store.sync.releases.memory import ReleaseMemory
from store.sync.releases.trial import Trial
from store.sync.retry_after import backoff_s
from store.sync.verdict import Bisect, Refused, Retry, Stop, UpdateNeeded

log = logging.getLogger("whimbrel.releases")
ASK_EVERY_S = 3600.0
TAKES = "takeReleases"
_WORDS: Mapping[Stage, str] = {
    "fetch": "Your team's model {number} is on its way here.",
    "check": "Your team's model {number} is here. The page tries it when it is open.",
    "shadow": "Your team's model {number} answers beside the one at work, to see whether it is as good.",
    "watch": "Your team's model {number} is at work. If it does worse than the one before, that comes back.",
    "over": "",
}


@dataclass(frozen=True)
class FollowingParts:
    """What following works with; `trial` judges what was installed, `settings` are all by name."""

    memory: ReleaseMemory
    fetching: Fetching
    exchange: Exchange
    registry: ModelRegistry
    insert: Callable[[ModelVersion], None]
    trial: Trial
    settings: Callable[[], dict[str, object]]
    clock: Clock
    app_version: str


class Following:
    """Takes turns on the engine's thread. `arrived` hears of a version that a page should try."""

    def __init__(self, parts: FollowingParts, random: Callable[[], float]) -> None:
        self._parts = parts
        self._memory = parts.memory
        self._random = random
        self._offer: ReleaseOffer | None = None
        self._ask_at = self._report_at = self._not_before = parts.clock.monotonic()
        self._failures = 0
        self._refused: set[str] = set()
        self.arrived: Callable[[str], None] = lambda _: None

    def heard(self, offer: ReleaseOffer | None) -> None:
        """A batch's answer said which release is for this device."""
        if offer is not None and offer != self._offer:
            self._offer = offer
            self._not_before = self._parts.clock.monotonic()

    def turn(self, line: Line) -> float | Stop | UpdateNeeded:
        """Does the next thing; in how many seconds the one after it is due (0: at once)."""
        self._judge()
        left = self._not_before - self._parts.clock.monotonic()
        if left > 0:
            return left
        try:
            done = self._step(line)
        except (ReleaseError, ModelError, StoreError, OSError) as error:
            log.warning("the release waits: %s", error)
            done = Retry("store")
        if isinstance(done, Stop | UpdateNeeded):
            return done
        self._failures = 0 if isinstance(done, float) else self._failures + 1
        wait = done if isinstance(done, float) else backoff_s(self._failures, self._random)
        self._not_before = self._parts.clock.monotonic() + wait
        return wait

    def ask_soon(self) -> None:
        """Asks the collector in the next turn: somebody wants to know, or there is another network."""
        self._ask_at = self._report_at = self._not_before = self._parts.clock.monotonic()

    def sentence(self) -> str:
        """Where this device is with a release, in words."""
        course = self._memory.course()
        return "" if course is None else _WORDS[course.stage].format(number=course.version)

    def _judge(self) -> None:
        """What was just sent may tell how the release does."""
        try:
            self._parts.trial.step()
        except (ModelError, StoreError) as error:
            log.warning("the release is judged later: %s", error)

    def _step(self, line: Line) -> float | Refused:
        reports = self._memory.reports()
        if reports and self._parts.clock.monotonic() >= self._report_at:
            return self._report(line, reports[0])
        if self._parts.clock.monotonic() >= self._ask_at:
            return self._ask(line)
        course = self._memory.course()
        if self._offer is not None and self._is_new(self._offer, course):
            return self._begin(line, self._offer, course)
        if course is not None and course.stage == "fetch" and self._takes:
            return self._fetch(line, course)
        return self._ask_at - self._parts.clock.monotonic()

    def _report(self, line: Line, report: Told) -> float | Refused:
        body = ReleaseReport(SCHEMA, line.enrolment.device_id, report.state, report.figures)
        path = f"{RELEASES}/{report.version}/reports"
        told = self._parts.exchange.ask(line, path, body, ReleaseReported)
        if isinstance(told, ReleaseReported | Bisect):  # of what can't be read there, nothing is to be told
            self._memory.heard(report)
            return 0.0
        self._report_at = self._parts.clock.monotonic() + ASK_EVERY_S
        return told

    def _ask(self, line: Line) -> float | Refused:
        told = self._parts.exchange.look(line, RELEASES, ReleaseOfferAnswer)
        if not isinstance(told, ReleaseOfferAnswer):
            return told
        self._ask_at = self._parts.clock.monotonic() + ASK_EVERY_S
        self._offer = told.release
        course = self._memory.course()
        if course is not None and course.version in told.withdrawn and course.stage not in ("watch", "over"):
            self._let_go(course)
        return 0.0

    def _let_go(self, course: Course) -> None:
        """The team withdrew it before it came to work."""
        if self._memory.go(course, structs.replace(course, stage="over")):
            self._parts.trial.leave(course)
            self._parts.fetching.forget_others(None)
            log.info("release %d was withdrawn", course.version)

    @property
    def _takes(self) -> bool:
        return self._parts.settings()[TAKES] is True

    def _is_new(self, offer: ReleaseOffer, course: Course | None) -> bool:
        """Whether it should be taken up. One that could not be installed is tried again by the next start of
        the program, which may be a newer one, on a machine whose clock is right, or enrolled anew."""
        known = (
            course is not None
            and course.manifest_sha256 == offer.manifest_sha256
            and (course.stage != "over" or course.model != "" or offer.manifest_sha256 in self._refused)
        )
        return not known and self._takes and offer.version > self._last()

    def _last(self) -> int:
        return self._memory.standing(0, self._parts.app_version).last_version

    def _begin(self, line: Line, offer: ReleaseOffer, before: Course | None) -> float:
        """A newer release takes the place of one that is fetched or tried."""
        course = Course(line.enrolment.collector_id, offer.version, offer.manifest_sha256)
        if self._memory.go(before, course) and before is not None:
            self._parts.trial.leave(before)
        self._parts.fetching.forget_others(offer.version)
        return 0.0

    def _fetch(self, line: Line, course: Course) -> float | Refused:
        try:
            manifest = self._manifest(line, course)
            if not isinstance(manifest, Manifest):
                return manifest
            return self._files(line, course, manifest)
        except ReleaseRefused as refusal:
            log.warning("release %d is refused: %s", course.version, refusal)
            told = Told(course.collector_id, course.version, "refused", {"code": refusal.code})
            self._memory.go(course, structs.replace(course, stage="over"), told)
            self._refused.add(course.manifest_sha256)
            self._parts.fetching.forget_others(None)
            return 0.0

    def _manifest(self, line: Line, course: Course) -> Manifest | Refused:
        """What was signed, verified anew at every turn. Raises ReleaseRefused."""
        offer = ReleaseOffer(course.version, course.manifest_sha256)
        envelope = self._parts.fetching.envelope(line, offer)
        if not isinstance(envelope, bytes):
            return envelope
        try:
            return self._accepted(envelope, course.version)
        except ReleaseRefused as refusal:
            if refusal.code != "wrong-key":
                raise
        refused = self._fetch_keys(line)
        return self._accepted(envelope, course.version) if refused is None else refused

    def _accepted(self, envelope: bytes, version: int) -> Manifest:
        now = self._parts.clock.now_ms()
        manifest = accept(envelope, self._memory.standing(now, self._parts.app_version))
        if manifest.version != version:
            raise ReleaseRefused("wrong-form", "It is another release than was offered.", "Tell your team.")
        return manifest

    def _fetch_keys(self, line: Line) -> Refused | None:
        """Takes the changes of keys that follow on those that are known here."""
        told = self._parts.exchange.look(line, f"{RELEASES}/keys", ReleaseKeysAnswer)
        if not isinstance(told, ReleaseKeysAnswer):
            return told
        changes: list[bytes] = []
        for text in told.changes:
            try:
                changes.append(base64.b64decode(text, validate=True))
            except binascii.Error:
                continue
        self._memory.keep_keys(after_changes(self._memory.pinned(), changes))
        return None

    def _files(self, line: Line, course: Course, manifest: Manifest) -> float | Refused:
        try:
            done = self._parts.fetching.piece(line, manifest)
        except ReleaseRefused as refusal:  # damaged on the way: it is fetched anew
            return Retry(refusal.code)
        if done is True:
            return self._install(course, manifest)
        return 0.0 if done is False else done

    def _install(self, course: Course, manifest: Manifest) -> float:
        from store.releases.installing import install  # noqa: PLC0415 - numpy

        folder, registry = self._parts.fetching.folder_of(course.version), self._parts.registry
        version = install(
            folder.absolute(), manifest, registry, self._parts.insert, lambda _said, _done: None
        )
        told = Told(course.collector_id, course.version, "downloaded", {"bytes": manifest.size})
        after = structs.replace(course, stage="check", model=version.id)
        self._memory.go(course, after, told, installed=course.version)
        self._parts.fetching.forget_others(None)
        self.arrived(version.id)
        return 0.0
