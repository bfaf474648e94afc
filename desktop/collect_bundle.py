"""`whimbrel collect read FILE`: takes a bundle at the collector, and signs for it."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

from desktop.collect_database import collector_of, who
from desktop.settings import Settings
from store.bundles.bundle_file import BundleFile, open_bundle
from store.bundles.receipt_file import receipt_beside, write_receipt
from store.collector.service import Collector


class _Counts:
    """What became of the events so far."""

    def __init__(self) -> None:
        self.new = self.held = self.rejected = self.unread = 0


def read(settings: Settings, chosen: argparse.Namespace) -> int:
    """Take all of a bundle, and write the receipt beside it; twice is as once."""
    file = Path(chosen.file).expanduser().absolute()
    target = receipt_beside(file)
    counts = _Counts()
    with open_bundle(file) as bundle, collector_of(settings, chosen) as collector:
        write_receipt(target, _lines(collector, bundle, counts))
    before = counts.held - counts.new
    print(f"{counts.new:,} events are new, {before:,} were here, {counts.rejected:,} are refused.")
    if counts.unread:
        print(f"{counts.unread:,} parts could not be read; what is in them still waits at the device.")
    print(f"Take this back to the device: {target}")
    return 0


def _lines(collector: Collector, bundle: BundleFile, counts: _Counts) -> Iterator[bytes]:
    for taken, line in collector.bundles.take_all(bundle, who()):
        counts.new += taken.new
        counts.held += len(taken.held)
        counts.rejected += len(taken.rejected)
        counts.unread += bool(taken.problem)
        yield line
