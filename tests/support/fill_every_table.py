"""Fills a memory through the store of a checkout, with rows in every table that this store has.

python tests/support/fill_every_table.py CODE FOLDER
"""

from __future__ import annotations

import sys
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
    taken_back,
)

from store.events import ModelVersion  # noqa: E402
from store.local.opening import LocalStore, open_store  # noqa: E402

_DEVICE = {"gpu": {"vendor": "Intel", "renderer": "Iris Pro"}, "webglVersion": "webgl2", "deviceMemory": 8}


def main() -> None:
    """Fills and closes it."""
    clock = HandClock()
    store = open_store(Path(sys.argv[2]), clock)
    _records(store)
    _versions(store)
    store.settings.put_all({"theme": "dark", "keepCrops": True}).result(60)
    clock.now += 86_400_000
    send(store.statistics, inference(500))
    _what_came_later(store)
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


def _what_came_later(store: LocalStore) -> None:
    """Rows in what later schemas added, where this store has it."""
    for fill in ("figures",):
        part = getattr(store, fill, None)
        if part is not None:
            part.catch_up(60.0)


if __name__ == "__main__":
    main()
