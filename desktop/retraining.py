"""Learns anew when it is time, by itself while the machine is idle, or because somebody asked for it."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from desktop.jobs import TrainingJobs
from desktop.power import Battery, battery
from desktop.retraining_words import began, held, too_few
from store.clock import Clock
from store.drift.triggers import DAY_MS, Cause, Evidence, Limits, due, limits_of
from store.local.clock_watch import ClockWatch
from store.local.errors import StoreError
from store.local.learning.audit_store import AuditStore
from store.local.learning.run_forms import TrainingOptions, TrainingRequest, TrainingRun
from store.local.learning.trigger_evidence import TriggerEvidence
from store.local.learning.trigger_forms import (
    Asked,
    CalledBy,
    Decision,
    Facts,
    RetrainAnswer,
    RetrainDecisions,
    RetrainRequest,
    Why,
)
from store.local.learning.trigger_log import Baseline, TriggerLog
from store.local.opening import LocalStore
from store.local.setting_store import SettingStore
from store.models.errors import ModelError

log = logging.getLogger("whimbrel.training")
TICK_S = 60.0
AGAIN_S = 3600.0  # so long after a look at a memory that did not change it is looked at again
MINUTE_S = 60.0
_TRIED = ("started", "refused")


@dataclass(frozen=True)
class RetrainingParts:
    """What it is made of; `battery` says how the machine is fed."""

    evidence: TriggerEvidence
    log: TriggerLog
    audit: AuditStore
    settings: SettingStore
    watch: ClockWatch
    trainer: TrainingJobs
    clock: Clock
    battery: Callable[[], Battery | None]


def retraining_of(
    store: LocalStore, trainer: TrainingJobs, battery: Callable[[], Battery | None] = battery
) -> Retraining:
    """The retraining of an open memory, not yet started."""
    evidence, decided = TriggerEvidence(store.database), TriggerLog(store.database)
    return Retraining(
        RetrainingParts(
            evidence,
            decided,
            store.audit,
            store.settings,
            store.clock_watch,
            trainer,
            store.database.clock,
            battery,
        )
    )


class _Now(NamedTuple):
    """What a decision is made of."""

    evidence: Evidence
    limits: Limits
    causes: list[Cause]


class Retraining:
    """Decides and writes each decision down. Safe on any thread; calls block."""

    def __init__(self, parts: RetrainingParts) -> None:
        self._parts = parts
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="whimbrel-retraining", daemon=True)
        self._deciding = threading.Lock()
        self._newest = -1
        self._changed_at = float("-inf")
        self._looked_at = float("-inf")

    def start(self) -> None:
        """Starts looking, once a minute."""
        self._thread.start()

    def stop(self) -> None:
        """Ends looking."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def tick(self) -> None:
        """One look: does something only when the machine is idle, and then seldom."""
        with self._deciding:
            baseline, settings = self._baseline(), self._parts.settings.all()
            if not self._is_idle(settings):
                return
            self._parts.audit.draw()
            now = self._now(baseline, settings)
            if now.causes:
                self._decide(now, baseline, settings)

    def decisions(self) -> RetrainDecisions:
        """The last decisions, and what there is now."""
        with self._deciding:
            now = self._now(self._baseline(), self._parts.settings.all())
            return RetrainDecisions(self._parts.log.last(), now.evidence, now.limits, now.causes)

    def ask(self, request: RetrainRequest) -> RetrainAnswer:
        """Begins a training because somebody asks for one, or says why not; written down in any case."""
        with self._deciding:
            settings = self._parts.settings.all()
            wanted = request.min_data_points or limits_of(settings).data_points or 1
            found = self._parts.evidence.named(request.confidence_threshold)
            facts = Facts(
                self._parts.watch.now().counted, asked=Asked(found, wanted, request.confidence_threshold)
            )
            if found < wanted:
                decision, run = self._refuse("asked", facts, "too-few", *too_few(found, wanted)), None
            elif why := self._cannot(settings):
                decision, run = self._hold("asked", facts, why), None
            else:
                decision, run = self._begin("asked", facts, request.confidence_threshold)
        said = decision.facts
        return RetrainAnswer(
            decision.decision == "started", said.sentence, said.advice, found, wanted, decision, run
        )

    def _run(self) -> None:
        while not self._ended.wait(TICK_S):
            try:
                self.tick()
            except StoreError as error:
                log.warning("whether to learn anew is looked at later: %s", error.sentence)
            except Exception:
                log.exception("whether to learn anew could not be found out")

    def _is_idle(self, settings: dict[str, object]) -> bool:
        """Whether nothing was recorded for so many minutes, and a look is due."""
        now, newest = self._parts.clock.monotonic(), self._parts.evidence.newest()
        if newest != self._newest:
            self._newest, self._changed_at = newest, now
        minutes = settings["retrainIdleMinutes"]
        idle = isinstance(minutes, int) and now - self._changed_at >= minutes * MINUTE_S
        looked = self._looked_at > self._changed_at and now - self._looked_at < AGAIN_S
        if not idle or looked:
            return False
        self._looked_at = now
        return True

    def _baseline(self) -> Baseline:
        """From when all is counted: anew after every training that ended well, whoever asked for it."""
        known, last = self._parts.log.baseline(), self._parts.evidence.last_run()
        run_id = None if last is None else last.id
        if known is not None and known.run_id == run_id:
            return known
        return self._parts.log.begin_anew(run_id, self._parts.watch.now().counted)

    def _now(self, baseline: Baseline, settings: dict[str, object]) -> _Now:
        watched = self._parts.watch.now()
        since = None if watched.paused else watched.counted - baseline.counted_ms
        evidence = self._parts.evidence.gather(watched.counted, since)
        limits = limits_of(settings)
        return _Now(evidence, limits, due(evidence, limits))

    def _decide(self, now: _Now, baseline: Baseline, settings: dict[str, object]) -> None:
        facts = Facts(now.evidence.counted_ms, causes=now.causes, evidence=now.evidence, limits=now.limits)
        why = self._cannot(settings) or ("" if settings["retrainByItself"] else "off")
        if self._just_tried(baseline, facts.counted_ms):
            return
        if why:
            if not self._was_held(now.causes[0], why):
                self._hold(now.causes[0], facts, why)
            return
        self._begin(now.causes[0], facts, 0.0)

    def _cannot(self, settings: dict[str, object]) -> Why:
        if self._parts.trainer.busy:
            return "busy"
        found, least = self._parts.battery(), settings["retrainBatteryPercent"]
        low = found is not None and isinstance(least, int) and found.in_use and found.percent < least
        return "battery" if low else ""

    def _was_held(self, cause: Cause, why: Why) -> bool:
        """Whether the same was decided last: it is written down once."""
        last = self._parts.log.last(1)
        return bool(last) and (last[0].cause, last[0].decision, last[0].facts.why) == (cause, "held", why)

    def _just_tried(self, baseline: Baseline, counted_ms: int) -> bool:
        """Whether it tried by itself within a day, since the last training that ended well: what failed or
        was cancelled is not begun again at once."""
        tried = [
            each.facts.counted_ms
            for each in self._parts.log.last()
            if each.number > baseline.number and each.cause != "asked" and each.decision in _TRIED
        ]
        return bool(tried) and counted_ms - tried[0] < DAY_MS

    def _begin(
        self, cause: CalledBy, facts: Facts, least_confidence: float
    ) -> tuple[Decision, TrainingRun | None]:
        """Begins a training; refuses where the trainer does."""
        try:
            run = self._parts.trainer.start(
                self._request(least_confidence), "user" if cause == "asked" else "trigger"
            )
        except (StoreError, ModelError) as error:
            return self._refuse(cause, facts, "too-few", error.sentence, error.advice), None
        said = _saying(facts, "", *began())
        return self._parts.log.write(cause, "started", said, run.id), run

    def _request(self, least_confidence: float) -> TrainingRequest:
        """As the last training was done."""
        last, options = self._parts.evidence.last_run(), TrainingOptions(least_confidence=least_confidence)
        if last is None:
            return TrainingRequest(options=options)
        return TrainingRequest(last.mode, last.label_mode, options)

    def _hold(self, cause: CalledBy, facts: Facts, why: Why) -> Decision:
        return self._parts.log.write(cause, "held", _saying(facts, why, *held(why)))

    def _refuse(self, cause: CalledBy, facts: Facts, why: Why, sentence: str, advice: str) -> Decision:
        return self._parts.log.write(cause, "refused", _saying(facts, why, sentence, advice))


def _saying(facts: Facts, why: Why, sentence: str, advice: str) -> Facts:
    return msgspec.structs.replace(facts, why=why, sentence=sentence, advice=advice)
