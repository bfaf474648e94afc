"""Pictures to which people gave different labels, and how the team settled each.

A settlement is kept with who and when, also after it was undone; of a picture at most one stands. Labels that
are synonyms of one (`store.collector.labels`) do not differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from store.clock import Clock
from store.collector.audit import Audit
from store.collector.database import CollectorDatabase, Session
from store.collector.errors import NotThere, WrongEntry
from store.ids import IdMaker

PAGE = 100
_SAID = """
SELECT last_word.picture, coalesce(means.label, last_word.named) AS named, last_word.device_id,
    last_word.said_at
FROM last_word LEFT JOIN label_synonym AS means ON means.synonym = last_word.named
WHERE last_word.picture IS NOT NULL AND last_word.named IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM settlement WHERE settlement.picture = last_word.picture AND undone_at IS NULL
)
"""
_OPEN = f"""
SELECT picture, count(DISTINCT named), min(named), max(named), count(DISTINCT device_id), max(said_at)
FROM ({_SAID}) AS said WHERE picture > ?
GROUP BY picture HAVING count(DISTINCT named) > 1 ORDER BY picture LIMIT ?
"""  # noqa: S608 - our own text
_HOW_MANY = f"""
SELECT count(*) FROM (
    SELECT picture FROM ({_SAID}) AS said GROUP BY picture HAVING count(DISTINCT named) > 1
) AS differing
"""  # noqa: S608
_OF_PICTURE = """
SELECT device.name, coalesce(means.label, last_word.named), last_word.named, last_word.word, last_word.answer,
    last_word.model_version, last_word.said_at, last_word.blind
FROM last_word JOIN device ON device.id = last_word.device_id
LEFT JOIN label_synonym AS means ON means.synonym = last_word.named
WHERE last_word.picture = ? ORDER BY last_word.said_at DESC, device.name
"""
_SETTLED = """
SELECT id, picture, label, settled_by, settled_at, undone_by, undone_at FROM settlement
"""
_STANDING = _SETTLED + "WHERE picture = ? AND undone_at IS NULL"
_NEWEST = _SETTLED + "ORDER BY id DESC LIMIT ?"
_MEANS = "SELECT label FROM label_synonym WHERE synonym = ?"
_ADD = """
INSERT INTO settlement (id, picture, label, settled_by, settled_at) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (picture) WHERE undone_at IS NULL DO NOTHING
"""
_UNDO = "UPDATE settlement SET undone_by = ?, undone_at = ? WHERE id = ? AND undone_at IS NULL"
_WHICH = "SELECT picture FROM settlement WHERE id = ?"
_PART = "event JOIN event_part ON event_part.device_id = event.device_id AND event_part."
_OWN, _LATER = (
    f"{_PART}event_id = event.event_id",
    f"{_PART}about = event.event_id",
)  # an attachment's comes later
_OF_ONE = "WHERE event.picture = ? AND event_part.part = 'crop' LIMIT 1"
_CROPS = tuple(f"SELECT event_part.body FROM {parts} {_OF_ONE}" for parts in (_OWN, _LATER))  # noqa: S608
_WITH_CROP = tuple(
    f"SELECT DISTINCT event.picture FROM {parts} WHERE event_part.part = 'crop' AND event.picture "  # noqa: S608
    for parts in (_OWN, _LATER)
)


class Disagreement(msgspec.Struct, frozen=True):
    """One picture (its SHA-256) to which people gave different labels, two of them named."""

    picture: bytes
    labels: int
    one: str
    other: str
    devices: int
    said_at: int


class Claim(msgspec.Struct, frozen=True):
    """What one device's user last said of the picture: `label` is what `named` counts as, None where nothing
    was named; `answer` is the model's."""

    device: str
    label: str | None
    named: str | None
    word: str
    answer: str | None
    model_version: str | None
    said_at: int
    blind: int


class Settlement(msgspec.Struct, frozen=True):
    """One decision; a `label` of None is "can't be told"."""

    id: bytes
    picture: bytes
    label: str | None
    settled_by: str
    settled_at: int
    undone_by: str | None
    undone_at: int | None


