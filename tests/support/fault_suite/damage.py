"""Faults that destroy what was durable already: the log deleted, cut off or changed, bits turned over.

No program can bring that back. The promise is another one: it is **noticed and said** (opening raises
DamagedStore with a sentence and an advice), what was damaged is set aside **as it was, nothing written over
it**, salvaging brings back what is whole, and what opens without a word holds every acknowledged record as
it was sent. So a case counts as

- **lost** (or doubled, partial) where the store opened in silence and an acknowledged record or what belongs
  to it is missing or another; where what was set aside is not, byte for byte, what the damage left; and where
  what was salvaged says something else than was sent, or says it twice;
- neither, where it was noticed (a remark tells how many batches could not be salvaged), or the damage hit
  nothing that matters (free pages, old frames of the log).

What belongs to a record (its embedding, small picture, word of the user, place in the outbox) counts as the
record does where the store opened in silence. Where damage was noticed, only the sums of the pages tell it of
those, and salvaging brings over what it can read: that is not judged.
"""

from __future__ import annotations

import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

from fault_suite.kills import CLIENTS
from fault_suite.nursery import Nursery
from fault_suite.verdict import Tally, judge, look_into
from fault_suite.workload import tags_of
from local_records import HandClock

from store.local.errors import DamagedStore, StoreError
from store.local.folder import FILE_NAME, enter
from store.local.opening import open_store
from store.local.recovery import Recovery

WAL = f"{FILE_NAME}-wal"
_ANSWERS = 40
Damage = Callable[[Path, random.Random], None]


def delete_log(folder: Path, _: random.Random) -> None:
    """The log is gone."""
    (folder / WAL).unlink()


def cut_log(folder: Path, rng: random.Random) -> None:
    """The log is shorter, by anything up to all of it."""
    log = folder / WAL
    with log.open("rb+") as handle:
        handle.truncate(rng.randint(0, log.stat().st_size - 1))


def flip_log(folder: Path, rng: random.Random) -> None:
    """One bit of the log is another."""
    flip(folder / WAL, rng)


def flip_file(folder: Path, rng: random.Random) -> None:
    """One bit of the database's own file is another."""
    flip(folder / FILE_NAME, rng)


def tear_file(folder: Path, rng: random.Random) -> None:
    """A sector of the database's own file holds something else."""
    file = folder / FILE_NAME
    with file.open("rb+") as handle:
        handle.seek(rng.randrange(file.stat().st_size // 512) * 512)
        handle.write(rng.randbytes(512))


def flip(file: Path, rng: random.Random) -> None:
    """Turns over one bit."""
    with file.open("rb+") as handle:
        place = rng.randrange(file.stat().st_size)
        handle.seek(place)
        byte = handle.read(1)[0]
        handle.seek(place)
        handle.write(bytes([byte ^ (1 << rng.randrange(8))]))


def killed(nursery: Nursery, folder: Path, rng: random.Random) -> set[int]:
    """Leaves a store in `folder` whose process was killed twice; returns the batches it had answered for."""
    acknowledged: set[int] = set()
    for cycle in range(2):
        child = nursery.fork("store", folder, cycle * 10_000, CLIENTS)
        acknowledged |= {int(child.line()) for _ in range(rng.randint(1, _ANSWERS))}
        child.send(signal.SIGKILL)
        acknowledged |= {int(line) for line in child.end()[1]}
    return acknowledged


def damaged_case(damage: Damage, nursery: Nursery, seed: str, folder: Path) -> Tally:
    """One case: a killed store, one damage, and the next start."""
    rng = random.Random(seed)
    tally = Tally(seed, cases=1)
    acknowledged = killed(nursery, folder, rng)
    if damage in (flip_file, tear_file):
        open_store(folder, HandClock()).close()  # all of it into the file
        enter(folder)
    damage(folder, rng)
    left = shutil.copytree(folder, folder.with_name("left"))
    try:
        open_store(folder, HandClock()).close()
    except DamagedStore as noticed:
        if not (noticed.sentence and noticed.advice):
            tally.notes.append(f"{seed}: no advice: {noticed}")
        if not _set_aside_unchanged(folder, left):
            tally.verdict.lost |= acknowledged
        _salvage(folder, tally, acknowledged)
        return tally
    found = look_into(folder / FILE_NAME)
    tally.verdict.add(judge(found, acknowledged))
    return tally


def _salvage(folder: Path, tally: Tally, acknowledged: set[int]) -> None:
    """Brings back what can be read: nothing of it twice, nothing of it with other words."""
    recovery = Recovery(folder, HandClock())
    try:
        recovery.prepare_salvage(recovery.set_aside())
    except StoreError as refused:  # the schema's own page: a backup is the way out, and it says so
        tally.remarks.append(f"{tally.seed}: noticed; {refused}")
        return
    recovery.put_in_place()
    open_store(folder, HandClock()).close()
    found = look_into(folder / FILE_NAME)
    told = judge(found, (), with_blobs=False)
    tally.verdict.doubled |= told.doubled
    tally.verdict.lost |= told.lost
    missing = sum(not all(found.records[tag] for tag in tags_of(batch)) for batch in acknowledged)
    if missing:
        tally.remarks.append(
            f"{tally.seed}: noticed; {missing} of {len(acknowledged)} batches were not salvaged"
        )


def _set_aside_unchanged(folder: Path, left: Path) -> bool:
    """Whether file and log lie in one folder as the damage left them; SQLite makes a log that is missing."""
    places = list(folder.glob("damaged-*"))
    if len(places) != 1:
        return False
    return all(
        not (left / name).exists() or (left / name).read_bytes() == (places[0] / name).read_bytes()
        for name in (FILE_NAME, WAL)
    )


DAMAGES: dict[str, Damage] = {
    "delete-log": delete_log,
    "cut-log": cut_log,
    "flip-log": flip_log,
    "flip-file": flip_file,
    "tear-file": tear_file,
}
