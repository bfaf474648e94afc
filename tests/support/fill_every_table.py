"""Fills a memory through the store of a checkout, with rows in every table that this store has.

python tests/support/fill_every_table.py CODE FOLDER
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

sys.path[:0] = [sys.argv[1], str(Path(sys.argv[1]) / "tests" / "support")]

from local_records import (  # noqa: E402 - the paths come first
    EMBEDDING,
    JPEG,
    WEBP,
    HandClock,
    attachment,
    base64_text,
    inference,
    said,
    send,
    sha256_of,
    taken_back,
)

from store.events import ModelVersion  # noqa: E402
from store.local.opening import LocalStore, open_store  # noqa: E402

_DEVICE = {"gpu": {"vendor": "Intel", "renderer": "Iris Pro"}, "webglVersion": "webgl2", "deviceMemory": 8}
_RUN = (
    "run", "head", "mine", "done", "user", "{}", None, "two", "register", "Done.", "", 1.0, "[]", 1, 2, 3,
)  # fmt: skip
_LATER: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("figure_recheck", (b"0123456789abcdef",)),
    ("retraining_trigger", (1, 1, "age", "{}")),
    ("label_change", (1, 1, "rename", "wolf", "grey wolf", None)),
    ("example_side", (1, "holdout", 1)),
    ("training_run", _RUN),
    ("version_picture", ("two", 1, "holdout", "wolf")),
    ("shadow_answer", (1, "two", "wolf", 0.5)),
    ("shadow_progress", ("two", 1)),
    ("audit_picture", (1, 1, "waiting")),
    ("erased_sent", (b"0123456789abcdef",)),
    ("shared_label", ("wolf", "Canis lupus", '["grey wolf"]')),
    ("queue_job", (1, 1, None, "running", 1, 0, '["/photos"]', "{}")),
    (
        "queue_picture",
        (1, 1, "failed", 1, b"0123456789abcdef", 1, 5, 6, b"/photos/a.jpg", "empty-file", "It is empty."),
    ),
    ("trigger_decision", (1, 1, "age", "wait", "{}", None)),
)


def main() -> None:
    """Fills and closes it."""
    clock = HandClock()
    store = open_store(Path(sys.argv[2]), clock)
    _records(store)
    _versions(store)
    store.settings.put_all({"theme": "dark", "keepCrops": True}).result(60)
    clock.now += 86_400_000
    send(store.statistics, inference(500))
    _what_came_later(store, clock)
    store.close()


def _records(store: LocalStore) -> None:
    heavy = {
        "embedding": base64_text(EMBEDDING),
        "thumbnail": base64_text(WEBP),
        "crop": base64_text(JPEG),
    }
    event = {
        "kind": "event",
        "id": inference(400)["id"],
        "timestamp": 1,
        "stage": "decode",
        "code": "not_a_picture",
    }
    send(store.statistics, *(inference(number, **heavy) for number in range(6)), device=_DEVICE)
    send(store.statistics, inference(10, userFeedback={"isCorrect": True}, timestamp=None), event)
    send(store.statistics, said(20, 0), said(21, 1, None), said(22, 2), taken_back(23, 2, 22))
    send(store.statistics, attachment(30, 10, embedding=EMBEDDING), attachment(31, 99, crop=JPEG))


def _versions(store: LocalStore) -> None:
    for name in ("one", "two"):
        store.model_versions.insert(_version(name))
        store.model_versions.activate(name)


def _version(name: str) -> ModelVersion:
    parts: dict[str, Any] = {
        "id": name, "name": name, "architecture": "mobilenet_v2", "alpha": 0.5, "backbone_id": "b" * 64,
        "head_id": "h" * 64, "space_id": "5" * 64, "variant": "float32", "state": "candidate",
        "made": "fetched", "source": "here", "licence": "Apache-2.0", "label_count": 2,
        "created_at": 1, "parent_id": None, "metrics": {"top1": 0.5},
    }  # fmt: skip
    return ModelVersion(**parts)


def _what_came_later(store: LocalStore, clock: HandClock) -> None:
    """Rows in what later schemas added, where this store has it; one of schema 1 could not import these."""
    if not hasattr(store, "upkeep"):
        return
    from store.local.erasure.scope import Scope
    from store.local.figures.service import Figures

    Figures(store.database, clock, {}).catch_up(60.0)
    store.upkeep.erase(Scope(picture_sha256=sha256_of("picture 5")))
    store.upkeep.tick()
    there = set(store.database.submit(_tables).result(60))
    for table, row in _LATER:
        if table in there:
            marks = ", ".join("?" * len(row))
            store.database.submit(partial(_insert, f"INSERT INTO {table} VALUES ({marks})", row)).result(60)


def _tables(db: Any) -> list[str]:
    return [name for (name,) in db.execute_sql("SELECT name FROM sqlite_master WHERE type = 'table'")]


def _insert(statement: str, row: tuple[Any, ...], db: Any) -> None:
    db.execute_sql(statement, row)


if __name__ == "__main__":
    main()
