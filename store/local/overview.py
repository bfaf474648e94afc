"""What may be told of a memory to somebody who helps: numbers and kinds, never what is in it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import apsw

from store.local.figures.storage import file_sizes, in_file, walked
from store.local.folder import BACKUPS
from store.local.setting_names import SETTINGS

_MIB = 1024 * 1024
_COUNTED = ("record", "picture", "embedding", "feedback", "outbox", "model_version", "backbone_set", "upkeep")
_FIGURE = ("backend", "threads", "correct", "relativeError", "medianMs", "note")
# What a user chose by name is the user's own; the measurements have a section of their own.
_NOT_TOLD = ("backendFigures", "trialVersion")


@dataclass(frozen=True)
class Overview:
    """Lines for people."""

    settings: list[str]
    counts: list[str]
    sizes: list[str]
    backends: list[str]
    failures: list[str]


NOTHING = Overview([], [], [], [], [])


def overview(connection: apsw.Connection, path: Path) -> Overview:
    """All that is told of the memory at `path`, and of what lies beside it."""
    rows = connection.execute("SELECT name, value FROM setting")
    written = {name: json.loads(value) for name, value in rows}
    return Overview(
        settings=_settings(written),
        counts=_counts(connection),
        sizes=list(_sizes(connection, path)),
        backends=_backends(written.get("backendFigures")),
        failures=_failures(connection),
    )


def typed_labels(connection: apsw.Connection) -> list[str]:
    """Labels that somebody typed on this machine: they may be names of people or of places."""
    query = "SELECT DISTINCT corrected_label FROM feedback WHERE corrected_label IS NOT NULL"
    return [label for (label,) in connection.execute(query)]


def _settings(written: Mapping[str, object]) -> list[str]:
    return [
        f"{one.name} = {json.dumps(written[one.name])}"
        if one.name in written
        else f"{one.name} = {json.dumps(one.default)}   (default)"
        for one in SETTINGS
        if one.name not in _NOT_TOLD
    ]


def _counts(connection: apsw.Connection) -> list[str]:
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    lines = [f"schema {connection.execute('PRAGMA user_version').get}"]
    for name in _COUNTED:
        if name in there:
            count = connection.execute(f"SELECT count(*) FROM {name}").get  # noqa: S608 - our own names
            lines.append(f"{name:<16} {count:>12,}")
    kinds = connection.execute("SELECT kind, count(*) FROM record GROUP BY kind ORDER BY kind")
    return [*lines, *(f"record {kind:<9} {count:>12,}" for kind, count in kinds)]


def _sizes(connection: apsw.Connection, path: Path) -> Iterable[str]:
    sizes = file_sizes(connection, path)
    for name, size in (("memory", sizes.file), ("its log", sizes.log), ("room in it", sizes.free)):
        yield _size(name, size)
    for figure in in_file(connection):
        yield _size(figure.kind, figure.bytes)
    for folder in (BACKUPS, "models", "logs", "downloads"):
        yield _size(folder, walked(path.parent / folder)[0])


def _size(name: str, size: int) -> str:
    return f"{name:<16} {size / _MIB:>12,.1f} MiB"


def _backends(figures: Any) -> list[str]:  # noqa: ANN401 - JSON of the page's
    measured = figures.get("figures", []) if isinstance(figures, dict) else []
    return [
        ", ".join(f"{name} {json.dumps(one.get(name))}" for name in _FIGURE)
        for one in measured
        if isinstance(one, dict)
    ]


def _failures(connection: apsw.Connection) -> list[str]:
    query = """
        SELECT json_extract(payload, '$.stage'), json_extract(payload, '$.code'), count(*),
               datetime(max(recorded_at) / 1000, 'unixepoch')
        FROM record WHERE kind = 'event' GROUP BY 1, 2 ORDER BY max(recorded_at) DESC LIMIT 50
    """
    rows = connection.execute(query)
    return [f"{count:>8,} times {stage} {code}, last {last}" for stage, code, count, last in rows]
