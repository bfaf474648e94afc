"""`whimbrel retention show|run` and `whimbrel erase`: what goes is shown first, and nothing else goes."""

from __future__ import annotations

import argparse
import hashlib
import re
import sys
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from desktop.data_folder import DataFolder
from desktop.errors import PlainError
from desktop.settings import Settings
from desktop.upkeep_access import UpkeepAccess, upkeep_of
from store.local.erasure.scope import CONFIRMATION
from store.local.removal import KINDS, Amount, Amounts
from store.local.retention.preview import Item
from webui.local.messages_retention import EraseRequest, ErasurePreview, Retention, RuleInfo, Run

_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_STEP = 1024
_NAMES = {
    "answers": "answers", "feedback": "corrections and marks", "events": "notes on failures",
    "attachments": "notes on parts that came later", "pictures": "pictures", "embeddings": "embeddings",
    "thumbnails": "small copies", "crops": "squares", "waiting": "parts whose answer never came",
}  # fmt: skip


def show(settings: Settings, _: argparse.Namespace) -> int:
    """Print the rules, what would go now, and what went last."""
    with upkeep_of(DataFolder(settings.data_dir)) as upkeep:
        _print_retention(upkeep.retention())
    return 0


def run(settings: Settings, chosen: argparse.Namespace) -> int:
    """Show what would go, ask, and let it go."""
    with upkeep_of(DataFolder(settings.data_dir)) as upkeep:
        found = upkeep.retention()
        if found.clock_problem:
            print(found.clock_problem, file=sys.stderr)
        if not found.preview.items:
            print("Nothing is over its limits; nothing was removed.")
            return 0
        _print_items(found.preview.items)
        _ask("Remove this?", "yes", chosen.yes)
        _print_gone(upkeep.run(found.preview.token))
    return 0


def erase(settings: Settings, chosen: argparse.Namespace) -> int:
    """Show what an erasure would remove, ask, and erase."""
    request = EraseRequest(
        picture_sha256=None if chosen.picture is None else _sha256(chosen.picture),
        session_id=chosen.session,
        everything=chosen.everything,
        damaged_copies=chosen.damaged_copies,
        confirmation=CONFIRMATION if chosen.everything else None,
    )
    with upkeep_of(DataFolder(settings.data_dir)) as upkeep:
        return _erase(upkeep, request, yes=chosen.yes)


def _erase(upkeep: UpkeepAccess, request: EraseRequest, *, yes: bool) -> int:
    preview = upkeep.erase_preview(request)
    if not preview.items and not request.everything:
        print("Whimbrel remembers nothing of that; nothing was removed.")
        return 0
    _print_items(preview.items)
    _print_copies(preview, request)
    word = CONFIRMATION if request.everything else "yes"
    _ask("This can't be undone.", word, yes)
    _print_gone(upkeep.erase(request))
    return 0


def _sha256(text: str) -> str:
    if _SHA256.fullmatch(text):
        return text.lower()
    path = Path(text).expanduser()
    if not path.is_file():
        raise PlainError(f"There is no file {path}.", "Name a picture's file or its SHA-256.", 2)
    with path.open("rb") as picture:
        return hashlib.file_digest(picture, "sha256").hexdigest()


def _ask(sentence: str, word: str, yes: bool) -> None:
    if yes:
        return
    if not sys.stdin.isatty():
        raise PlainError("Nothing was removed, since nobody could be asked.", "Add --yes.", 2)
    if input(f"{sentence} Type {word!r} to go on: ").strip() != word:
        raise PlainError("Nothing was removed.", "", 1)


def _print_retention(found: Retention) -> None:
    for rule in found.rules:
        print(f"{_NAMES[rule.kind]:<32} {_limits(rule)}")
    print("Corrections and what they speak of are kept for ever.")
    if found.clock_problem:
        print(found.clock_problem)
    if found.preview.items:
        print("\nOver these limits now; `whimbrel retention run` removes it:")
        _print_items(found.preview.items)
    else:
        print("\nNothing is over these limits now.")
    for last in [one for one in found.runs if one.ended_at is not None][:1]:
        print(f"\nLast time, on {_day(last.started_at)}:")
        _print_gone(last)


def _limits(rule: RuleInfo) -> str:
    limits = [f"{rule.days:,} days"] if rule.days else []
    limits += [f"at most {rule.megabytes:,} MB"] if rule.megabytes else []
    return ", ".join(limits) or "for ever"


def _print_items(items: Iterable[Item]) -> None:
    for item in items:
        when = "" if item.first is None or item.last is None else f"{_day(item.first)} to {_day(item.last)}"
        print(f"  {item.count:>9,} {_NAMES[item.kind]:<32} {_size(item.bytes):>9}  {when}".rstrip())


def _print_copies(preview: ErasurePreview, request: EraseRequest) -> None:
    if preview.backups:
        size = _size(preview.backup_bytes)
        print(f"  {preview.backups:>9,} {'backups, replaced by a fresh one':<32} {size:>9}")
    if preview.damaged_copies:
        goes = request.everything or request.damaged_copies
        size = _size(preview.damaged_bytes)
        print(f"  {preview.damaged_copies:>9,} {'damaged memories, set aside':<32} {size:>9}")
        if not goes:
            print("These stay, and may hold it still; --damaged-copies removes them too.")
    print("Exports and other copies that you made stay: remove those yourself.")


def _print_gone(done: Run) -> None:
    print("Removed:" if done.gone.count else "Nothing was removed.")
    for kind, amount in _by_kind(done.gone):
        print(f"  {amount.count:>9,} {_NAMES[kind]:<32} {_size(amount.bytes):>9}")
    copies = {"backups replaced": done.backups, "damaged memories": done.damaged_copies}
    for name, count in (copies | {"log files": done.log_files}).items():
        if count:
            print(f"  {count:>9,} {name}")
    if done.kept_backups:
        print(
            f"{done.kept_backups:,} backups hold it still: the memory is damaged, so none can be made anew."
        )
        print("Start Whimbrel to mend the memory; they go with the next good backup.")


def _by_kind(gone: Amounts) -> Iterable[tuple[str, Amount]]:
    found = ((kind, getattr(gone, kind)) for kind in KINDS)
    return ((kind, amount) for kind, amount in found if amount.count)


def _day(milliseconds: int) -> str:
    return f"{datetime.fromtimestamp(milliseconds / 1000).astimezone():%Y-%m-%d}"


def _size(count: int) -> str:
    if count < _STEP:
        return f"{count} B"
    return f"{count / _STEP:,.0f} KB" if count < _STEP * _STEP else f"{count / _STEP / _STEP:,.1f} MB"
