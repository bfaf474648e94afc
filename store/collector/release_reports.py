"""What devices say became of a release: it arrived, runs beside or instead of the one before, or went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec
from msgspec import Struct

from store.clock import Clock
from store.collector.database import CollectorDatabase
from store.collector.releases import no_release

_THERE = "SELECT 1 FROM release WHERE version = ?"
_NOTE = """
INSERT INTO release_report (device_id, version, state, at, figures) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (device_id, version, state) DO UPDATE SET at = excluded.at, figures = excluded.figures
"""
_COUNTS = "SELECT version, state, count(*) FROM release_report GROUP BY version, state"
_OF = """
SELECT device.id, device.name, release_report.state, release_report.at, release_report.figures
FROM release_report
JOIN device ON device.id = release_report.device_id
WHERE release_report.version = ? ORDER BY device.name, device.id, release_report.at
"""


class Reporter(Protocol):
    """A device, by whatever its report came."""

    @property
    def id(self) -> bytes:
        """Its id."""


class Report(Struct, frozen=True):
    """One device's last word on one state of a release; `at` by the collector's clock."""

    device_id: bytes
    device: str
    state: str
    at: int
    figures: dict[str, object]


class ReleaseReports:
    """Devices' reports. Every method is one transaction."""

    def __init__(self, database: CollectorDatabase, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def note(self, device: Reporter, version: int, state: str, figures: Mapping[str, object]) -> None:
        """Keeps a report in the place of the same device's last of that state. Raises NotThere."""
        text = msgspec.json.encode(dict(figures)).decode()
        with self._database.write() as session:
            if not session.rows(_THERE, (version,)):
                raise no_release(version)
            session.change(_NOTE, (device.id, version, state, self._clock.now_ms(), text))

    def counts(self) -> dict[int, dict[str, int]]:
        """How many devices reported each state, by release."""
        found: dict[int, dict[str, int]] = {}
        with self._database.read() as session:
            for version, state, count in session.rows(_COUNTS):
                found.setdefault(version, {})[state] = count
        return found

    def of(self, version: int) -> list[Report]:
        """Every report on a release, by device."""
        with self._database.read() as session:
            rows = session.rows(_OF, (version,))
        return [
            Report(bytes(device_id), name, state, at, msgspec.json.decode(text))
            for device_id, name, state, at, text in rows
        ]
