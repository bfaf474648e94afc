"""What a retention would take: every rule brought down to record numbers, so that it means the same later.

A record's number says when it arrived, whatever the clocks said. A plan is a handful of numbers; what arrives
after it has greater ones, so a run takes what the preview showed and nothing that came since. What the user
checks between the two is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import msgspec

from store.local.connection import LocalDatabase
from store.local.retention.policy import MEGABYTE, Rule

DAY_MS = 86_400_000

CHECKED = """
EXISTS (SELECT 1 FROM feedback WHERE feedback.inference_id = record.id AND feedback.retracted_by IS NULL)
"""
PICTURE_CHECKED = """
EXISTS (SELECT 1 FROM feedback WHERE feedback.picture = picture.number AND feedback.retracted_by IS NULL)
"""
LAST_RECORD = "(SELECT max(record.number) FROM record WHERE record.picture = picture.number)"

_ANSWERS = f"""
SELECT record.number, octet_length(record.payload), {CHECKED} FROM record
WHERE record.kind = 'inference' ORDER BY record.number
"""  # noqa: S608 - our own words
_EMBEDDINGS = f"""
SELECT record.number, octet_length(embedding.vector), {CHECKED} FROM embedding
JOIN record ON record.number = embedding.record ORDER BY embedding.record
"""  # noqa: S608
_IMAGES = """
SELECT {last} AS last, octet_length({column}), {checked} FROM picture
WHERE {column} IS NOT NULL ORDER BY last
"""
_TOTALS = {
    "answers": "SELECT coalesce(sum(octet_length(payload)), 0) FROM record WHERE kind = 'inference'",
    "embeddings": "SELECT bytes FROM figure_storage WHERE kind = 'embeddings'",
    "thumbnails": "SELECT bytes FROM figure_storage WHERE kind = 'thumbnails'",
    "crops": "SELECT bytes FROM figure_storage WHERE kind = 'crops'",
}


class Reach(msgspec.Struct, frozen=True, rename="camel"):
    """How far a rule reaches: unchecked things through one record number, checked ones through another."""

    through: int = 0
    checked_through: int = 0

    def joined(self, other: Reach) -> Reach:
        """As far as either."""
        return Reach(max(self.through, other.through), max(self.checked_through, other.checked_through))


class Plan(msgspec.Struct, frozen=True, rename="camel"):
    """How far each rule reaches. A plan of nothing but zeros takes nothing."""

    answers: Reach = Reach()
    events: Reach = Reach()
    waiting: Reach = Reach()
    embeddings: Reach = Reach()
    thumbnails: Reach = Reach()
    crops: Reach = Reach()

    def numbers(self) -> dict[str, int]:
        """The numbers by name, as the statements that carry the plan out take them."""
        found = {f"{name}_checked": getattr(self, name).checked_through for name in self.__struct_fields__}
        return found | {name: getattr(self, name).through for name in self.__struct_fields__}


def make_plan(db: LocalDatabase, rules: Sequence[Rule], older_than: Callable[[int], int]) -> Plan:
    """The plan of these rules in this snapshot. `older_than(ms)` gives the last record number of that age."""
    reaches = {}
    for rule in rules:
        by_age = Reach(0 if rule.days is None else older_than(rule.days * DAY_MS))
        by_size = Reach() if rule.megabytes is None else _by_size(db, rule.kind, rule.megabytes * MEGABYTE)
        reaches[rule.kind] = by_age.joined(by_size)
    return Plan(**reaches)


def _by_size(db: LocalDatabase, kind: str, limit: int) -> Reach:
    """How far to go for no more than `limit` bytes to stay: through the oldest unchecked things first."""
    surplus = int(db.execute_sql(_TOTALS[kind]).fetchone()[0]) - limit
    if surplus <= 0:
        return Reach()
    through, surplus = _through(_oldest(db, kind, checked=False), surplus)
    checked_through = 0
    if surplus > 0 and kind != "answers":
        checked_through, _ = _through(_oldest(db, kind, checked=True), surplus)
    return Reach(through, checked_through)


def _through(things: Iterator[tuple[int, int]], surplus: int) -> tuple[int, int]:
    last = 0
    for number, size in things:
        if surplus <= 0 and number != last:
            break
        last = number
        surplus -= size
    return last, surplus


def _oldest(db: LocalDatabase, kind: str, *, checked: bool) -> Iterator[tuple[int, int]]:
    statement = {"answers": _ANSWERS, "embeddings": _EMBEDDINGS}.get(kind) or _IMAGES.format(
        last=LAST_RECORD, checked=PICTURE_CHECKED, column="thumbnail" if kind == "thumbnails" else "crop"
    )
    rows: Any = db.connection().execute(statement)
    return ((number, size) for number, size, is_checked in rows if bool(is_checked) is checked)
