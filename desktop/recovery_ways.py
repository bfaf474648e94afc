"""What the recovery page and the command line offer, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from store.local.pending import Pending
from store.local.recovery import Recovery, Sound
from store.local.salvage import Tally
from webui.local.recovery_desk import BackupOffer, Way, Words

_CALM = Words("Whimbrel is putting another memory in place.", "This takes a moment; it opens by itself.")
_WORDS = {  # of the tables whose rows a person would miss; the others are bookkeeping
    "feedback": "of what you said of answers",
    "picture": "of what was known of pictures",
    "setting": "settings",
    "model_version": "model versions",
}


class RecoveryWays:
    """The three ways out for one data folder; `open_normally` puts Whimbrel in the place of the recovery."""

    def __init__(self, recovery: Recovery, open_normally: Callable[[], None]) -> None:
        self._recovery = recovery
        self._open = open_normally

    def happened(self) -> Words:
        """Why there is a choice to make."""
        pending = self._recovery.pending()
        return _CALM if pending is None else happened(self._recovery.data_dir, pending)

    def offer(self, cancelled: Callable[[], bool]) -> BackupOffer | None:
        """The newest sound backup, read through."""
        sound = self._recovery.newest_sound(cancelled)
        return None if sound is None else offer(sound, self._recovery.pending())

    def carry_out(
        self,
        way: Way,
        backup: str | None,
        progress: Callable[[float], None],
        cancelled: Callable[[], bool],
    ) -> str:
        """Does it, puts the result in place and says what came of it."""
        outcome = carry_out(self._recovery, way, backup, progress, cancelled)
        self._recovery.put_in_place()
        return outcome

    def open(self) -> None:
        """Opens Whimbrel as usual."""
        self._open()


def happened(data_dir: Path, pending: Pending) -> Words:
    """What happened, why, and where the file is."""
    return Words(
        "Whimbrel's memory was damaged.",
        "That happens when a disk fails or the power goes at a bad moment. "
        f"The damaged file is kept, unchanged, in {data_dir / pending.folder}.",
    )


def offer(sound: Sound, pending: Pending | None) -> BackupOffer:
    """A backup with what would be missing."""
    missing = "What was recorded after that is not in it."
    if pending is not None and pending.records is not None:
        count = max(0, pending.records - sound.facts.records)
        missing = (
            f"About {count:,} later {_records(count)} would be missing." if count else "Nothing is missing."
        )
    return BackupOffer(sound.backup.name, sound.backup.made_at, sound.facts.records, missing)


def carry_out(
    recovery: Recovery,
    way: Way,
    backup: str | None,
    progress: Callable[[float], None],
    cancelled: Callable[[], bool],
) -> str:
    """Prepares what the way says; the caller puts it in place. Raises StoreError, GivenUp."""
    if way == "fresh":
        recovery.prepare_fresh()
        return "A fresh, empty memory is in place."
    if way == "salvage":
        return salvaged(recovery.prepare_salvage(recovery.set_aside(), progress, cancelled))
    chosen = recovery.named(backup) if backup is not None else recovery.newest().backup
    facts = recovery.prepare_restore(chosen, progress, cancelled)
    made = datetime.fromtimestamp(chosen.made_at / 1000).astimezone()
    count = facts.records
    return f"The backup of {made:%d %B %Y, %H:%M} with {count:,} {_records(count)} is in place."


def salvaged(tallies: Sequence[Tally]) -> str:
    """How many records came over and how many did not; then what else was lost."""
    by_name = {tally.table: tally for tally in tallies}
    record = by_name.get("record", Tally("record", 0, 0, False))
    lost = f"{record.lost:,} could not be read" if record.lost else "none was lost"
    about = "" if record.exact or not record.lost else "about "
    said = f"{record.copied:,} {_records(record.copied)} came over; {about}{lost}."
    others = [f"{one.lost:,} {_WORDS[one.table]}" for one in tallies if one.lost and one.table in _WORDS]
    return f"{said} Also lost: {', '.join(others)}." if others else said


def _records(count: int) -> str:
    return "record" if count == 1 else "records"
