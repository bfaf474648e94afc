"""The fault suite of the store with few cases; `dev.py faults store` runs the same code with thousands.

A failure says the seed: `dev.py faults store --case PART:SEED:CASES` does the same again.
"""

from __future__ import annotations

import pytest
from fault_suite.parts import PARTS, Part, Workplace
from fault_suite.surroundings import NOT_ALLOWED

SEED = "7-0"
CASES = {
    "kill-http": 12,
    "kill-program": 1,
    "kill-store": 4,
    "power-ingest": 40,
    "power-checkpoint": 25,
    "power-migration": 25,
    "power-backup": 25,
}
ROUNDS = {"second-instance": 1, "read-only": 1, "small-disk": 2}


@pytest.mark.parametrize("part", PARTS, ids=lambda part: part.name)
def test_nothing_answered_for_is_lost_doubled_or_halved(part: Part, place: Workplace) -> None:
    wanted = CASES.get(part.name, 0)
    if wanted:
        tally = part.carry_out(place, SEED, wanted)
        assert tally.good, f"--case {part.name}:{SEED}:{wanted} {tally.verdict} {tally.notes}"
        assert tally.cases == wanted
        return
    tallies = [part.carry_out(place, f"{SEED}{number}", 1) for number in range(ROUNDS.get(part.name, 5))]
    bad = [f"--case {part.name}:{SEED}{n}:1 {tally}" for n, tally in enumerate(tallies) if not tally.good]
    assert bad == []
    if NOT_ALLOWED in tallies[0].remarks:
        pytest.skip(NOT_ALLOWED)
    assert sum(tally.cases for tally in tallies) > 0, "no case was one"
