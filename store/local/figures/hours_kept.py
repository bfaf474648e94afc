"""How many hours of the server's figures are kept: counted in hours that have any, never by a clock.

Each measurement is in the day's row, too, and those stay: what goes is how it was spread over the hours of a
day long ago. The first day keeps its hours, since a window of everything begins within it.
"""

from __future__ import annotations

from typing import Any

import apsw

from store.local.figures.units import DAY, HOUR, floor_to

HOURS_KEPT = 4400  # of the longest window (90 days) and the one before it all hours, and some more

# Looks up one hour after the other by the key, instead of reading every row.
_CUT = """
WITH RECURSIVE hour (start) AS (
    SELECT max(start) FROM figure_timing WHERE unit = :unit
    UNION ALL
    SELECT (SELECT max(start) FROM figure_timing WHERE unit = :unit AND start < hour.start)
    FROM hour WHERE hour.start IS NOT NULL LIMIT :kept
)
SELECT min(start) FROM hour
"""
_FIRST = "SELECT min(start) FROM figure_timing WHERE unit = ?"
_NEXT = "SELECT min(start) FROM figure_timing WHERE unit = ? AND start >= ? AND start < ?"
_REMOVE = "DELETE FROM figure_timing WHERE unit = ? AND start = ?"


def surplus_hour(connection: apsw.Connection, kept: int) -> int | None:
    """The start of the oldest hour (ms) that is one too many, None where none is."""
    cut: int | None = connection.execute(_CUT, {"unit": HOUR, "kept": kept}).get
    if cut is None:
        return None
    first: int = connection.execute(_FIRST, (HOUR,)).get
    found: Any = connection.execute(_NEXT, (HOUR, floor_to(DAY, first) + DAY, cut)).get
    return None if found is None else int(found)


def remove_hour(connection: apsw.Connection, start: int) -> None:
    """Removes the rows of one hour, inside a writer's transaction."""
    connection.execute(_REMOVE, (HOUR, start))
