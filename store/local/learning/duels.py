"""A version at work and one in the shadow over the same pictures, as counts, and what these prove.

Both have answered the same pictures, so only those that one of them got right alone tell them apart.
"""

from __future__ import annotations

import math
import statistics

import apsw
from msgspec import Struct

from store.local.connection import rows_of
from store.local.database import Database
from store.local.learning.label_book import mapping_of
from store.local.learning.label_mapping import LabelMapping
from store.local.learning.shadow_rows import Compared, compared

PROOF = 20.0  # at this evidence a claim is wrong in one case of 20 at most
_TIMED = 200
_TIMES = """
SELECT json_extract(payload, '$.totalTime') FROM record
WHERE kind = 'inference' AND model_version = ? ORDER BY recorded_at DESC LIMIT ?
"""


class Duel(Struct, frozen=True):
    """Of `pictures` that both answered, how often each was right on those that the user judged."""

    pictures: int = 0
    both: int = 0
    only_at_work: int = 0
    only_shadow: int = 0
    neither: int = 0

    @property
    def judged(self) -> int:
        """Of how many the user has said what they are."""
        return self.both + self.only_at_work + self.only_shadow + self.neither


class Duels:
    """Reads duels from the memory."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, at_work: str, shadow: str) -> Duel:
        """All that the version `shadow` answered in the shadow of the version `at_work`."""
        with self._database.read() as db:
            connection = db.connection()
            rows, mapping = compared(connection, shadow), mapping_of(connection)
        return _counted([row for row in rows if row.version == at_work], mapping)

    def median_ms(self, version_id: str) -> float | None:
        """From a picture's file to its answer, of the last 200; None without one."""
        with self._database.read() as db:
            return _median(db.connection(), version_id)


def evidence(won: int, lost: int) -> float:
    """How strongly wins and losses speak for the claim that a win is likelier than a loss.

    An e-value: while the claim is false it is 1 at most on average, however often one looks, so that it ever
    reaches 20 in one case of 20 at most (Ville's inequality). It is the mean likelihood ratio against evens
    over all chances p in (1/2, 1): 2 times the integral of (2 p)^won (2 (1 - p))^lost dp. Source: A. Ramdas
    et al., "Game-theoretic statistics and safe anytime-valid inference", Stat Sci 38 (2023) 576.
    """
    n = won + lost
    # the incomplete beta integral over (1/2, 1), as a binomial tail: P(Bin(n + 1, 1/2) <= won)
    tail = sum(math.comb(n + 1, k) for k in range(won + 1))
    return tail / ((n + 1) * math.comb(n, won))


def _counted(rows: list[Compared], mapping: LabelMapping) -> Duel:
    counts = {(True, True): 0, (True, False): 0, (False, True): 0, (False, False): 0}
    for row in rows:
        truth = row.label if row.is_correct == 1 else row.corrected
        if truth is not None:
            named = mapping.of(truth)
            counts[mapping.of(row.label) == named, mapping.of(row.other) == named] += 1
    return Duel(
        pictures=len(rows),
        both=counts[True, True],
        only_at_work=counts[True, False],
        only_shadow=counts[False, True],
        neither=counts[False, False],
    )


def _median(connection: apsw.Connection, version_id: str) -> float | None:
    found = [ms for (ms,) in rows_of(connection, _TIMES, (version_id, _TIMED)) if ms is not None]
    return statistics.median(found) if found else None