class Case(msgspec.Struct, frozen=True):
    """All that was said of one picture, the different labels in it with how many said each, the most first,
    and the settlement that stands."""

    picture: bytes
    claims: list[Claim]
    labels: list[tuple[str, int]]
    settlement: Settlement | None


class Settling:
    """Shows what differs, and keeps what the team decides."""

    def __init__(self, database: CollectorDatabase, clock: Clock, ids: IdMaker, audit: Audit) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self._audit = audit

    def differing(self, after: bytes = b"", limit: int = PAGE) -> list[Disagreement]:
        """Pictures that nobody settled, in the order of their hashes, behind `after`."""
        with self._database.read() as session:
            return [Disagreement(*row) for row in session.rows(_OPEN, (after, limit))]

    def how_many(self) -> int:
        """How many those are in all."""
        with self._database.read() as session:
            return int(session.rows(_HOW_MANY)[0][0])

    def next(self, after: bytes = b"") -> bytes | None:
        """The picture behind `after`, the first one after the last; None where all is settled."""
        found = self.differing(after, 1) or self.differing(b"", 1)
        return found[0].picture if found else None

    def case(self, picture: bytes) -> Case:
        """What was said of a picture. Raises NotThere."""
        with self._database.read() as session:
            claims = [Claim(*row) for row in session.rows(_OF_PICTURE, (picture,))]
            standing = _standing(session, picture)
        if not claims:
            raise NotThere("Nobody has said anything of this picture, or it was erased.")
        counts: dict[str, int] = {}
        for claim in claims:
            if claim.label is not None:
                counts[claim.label] = counts.get(claim.label, 0) + 1
        labels = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        return Case(picture, claims, labels, standing)

    def settle(self, picture: bytes, label: str | None, who: str) -> Settlement:
        """Decides what the picture shows; None: that it can't be told.

        Raises NotThere, and WrongEntry where somebody else has decided meanwhile.
        """
        self.case(picture)
        with self._database.write() as session:
            means = session.rows(_MEANS, (label,)) if label is not None else []
            decided = means[0][0] if means else label
            row = (self._ids.new(), picture, decided, who, self._clock.now_ms())
            if session.change(_ADD, row) == 0:
                raise _meanwhile(_standing(session, picture))
            self._audit.note(session, who, "settled", {"picture": picture.hex(), "label": decided})
            return Settlement(*row, None, None)

    def undo(self, settlement_id: bytes, who: str) -> bytes:
        """Takes a settlement back, which stays on the list as undone. The picture. Raises NotThere."""
        with self._database.write() as session:
            if session.change(_UNDO, (who, self._clock.now_ms(), settlement_id)) == 0:
                raise NotThere("There is no such settlement, or it was undone before.")
            ((picture,),) = session.rows(_WHICH, (settlement_id,))
            self._audit.note(session, who, "settlement-undone", {"picture": bytes(picture).hex()})
            return bytes(picture)

    def settled(self, limit: int = PAGE) -> list[Settlement]:
        """The newest decisions, undone ones too."""
        with self._database.read() as session:
            return [Settlement(*row) for row in session.rows(_NEWEST, (limit,))]

    def with_crop(self, pictures: Sequence[bytes]) -> set[bytes]:
        """Those of these of which there is a small picture."""
        if not pictures:
            return set()
        with self._database.read() as session:
            found: set[bytes] = set()
            for statement in _WITH_CROP:
                rows = session.rows(statement + session.dialect.among, (session.array(pictures),))
                found |= {bytes(picture) for (picture,) in rows}
        return found

    def crop(self, picture: bytes) -> bytes | None:
        """The small picture, where a device's user agreed to share it."""
        with self._database.read() as session:
            for statement in _CROPS:
                for (body,) in session.rows(statement, (picture,)):
                    return bytes(body)
        return None


def _standing(session: Session, picture: bytes) -> Settlement | None:
    rows: list[Any] = session.rows(_STANDING, (picture,))
    return Settlement(*rows[0]) if rows else None


def _meanwhile(standing: Settlement | None) -> WrongEntry:
    what = (
        "as one that can't be told"
        if standing is None or standing.label is None
        else f"as “{standing.label}”"
    )
    who = "Somebody" if standing is None else standing.settled_by
    return WrongEntry(
        f"{who} has settled this picture meanwhile, {what}.", "Undo that first to settle it anew."
    )
