"""Versions in the shadow: they answer every new embedding beside the one at work, and nobody sees it.

They answer afterwards, on a thread of their own and from what is stored: no picture waits for them. For those
over another backbone the pages answer, of a share of the pictures (`shadow_passes`).
"""

from __future__ import annotations

import contextlib
import functools
import logging
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from store.events import ModelVersion
from store.local.connection import LocalDatabase
from store.local.database import Database
from store.local.errors import StoreError
from store.local.learning import shadow_passes, shadow_rows
from store.local.learning.label_book import mapping_of
from store.local.learning.shadow_report import ShadowReport, report
from store.local.learning.shadow_states import enter, leave
from store.local.model_versions import ModelVersions
from store.models.errors import ModelError

if TYPE_CHECKING:
    from store.models.head_set import HeadSet

log = logging.getLogger("whimbrel.shadow")
STEP = 256  # records a step: some milliseconds
TICK_S = 3.0
REST_S = 0.05  # between two steps, for whoever else wants the machine

Answers = list[tuple[int, str, float]]


class Shadow:
    """Puts versions into the shadow, answers for them, and tells how they do. Safe on any thread."""

    def __init__(
        self, database: Database, versions: ModelVersions, models: Path, *, tick_s: float = TICK_S
    ) -> None:
        self._database = database
        self._versions = versions
        self._models = models
        self._tick_s = tick_s
        self._heads: dict[str, HeadSet] = {}
        self._listeners: list[Callable[[], None]] = []
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="whimbrel-shadow", daemon=True)

    def begin(self, version_id: str) -> ModelVersion:
        """Has a version answer from the next record on; raises ModelError for the one at work or an unknown
        one."""
        return self._changed(version_id, enter)

    def end(self, version_id: str) -> ModelVersion:
        """Ends that; what it answered stays. Raises ModelError for a version that is in no shadow."""
        return self._changed(version_id, leave)

    def report(self, version_id: str) -> ShadowReport:
        """How a version did in the shadow, also one that is there no more."""
        version = self._versions.get(version_id)
        cost = None if version is None else shadow_passes.cost(version.metrics)
        with self._database.read() as db:
            connection = db.connection()
            return report(shadow_rows.compared(connection, version_id), mapping_of(connection), cost)

    def passed(self, version_id: str, passes: Sequence[shadow_passes.Pass]) -> list[UUID]:
        """Keeps what a page found with a version over another backbone; the inferences that are not there.

        Raises ModelError for a version that does not run in the shadow.
        """
        return self._database.submit(functools.partial(shadow_passes.keep, version_id, passes)).result()

    def on_change(self, callback: Callable[[], None]) -> Callable[[], None]:
        """Has `callback` called after a version came into the shadow or left it, until the result is."""
        self._listeners.append(callback)

        def end() -> None:
            with contextlib.suppress(ValueError):  # a second call does nothing
                self._listeners.remove(callback)

        return end

    def catch_up(self) -> bool:
        """One step of each version in the shadow; whether there is more to do."""
        shadows = [version for version in self._versions.all() if version.state == "shadow"]
        more = [self._step(version) for version in shadows]  # each has its step
        return any(more)

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after the step that it is at."""
        self._ended.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _changed(self, version_id: str, change: Callable[[str, LocalDatabase], None]) -> ModelVersion:
        self._database.submit(functools.partial(change, version_id)).result()
        found = self._versions.get(version_id)
        if found is None:
            raise ModelError(f"There is no model {version_id}.", "Choose one of those in Model.")
        for listener in list(self._listeners):
            listener()
        return found

    def _run(self) -> None:
        more = False
        while not self._ended.wait(REST_S if more else self._tick_s):
            try:
                more = self.catch_up()
            except Exception as error:
                more = False
                said = error.sentence if isinstance(error, StoreError | ModelError) else repr(error)
                log.warning("the shadow goes on later: %s", said)

    def _step(self, version: ModelVersion) -> bool:
        since = version.metrics["shadowSince"]
        space = bytes.fromhex(version.space_id)
        with self._database.read() as db:
            fresh = shadow_rows.fresh(db.connection(), version.id, space, int(str(since)), STEP)
        answers = self._answers(version, fresh.records)
        if fresh.records or fresh.reached - fresh.before > STEP:
            self._database.submit(
                lambda db: shadow_rows.keep(db.connection(), version.id, fresh.reached, answers)
            ).result()
        return len(fresh.records) == STEP

    def _answers(self, version: ModelVersion, records: list[tuple[int, bytes]]) -> Answers:
        if not records:
            return []
        import numpy as np  # noqa: PLC0415

        from store.local.learning.collecting import matrix  # noqa: PLC0415
        from store.models.network import head_forward  # noqa: PLC0415

        head = self._head(version)
        embeddings = matrix([vector for _, vector in records])
        found = head_forward(head.layers, embeddings, head.temperature, head.input)
        best = found.argmax(axis=1)
        return [
            (record, head.labels[place].name, float(np.clip(row[place], 0, 1)))
            for (record, _), row, place in zip(records, found, best, strict=True)
        ]

    def _head(self, version: ModelVersion) -> HeadSet:
        from store.models.head_set import load_head  # noqa: PLC0415

        if version.head_id not in self._heads:
            self._heads = {version.head_id: load_head(self._models, version.head_id)}
        return self._heads[version.head_id]
