"""Distinct pictures and sessions of any range of hours, as a sum.

Answers about a picture in an hour are a visit. Of each hour it is counted how many pictures were visited in
it, by the hour of their next visit (`FOREVER`: none). The distinct pictures of a range are those with a last
visit in it: the sum over its hours of those whose next visit is after the range.
The same for sessions, and within each slice of model version and backend.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

import apsw

from store.local.connection import number_array
from store.local.figures.groups import Groups
from store.local.figures.units import FOREVER

Subject = int | str  # a picture's number, a session's id
Visit = tuple[Subject, int, int]  # subject, start of the hour, group
_Own = dict[tuple[int, int], int]  # (start, group) of one subject: how often
_Changes = Counter[tuple[str, str, int, int]]

_KNOWN = "SELECT subject, start, grp, n FROM figure_visit WHERE subject IN carray(?)"
_PUT = "INSERT OR REPLACE INTO figure_visit VALUES (?, ?, ?, ?)"
_DROP = "DELETE FROM figure_visit WHERE subject = ? AND start = ? AND grp = ?"
_COUNT = """
INSERT INTO figure_distinct VALUES (?, ?, ?, ?, ?)
ON CONFLICT (what, slice, start, following) DO UPDATE SET n = n + excluded.n
"""
_EMPTY = """
DELETE FROM figure_distinct WHERE what = ? AND slice = ? AND start = ? AND following = ? AND n = 0
"""


def write(connection: apsw.Connection, groups: Groups, visits: Mapping[Visit, int]) -> None:
    """Adds visits, or takes those away that are negative."""
    by_subject: dict[Subject, _Own] = {}
    for (subject, start, group), n in visits.items():
        by_subject.setdefault(subject, {})[start, group] = n
    known = _known(connection, by_subject)
    rows: list[tuple[Subject, int, int, int]] = []
    changes: _Changes = Counter()
    first: Counter[tuple[str, int, int]] = Counter()
    for subject, change in by_subject.items():
        what = "picture" if isinstance(subject, int) else "session"
        before = known.get(subject)
        if before is None and len(change) == 1 and min(change.values()) > 0:  # as most pictures are
            ((start, group), n) = next(iter(change.items()))
            first[what, start, group] += 1
            rows.append((subject, start, group, n))
            continue
        after = _merged(before or {}, change)
        rows += [(subject, *key, after.get(key, 0)) for key in change]
        if (before or {}).keys() != after.keys():
            _compare(groups, what, before or {}, after, changes)
    for (what, start, group), n in first.items():
        for name in groups.slices(group):
            changes[what, name, start, FOREVER] += n
    _write_visits(connection, rows)
    connection.executemany(_COUNT, [(*key, n) for key, n in changes.items() if n])
    connection.executemany(_EMPTY, [key for key, n in changes.items() if n < 0])


def _known(connection: apsw.Connection, subjects: Iterable[Subject]) -> dict[Subject, _Own]:
    found: dict[Subject, _Own] = {}
    pictures = tuple(subject for subject in subjects if isinstance(subject, int))
    sessions = tuple(subject for subject in subjects if isinstance(subject, str))
    arrays = []
    if pictures:
        arrays.append(number_array(pictures))
    if sessions:
        arrays.append(apsw.carray(sessions, flags=apsw.SQLITE_CARRAY_TEXT))
    for array in arrays:
        for subject, start, group, n in connection.execute(_KNOWN, (array,)):
            found.setdefault(subject, {})[start, group] = n
    return found


def _merged(before: _Own, change: _Own) -> _Own:
    after = dict(before)
    for key, n in change.items():
        after[key] = after.get(key, 0) + n
    return {key: n for key, n in after.items() if n > 0}


def _write_visits(connection: apsw.Connection, rows: list[tuple[Subject, int, int, int]]) -> None:
    connection.executemany(_PUT, [row for row in rows if row[3] > 0])
    connection.executemany(_DROP, [row[:3] for row in rows if row[3] <= 0])


def _compare(groups: Groups, what: str, before: _Own, after: _Own, changes: _Changes) -> None:
    for own, sign in ((before, -1), (after, 1)):
        for name, start, following in _followings(groups, own):
            changes[what, name, start, following] += sign


def _followings(groups: Groups, own: _Own) -> Iterator[tuple[str, int, int]]:
    """(slice, hour, next hour in this slice) of every hour in which a subject was visited."""
    hours: dict[str, set[int]] = {}
    for start, group in own:
        for name in groups.slices(group):
            hours.setdefault(name, set()).add(start)
    for name, starts in hours.items():
        ordered = sorted(starts)
        for start, following in zip(ordered, [*ordered[1:], FOREVER], strict=True):
            yield name, start, following
