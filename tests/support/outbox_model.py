"""What the outbox ought to be, kept by the simplest means, to hold the real one against.

A record is in one state; `absorb` compares with what a database shows. Only what the caps let go is taken
from there, and checked: nobody says when, but in which order, why, and that each is accounted for once.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from local_records import uuid_bytes
from outbox_accounts import accounts

from store.local.database import Database
from store.local.outbox_rows import ACKED, DEAD, LEASED, READY

DAY = 24 * 3600
QUEUED = {"ready": READY, "leased": LEASED, "acked": ACKED, "dead": DEAD}
DROPPED = ("size", "age", "erased", "discarded")


class Made(NamedTuple):
    """A record that the page made: `number` is the page's own, `about` and `retracts` those of others."""

    number: int
    kind: str
    about: int | None = None
    wrong: bool = False
    retracts: int | None = None


class Seen(NamedTuple):
    """What a database shows."""

    rows: dict[int, int]
    runs: list[tuple[int, int, str]]
    ids: dict[int, bytes]
    sizes: dict[int, int]
    told: dict[str, object]


def look(database: Database) -> Seen:
    """Everything about the queue, from one snapshot."""
    with database.read() as db:
        rows = dict(db.execute_sql("SELECT seq, state FROM outbox").fetchall())
        runs = db.execute_sql("SELECT from_seq, to_seq, reason FROM outbox_drop").fetchall()
        records = db.execute_sql("SELECT number, id, octet_length(payload) FROM record").fetchall()
        told = accounts(database)
    ids = {number: bytes(one) for number, one, _ in records}
    return Seen(rows, list(runs), ids, {number: size for number, _, size in records}, told)


@dataclass
class Model:
    """`records`, `state` and `born` (seconds of true time) by seq; `taken_back` and `unsaid` by number."""

    records: dict[int, Made] = field(default_factory=dict)
    state: dict[int, str] = field(default_factory=dict)
    born: dict[int, float] = field(default_factory=dict)
    erased: set[int] = field(default_factory=set)
    confirmed: set[int] = field(default_factory=set)
    taken_back: set[int] = field(default_factory=set)
    unsaid: set[int] = field(default_factory=set)
    next_seq: int = 1

    def admit(self, batch: list[Made], now: float) -> None:
        """A batch was stored; what was there already is not stored again, also when it was erased since."""
        there = {self.records[seq].number for seq in self.records if seq not in self.erased}
        for made in batch:
            if made.number in there:
                continue
            there.add(made.number)
            self.records[self.next_seq] = made
            self.state[self.next_seq] = "ready"
            self.born[self.next_seq] = now
            self.next_seq += 1
            self.unsaid.discard(made.number)
            if made.retracts is not None:
                self.taken_back.add(made.retracts)

    def in_state(self, *states: str) -> list[int]:
        """The records in one of these states, in the order of the queue."""
        return [seq for seq in sorted(self.state) if self.state[seq] in states]

    def move(self, seqs: list[int], state: str) -> None:
        """Puts records into a state."""
        self.state.update(dict.fromkeys(seqs, state))

    def erase(self, seqs: list[int]) -> None:
        """Records are deleted, and with them what the user said in them."""
        for seq in seqs:
            self.erased.add(seq)
            self.unsaid.add(self.records[seq].number)
            if self.state[seq] == "acked":
                self.state[seq] = "left"
            elif self.state[seq] in QUEUED:
                self.state[seq] = "erased"

    def protected(self, seq: int) -> bool:
        """Whether a standing correction is about this, or this takes one back."""
        made = self.records[seq]
        return made.retracts is not None or (made.about or made.number) in self._corrected()

    def _corrected(self) -> set[int]:
        gone = self.taken_back | self.unsaid
        said = [made for made in self.records.values() if made.wrong and made.number not in gone]
        return {made.about or made.number for made in said}

    def absorb(self, seen: Seen, max_bytes: int, now: float) -> None:
        """Takes over what the caps let go since, and fails where the database is not as it should be."""
        runs = [seq for first, last, _ in seen.runs for seq in range(first, last + 1)]
        runs += self.confirmed
        assert len(runs) == len(set(runs)), "a dropped record is in two runs"
        reasons = {seq: why for first, last, why in seen.runs for seq in range(first, last + 1)}
        self._let_go(seen, reasons, max_bytes, now)
        assert seen.rows == {seq: QUEUED[self.state[seq]] for seq in self.in_state(*QUEUED)}
        assert set(runs) == set(self.in_state(*DROPPED)), "drops and runs differ"
        assert all(self.state[seq] == why for seq, why in reasons.items())
        there = {seq: made for seq, made in self.records.items() if seq not in self.erased}
        assert seen.ids == {seq: uuid_bytes(made.number) for seq, made in there.items()}
        self._compare_accounts(seen)

    def _let_go(self, seen: Seen, reasons: dict[int, str], max_bytes: int, now: float) -> None:
        gone = [seq for seq in self.in_state("ready", "acked") if seq not in seen.rows]
        left = [seq for seq in gone if self.state[seq] == "acked"]
        size = [seq for seq in gone if reasons.get(seq) == "size"]
        age = [seq for seq in gone if reasons.get(seq) == "age"]
        assert sorted(left + size + age) == gone, "something left the queue and nobody says why"
        held = sum(seen.sizes[seq] for seq in self.in_state("ready", "leased", "acked"))
        assert held > max_bytes or not size
        assert held > max_bytes or all(self._old(seq, now) for seq in left)
        assert all(self._old(seq, now) and not self.protected(seq) for seq in age)
        self.move(left, "left")
        self.move(size, "size")
        self.move(age, "age")
        self._check_order(size)

    def _old(self, seq: int, now: float) -> bool:
        return now - self.born[seq] >= 90 * DAY

    def _check_order(self, size: list[int]) -> None:
        """Accepted first, then the oldest without a correction, corrections when nothing else is left."""
        if not size:
            return
        assert not self.in_state("acked"), "dropped although accepted ones were left"
        staying = [seq for seq in self.in_state("ready") if not self.protected(seq)]
        corrections = [seq for seq in size if self.protected(seq)]
        plain = [seq for seq in size if not self.protected(seq)]
        assert not (corrections and staying), "a correction went before what has none"
        assert not (plain and staying) or max(plain) < min(staying), "a younger one went first"
        kept = [seq for seq in self.in_state("ready") if self.protected(seq)]
        assert not (corrections and kept) or max(corrections) < min(kept), "a younger correction went first"

    def _compare_accounts(self, seen: Seen) -> None:
        dropped = Counter(self.state[seq] for seq in self.in_state(*DROPPED))
        expected = {
            "recorded": len(self.state),
            "accepted": len(self.in_state("acked", "left")),
            "waiting": len(self.in_state("ready", "leased")),
            "rejected": len(self.in_state("dead")),
            "bytes": sum(seen.sizes[seq] for seq in self.in_state("ready", "leased", "acked")),
            "dropped": dict(dropped),
        }
        assert seen.told == expected
