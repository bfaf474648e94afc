"""Devices that all send at once to instances of one collector, while somebody does harm in the middle."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from collecting import newcomer, rows, value
from local_records import uuid_bytes
from sync_world import Device

from store.collector.service import Collector
from store.sync.credentials import Secrets
from store.sync.forms import Enrolment
from store.sync.transport import HttpTransport

MOST_TURNS = 3000
_KEPT = "SELECT event_id FROM event WHERE device_id = ? ORDER BY event_id"
_COUNTED = "SELECT sum(accepted) FROM device"


class Drain:
    """One device with so many records, which waits for nobody's clock."""

    def __init__(self, folder: Path, collector: Collector, url: str, trust: Path, records: int) -> None:
        context = ssl.create_default_context(cafile=trust)
        self._transport = HttpTransport("Whimbrel/test", connect_s=10, read_s=60, trust=lambda: context)
        self.device = Device(folder, self._transport)
        admitted = collector.devices.enrol(collector.devices.new_code("test"), newcomer(folder.name))
        self.device.secrets.found = Secrets(admitted.token, "")
        self.id = admitted.device_id
        self.device.memory.enrol(Enrolment(url, collector.id.hex(), self.id.hex(), folder.name, 1, "file"))
        self.device.agree()
        self.device.record(1, records)
        self.records = records

    def accepted(self) -> int:
        return self.device.store.outbox.accounts().accepted

    def run(self, after_each: Callable[[], None]) -> None:
        """Takes turns until all is sent, jumping over pauses."""
        for _ in range(MOST_TURNS):
            outcome = self.device.engine.once(asked=True)
            after_each()
            if outcome.phase == "idle":
                return
            self.device.clock.now += int((outcome.wait_s or 0) * 1000)
        raise AssertionError(f"it never comes to rest: {self.device.engine.state()}")

    def close(self) -> None:
        self.device.close()
        self._transport.close()


class Harm:
    """Things that are done, each once, when so many records are accepted in all."""

    def __init__(self, drains: Sequence[Drain], plan: Sequence[tuple[int, Callable[[], object]]]) -> None:
        self._drains = drains
        self._plan = list(plan)
        self._one_at_a_time = threading.Lock()

    def look(self) -> None:
        """Does what is due; the others go on sending meanwhile."""
        if not self._one_at_a_time.acquire(blocking=False):
            return
        try:
            while self._plan and sum(one.accepted() for one in self._drains) >= self._plan[0][0]:
                self._plan.pop(0)[1]()
        finally:
            self._one_at_a_time.release()

    def is_done(self) -> bool:
        return not self._plan


def drain_all(drains: Sequence[Drain], plan: Sequence[tuple[int, Callable[[], object]]]) -> None:
    """All send at once until each has sent everything, and the plan was carried out on the way."""
    harm = Harm(drains, plan)
    failures: list[BaseException] = []

    def work(one: Drain) -> None:
        try:
            one.run(harm.look)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(one,)) for one in drains]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    assert harm.is_done()


def everything_arrived_once(collector: Collector, drains: Sequence[Drain]) -> None:
    """The collector has each record of each device, and counted it, once; each device knows."""
    for one in drains:
        told = one.device.store.outbox.accounts()
        assert (told.accepted, told.waiting, told.rejected) == (one.records, 0, {})
        kept = [bytes(event_id) for (event_id,) in rows(collector.database, _KEPT, one.id)]
        assert kept == [uuid_bytes(number) for number in range(1, one.records + 1)]
    assert value(collector.database, _COUNTED) == sum(one.records for one in drains)
