"""How a serving process shares its time between the event loop, its threads and Python's own tidying."""

from __future__ import annotations

import gc

TURN_S = 0.001  # Python's own 5 ms, for each thread that works, would hold up the loop
_GARBAGE_AFTER = 10_000  # Python's own 700 objects are less than one batch of records


def tidy_seldom() -> None:
    """What was made to start with stays to the end: Python's collector need not look through it again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE_AFTER)
