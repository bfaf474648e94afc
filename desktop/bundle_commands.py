"""`whimbrel bundle …`: sends in a file where there is no network."""

from __future__ import annotations

import argparse
from pathlib import Path

from desktop.data_folder import DataFolder
from desktop.settings import Settings
from desktop.sync_access import sync_of
from store.bundles.receipt_file import receipt_beside


def write(settings: Settings, chosen: argparse.Namespace) -> int:
    """Write what waits into a file."""
    file = _whole(chosen.file)
    with sync_of(DataFolder(settings.data_dir)) as sync:
        written = sync.write_bundle(file, chosen.most, replace=chosen.force)
    if written.parts == 0:
        print("Nothing waits to be sent; no file was written.")
        return 0
    print(f"{written.records:,} records in {written.bytes / 1e6:.1f} MB: {file}")
    if written.left_out:
        print(f"{written.left_out:,} are too large for a file and wait for a network.")
    print(f"They count as sent when {receipt_beside(file).name} is back here.")
    return 0


def receipt(settings: Settings, chosen: argparse.Namespace) -> int:
    """Count what the collector signed for."""
    with sync_of(DataFolder(settings.data_dir)) as sync:
        received = sync.receive(_whole(chosen.file))
    print(f"{received.accepted:,} records are at the collector now.")
    if received.rejected:
        print(f"{received.rejected:,} it refuses: `whimbrel sync rejected` says why.")
    if received.before:
        print(f"{received.before:,} were counted before, or are no more in the queue.")
    if received.erased:
        print(f"{received.erased:,} that were erased here are gone there, too.")
    if received.unread:
        print(f"{received.unread:,} parts it could not read; what is in them still waits.")
    return 0


def relay(settings: Settings, chosen: argparse.Namespace) -> int:
    """Pass a colleague's file on."""
    with sync_of(DataFolder(settings.data_dir)) as sync:
        relayed = sync.relay(_whole(chosen.file))
    before = f" ({relayed.before:,} of {relayed.parts:,} parts by an earlier try)" if relayed.before else ""
    print(f"{relayed.records:,} records are at the collector{before}.")
    print(f"Take this back to where they come from: {relayed.receipt}")
    return 0


def _whole(file: Path) -> Path:
    return file.expanduser().absolute()
