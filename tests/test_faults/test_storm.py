"""A thousand devices that come back together: what reaches the collector stays near what it can answer."""

from __future__ import annotations

import pytest
from storm import Storm

DEVICES = 1000


@pytest.mark.parametrize("capacity", [8.0, 20.0, 100.0])
@pytest.mark.parametrize("batches", [1, 4, 12])
def test_attempts_stay_below_twice_the_capacity(batches: int, capacity: float) -> None:
    storm = Storm(DEVICES, batches, capacity).run()
    assert storm.peak <= 2.0
    assert storm.longer <= 3.5, "nobody waits much longer for being asked to come later"
    assert sum(storm.attempts.values()) == DEVICES * batches + storm.sent_away
