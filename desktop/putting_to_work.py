"""Puts to work by itself what was learned by itself, where the user chose so and every check is passed."""

from __future__ import annotations

import logging

from store.events import ModelVersion
from store.local.errors import StoreError
from store.local.learning.runs import RunStore
from store.local.learning.trigger_forms import Facts
from store.local.learning.trigger_log import TriggerLog
from store.local.learning.version_checks import VersionChecks
from store.local.setting_store import SettingStore
from store.models.errors import ModelError
from store.models.gate_words import gates_of
from store.models.registry import ModelRegistry

log = logging.getLogger("whimbrel.training")


class PuttingToWork:
    """Keeps what pages found of a version's numbers; their check is the last one before a version works.

    Calls block. Safe on any thread but the writer's.
    """

    def __init__(
        self,
        checks: VersionChecks,
        settings: SettingStore,
        runs: RunStore,
        registry: ModelRegistry,
        decisions: TriggerLog,
    ) -> None:
        self._checks = checks
        self._settings = settings
        self._runs = runs
        self._registry = registry
        self._decisions = decisions

    def note(self, version_id: str, backend: str, max_relative: float | None, *, half: bool) -> bool:
        """Notes how far a page's numbers were off, then puts the version to work if nothing is against it;
        False for an unknown version."""
        if not self._checks.note(version_id, backend, max_relative, half=half):
            return False
        try:
            self._consider(version_id)
        except (StoreError, ModelError) as error:
            log.warning("%s is not put to work by itself: %s", version_id, error.sentence)
        return True

    def _consider(self, version_id: str) -> None:
        if not self._settings.all()["retrainUse"]:
            return
        version, active = self._registry.find(version_id), self._registry.active()
        if active is None or version.parent_id != active.id or not _is_sound(version):
            return
        run = self._runs.get(str(version.metrics.get("run")))
        if run is None or run.asked_by != "trigger":
            return
        self._registry.activate(version_id)
        began = next((each for each in self._decisions.last() if each.run_id == run.id), None)
        facts = Facts(
            sentence=f"Whimbrel has put “{version.name}” to work, which passed every check.",
            advice="If you like the one before better, go back with one click at the top of the Model page.",
        )
        self._decisions.write(began.cause if began else "asked", "used", facts, run.id)


def _is_sound(version: ModelVersion) -> bool:
    """Whether it was never at work, and every check is passed: that of a page is among them by now."""
    passed = [gate.get("passed") is True for gate in gates_of(version)]
    return version.state == "candidate" and all(passed)
