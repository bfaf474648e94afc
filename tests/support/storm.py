"""A thousand devices that find the network at the same moment, on a clock that is only counted on.

The real pieces decide when each comes (`return_after_s`, `backoff_s`, `retry_after_s`) and who is sent away
until when (`Crowd`); a batch takes the collector as long as its capacity says, one after the other.
"""

from __future__ import annotations

import heapq
import random
from collections import Counter
from dataclasses import dataclass, field

from store.sync.loop import return_after_s
from store.sync.retry_after import backoff_s, retry_after_s
from webui.collector.crowd import Crowd
from webui.problems import Problem

WINDOW_S = 10.0


@dataclass
class Storm:
    """`batches` wait at each of `devices`; the collector answers `capacity` batches a second."""

    devices: int
    batches: int
    capacity: float
    seed: int = 1
    now: float = 0.0
    attempts: Counter[int] = field(default_factory=Counter)
    sent_away: int = 0

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._crowd = Crowd(self._random.randrange, now=lambda: self.now)
        self._due: list[tuple[float, int, bool]] = []
        self._left = [self.batches] * self.devices
        self._failures = [0] * self.devices
        self._free_at = 0.0

    def run(self) -> Storm:
        """Until all is sent."""
        self._crowd._rate = self.capacity  # it was measured when they came last
        spread_s = self._crowd.spread_s(self.devices)
        for device in range(self.devices):
            self._come(device, return_after_s(spread_s, self._random.random))
        while self._due:
            self.now, device, answered = heapq.heappop(self._due)
            if answered:
                self._answered(device)
            else:
                self._tries(device)
        return self

    @property
    def peak(self) -> float:
        """The most attempts of any ten seconds, over what the collector answers in ten seconds."""
        return max(self.attempts.values()) / (WINDOW_S * self.capacity)

    @property
    def longer(self) -> float:
        """How long it took, over what it would have taken without a pause."""
        return self.now / (self.devices * self.batches / self.capacity)

    def _come(self, device: int, after_s: float, *, answered: bool = False) -> None:
        heapq.heappush(self._due, (self.now + after_s, device, answered))

    def _tries(self, device: int) -> None:
        self.attempts[int(self.now // WINDOW_S)] += 1
        try:
            self._crowd.enter()
        except Problem as problem:
            self.sent_away += 1
            self._failures[device] += 1
            asked_s = retry_after_s(problem.headers["Retry-After"], None, 0) or 0.0
            self._come(device, asked_s + backoff_s(self._failures[device], self._random.random))
            return
        self._free_at = max(self._free_at, self.now) + 1 / self.capacity
        self._come(device, self._free_at - self.now, answered=True)

    def _answered(self, device: int) -> None:
        self._crowd.leave()
        self._failures[device] = 0
        self._left[device] -= 1
        if self._left[device]:
            self._come(device, 0.0)
