"""The user's last word on each answer, counted in the hour of the answer, whenever it was said.

What was counted for an answer is kept in `figure_word`, so that a later word, or one taken back, replaces it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import apsw

from store.local.connection import id_array
from store.local.figures.groups import Groups
from store.local.figures.sums import CountKey, Sums
from store.local.figures.units import HOUR, floor_to

CORRECTED = "corrected"
WORDS = {1: "right", 0: "wrong", None: "unsure"}
_LAST = """
SELECT inference_id, is_correct, corrected_label IS NOT NULL FROM feedback
WHERE inference_id IN carray(?) AND retracted_by IS NULL ORDER BY recorded_at, id
"""
_COUNTED = "SELECT inference_id, start, grp, word, corrected FROM figure_word WHERE inference_id IN carray(?)"
_PLACES = """
SELECT id, recorded_at, model_version, backend FROM record WHERE id IN carray(?) AND kind = 'inference'
"""
_PUT = "INSERT OR REPLACE INTO figure_word VALUES (?, ?, ?, ?, ?)"
_DROP = "DELETE FROM figure_word WHERE inference_id = ?"


class _Counted(NamedTuple):
    start: int
    group: int
    word: str
    corrected: int


def recount(
    connection: apsw.Connection, groups: Groups, sums: Sums, inference_ids: Collection[bytes]
) -> None:
    """Counts the present word on each of these answers in place of the one that was counted before."""
    if not inference_ids:
        return
    ids = id_array(inference_ids)
    last = {
        bytes(about): (WORDS[is_correct], corrected)
        for about, is_correct, corrected in connection.execute(_LAST, (ids,))
    }
    counted = _counted(connection, ids)
    places = {about: (one.start, one.group) for about, one in counted.items()}
    places |= _places(connection, groups, last.keys() - counted.keys())
    for about in {*last, *counted}:
        if about in places:
            _change(
                connection,
                sums,
                about,
                counted.get(about),
                _Counted(*places[about], *last[about]) if about in last else None,
            )


def forget(connection: apsw.Connection, sums: Sums, inference_ids: Collection[bytes]) -> None:
    """Takes away what was counted for answers that are about to go."""
    if inference_ids:
        for about, before in _counted(connection, id_array(inference_ids)).items():
            _change(connection, sums, about, before, None)


def _counted(connection: apsw.Connection, ids: apsw.CArrayBinding) -> dict[bytes, _Counted]:
    return {bytes(about): _Counted(*rest) for about, *rest in connection.execute(_COUNTED, (ids,))}


def _places(
    connection: apsw.Connection, groups: Groups, inference_ids: Iterable[bytes]
) -> dict[bytes, tuple[int, int]]:
    """Hour and group of answers; none for those that have not arrived, which are looked at when they do."""
    wanted = tuple(inference_ids)
    if not wanted:
        return {}
    rows: Iterable[tuple[Any, ...]] = connection.execute(_PLACES, (id_array(wanted),))
    return {
        bytes(about): (floor_to(HOUR, recorded_at), groups.number(version, backend))
        for about, recorded_at, version, backend in rows
    }


def _change(
    connection: apsw.Connection, sums: Sums, about: bytes, before: _Counted | None, after: _Counted | None
) -> None:
    if before == after:
        return
    for one, sign in ((before, -1), (after, 1)):
        if one is not None:
            sums.counts[CountKey(one.start, one.word, one.group, "")] += sign
            if one.corrected:
                sums.counts[CountKey(one.start, CORRECTED, one.group, "")] += sign
    if after is None:
        connection.execute(_DROP, (about,))
    else:
        connection.execute(_PUT, (about, *after))
