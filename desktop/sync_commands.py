"""`whimbrel sync …`: sends, and says where everything is."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from desktop.data_folder import DataFolder
from desktop.errors import PlainError
from desktop.settings import Settings
from desktop.sync_access import sync_of
from store.sync.forms import Sharing, SyncState
from store.sync.service import RejectedRecord

_SHOWN = 20


def send(settings: Settings, chosen: argparse.Namespace) -> int:
    """Send until all is sent; 0 if it is."""
    with sync_of(DataFolder(settings.data_dir)) as sync:
        state = sync.send(_progress, once=chosen.once)
    _print(state)
    return 0 if state.phase == "idle" and state.accounts.waiting == 0 else 1


def status(settings: Settings, chosen: argparse.Namespace) -> int:
    """Print where everything is."""
    with sync_of(DataFolder(settings.data_dir)) as sync:
        state = sync.state()
    if chosen.json:
        print(msgspec.json.encode(state).decode())
    else:
        _print(state)
    return 0


def enrol(settings: Settings, chosen: argparse.Namespace) -> int:
    """Connect this device."""
    url, code = chosen.url, chosen.code
    if "." not in url and "/" not in url and ":" not in url:  # in the other order
        url, code = code, url
    with sync_of(DataFolder(settings.data_dir)) as sync:
        state = sync.enrol(url, code)
    _print(state)
    return 0


def leave(settings: Settings, chosen: argparse.Namespace) -> int:
    """Disconnect this device."""
    with sync_of(DataFolder(settings.data_dir)) as sync:
        sync.leave(anyway=chosen.anyway)
    print("This device belongs to no collector any more.")
    return 0


def preview(settings: Settings, chosen: argparse.Namespace) -> int:
    """Print the next body, formatted."""
    with sync_of(DataFolder(settings.data_dir)) as sync:
        found = sync.preview(_sharing(chosen), max(1, min(chosen.most, 500)))
    if found is None:
        print("Nothing waits to be sent.")
        return 0
    print(f"POST {found.address}: {found.records} of {found.waiting}", file=sys.stderr)
    print(msgspec.json.format(bytes(found.body), indent=2).decode())
    return 0


def agree(settings: Settings, chosen: argparse.Namespace) -> int:
    """Ask, and agree."""
    sharing = _sharing(chosen)
    print(f"What goes to the collector: answers, corrections and failures, {_with(sharing)}.")
    print("`whimbrel sync preview` prints it exactly.")
    _ask("Send that from now on?", yes=chosen.yes)
    with sync_of(DataFolder(settings.data_dir)) as sync:
        _print(sync.agree(sharing))
    return 0


def withdraw(settings: Settings, chosen: argparse.Namespace) -> int:
    """Ask, and take it back."""
    _ask("The collector will erase this, which can't be undone.", yes=chosen.yes)
    with sync_of(DataFolder(settings.data_dir)) as sync:
        _print(sync.withdraw(chosen.scope))
    return 0


def pause(settings: Settings, _: argparse.Namespace) -> int:
    """Send nothing for a while."""
    with sync_of(DataFolder(settings.data_dir)) as sync:
        _print(sync.pause())
    return 0


def resume(settings: Settings, _: argparse.Namespace) -> int:
    """Go on."""
    with sync_of(DataFolder(settings.data_dir)) as sync:
        _print(sync.resume())
    return 0


def rejected(settings: Settings, chosen: argparse.Namespace) -> int:
    """Print, export, send again or let go of what the collector refuses."""
    with sync_of(DataFolder(settings.data_dir)) as sync:
        found = sync.rejected_export()
        seqs = [one.seq for one in found]
        if chosen.export:
            _export(Path(chosen.export), found)
        elif not found:
            print("Nothing is rejected.")
        elif chosen.again:
            print(f"{sync.send_again(seqs):,} wait to be sent again.")
        elif chosen.discard:
            print(f"{sync.discard(seqs):,} are not sent; they stay on this machine.")
        else:
            _print_rejected(found)
    return 0


def _export(path: Path, found: list[RejectedRecord]) -> None:
    try:
        path.expanduser().write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1))
    except OSError as error:
        raise PlainError(f"{path} could not be written ({error.strerror}).", "Name another file.") from error
    print(f"{len(found):,} written to {path}.")


def _print_rejected(found: list[RejectedRecord]) -> None:
    for one in found[:_SHOWN]:
        print(f"{one.seq:>10}  {one.kind:<10} {one.sentence}")
    if len(found) > _SHOWN:
        print(f"and {len(found) - _SHOWN:,} more")


def _sharing(chosen: argparse.Namespace) -> Sharing:
    return Sharing(chosen.embeddings, chosen.crops, chosen.file_names, chosen.places)


def _with(sharing: Sharing) -> str:
    parts = {
        "the numbers of each picture": sharing.embeddings,
        "squares of pictures": sharing.crops,
        "file names": sharing.file_names,
        f"places ({sharing.places})": sharing.places != "off",
    }
    said = ", ".join(name for name, agreed in parts.items() if agreed)
    return f"with {said}" if said else "without pictures, file names and places"


def _ask(sentence: str, *, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise PlainError("Nothing was changed, since nobody could be asked.", "Add --yes.", 2)
    if input(f"{sentence} Type 'yes' to go on: ").strip() != "yes":
        raise PlainError("Nothing was changed.", "", 1)


def _progress(state: SyncState) -> None:
    if state.phase == "sending":
        print(f"{state.accounts.waiting:,} to go", file=sys.stderr)
    elif state.phase == "waiting":
        seconds = f" Next try in {state.next_try_in_s:.0f} s." if state.next_try_in_s else ""
        print(f"{state.sentence}{seconds}", file=sys.stderr)


def _print(state: SyncState) -> None:
    print(f"{state.sentence} {state.advice}".strip())
    if state.enrolment is not None:
        print(f"Collector: {state.enrolment.url}")
    accounts = state.accounts
    print(f"{'recorded':<12}{accounts.recorded:>12,}")
    print(f"{'accepted':<12}{accounts.accepted:>12,}")
    print(f"{'waiting':<12}{accounts.waiting:>12,}")
    print(f"{'rejected':<12}{_sum(accounts.rejected):>12,}{_why(accounts.rejected)}")
    print(f"{'dropped':<12}{_sum(accounts.dropped):>12,}{_why(accounts.dropped)}")


def _sum(counts: Mapping[str, int]) -> int:
    return sum(counts.values())


def _why(counts: Mapping[str, int]) -> str:
    reasons: Iterable[str] = (f"{name} {count:,}" for name, count in counts.items())
    return f"  ({', '.join(reasons)})" if counts else ""
