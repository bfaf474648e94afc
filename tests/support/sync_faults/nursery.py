"""The nurseries of devices and of collectors (`python nursery.py [SABOTAGE]`).

A collector here is `whimbrel collect` from its command line on, with smaller limits than a user's: a record
of more than 16 KiB is `oversize`, a body of more than 64 KiB is 413, so that both happen often.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

from fault_suite.nursery import raise_children

MOST_RECORD_BYTES = 16 * 1024
MOST_BODY_BYTES = 64 * 1024
NEWER_SCHEMA = 2
PROGRAM = str(Path(__file__))


def _collect(database: str, data_dir: str, newer: bool = False) -> int:
    from desktop.cli import main
    from store.collector import reading
    from webui.collector import collector_handler, refusals
    from webui.collector.handlers import sync

    with contextlib.ExitStack() as held:
        held.enter_context(patch.object(reading, "MOST_RECORD_BYTES", MOST_RECORD_BYTES))
        held.enter_context(patch.object(sync.EventsHandler, "body_limit", MOST_BODY_BYTES))
        if newer:
            for module in (collector_handler, refusals, sync):
                for name in ("MIN_SCHEMA", "SCHEMA"):
                    held.enter_context(patch.object(module, name, NEWER_SCHEMA))
        return main(["collect", "--port", "0", "--database", database, "--data-dir", data_dir])


def _collect_newer(database: str, data_dir: str) -> int:
    return _collect(database, data_dir, newer=True)


def _device(life: str) -> int:
    from sync_faults.device import live

    return live(life)


def _enter(entry: str) -> int:
    from sync_faults.device import enter

    return enter(entry)


CHILDREN: dict[str, Callable[..., int]] = {
    "collect": _collect,
    "collect-newer": _collect_newer,
    "device": _device,
    "enter": _enter,
}


def _import_all() -> None:
    import cryptography.hazmat.primitives.asymmetric.ed25519  # noqa: F401
    import httpx  # noqa: F401
    import sync_faults.device  # noqa: F401

    import desktop.collect  # noqa: F401
    import webui.collector.application  # noqa: F401


def main() -> None:
    """Forks until its input ends."""
    from sync_faults.sabotage import sabotaged

    with sabotaged(sys.argv[1] if len(sys.argv) > 1 else None):
        _import_all()
        raise_children(CHILDREN)


if __name__ == "__main__":
    main()
