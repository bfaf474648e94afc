"""A round: devices live, one after the other, behind the proxy before a collector, and come to grief.

Before each life something may happen to the files; after each life it is looked whether what devices believe
is true. At the end all is calm: every device lives once more, with nothing in its way, and it must add up.
"""

from __future__ import annotations

import random
import shutil
import signal
from collections.abc import Callable
from pathlib import Path

import msgspec
from fault_suite.nursery import Ended
from sync_faults.bases import Base
from sync_faults.collecting import NEWER, USUAL, RunningStore
from sync_faults.device import Life
from sync_faults.judging import Held, Tally, judge_now, judge_the_end, look_at_collector, look_at_device
from sync_faults.parts import Part
from sync_faults.troubles import Troubles
from sync_faults.workplace import Workplace

BETWEEN_CHANCE = 0.6
_MOST_BATCHES = 6
_MOST_DEVICES = 3
_HOPELESS_TURNS = 12  # of a life in which nothing can be accepted
_CALM_TURNS = 4000


class Round:
    """One round; the same seed decides the same, but for what processes do at the same time."""

    def __init__(self, place: Workplace, part: Part, seed: str) -> None:
        self._place = place
        self._part = part
        self._name = place.next_name()
        self._random = random.Random(f"{part.name}:{seed}")
        self._tally = Tally(f"{part.name}:{seed}")
        self._folder = place.folder / self._name
        self._folder.mkdir()
        self._numbers = 0
        self._lives = 0
        self._bases: list[Base] = []
        self._store = self._running(place.collector)
        self._stranger: RunningStore | None = None
        self._kept: Base | None = None
        self._copy_of_device: Path | None = None
        self._devices = [Path(shutil.copytree(place.device, self._folder / "device0"))]
        self._known: set[bytes] = set()
        harming = random.Random(f"harm:{part.name}:{seed}")
        self._troubles = Troubles(self._store, harming, part.harms)
        self._troubles.bad_certificates = part.certificates

    def run(self, faults: int) -> Tally:
        """Goes on until there were so many faults, or something is wrong."""
        self._place.proxy.meeting = self._troubles
        try:
            while self._so_far < faults and self._tally.good:
                self._live_once()
            self._come_to_rest()
        finally:
            self._place.proxy.meeting = None
            self._close()
        self._tally.faults += self._troubles.done
        return self._tally

    @property
    def _so_far(self) -> int:
        return self._troubles.faults + self._tally.faults.total()

    def _live_once(self) -> None:
        end: Callable[[], None] | None = None
        hopeless, schema = False, 1
        if self._part.between and self._random.random() < BETWEEN_CHANCE:
            what = self._random.choice(self._part.between)
            end = getattr(self, f"_{what}")()
            hopeless = end is not None or what == "newer_device"
            schema = 2 if what == "newer_device" else 1
        turns = _HOPELESS_TURNS if hopeless else 400
        self._live(self._random.choice(self._devices), turns=turns, schema=schema)
        if end is not None:
            end()
        self._look()

    def _live(self, folder: Path, **others: int | bool) -> str:
        """One life of a device, until it is killed or rests. Returns how it ended."""
        calm = self._troubles.calm
        batches = 0 if calm else self._random.randint(1, _MOST_BATCHES)
        settings = {"wild": self._part.wild and not calm, "calm": calm, "big": self._part.big}
        life = Life(
            folder=str(folder),
            trusted=str(self._place.proxy.trusted),
            seed=f"{self._tally.seed}:{self._lives}",
            first=self._numbers,
            batches=batches,
            **(settings | others),  # type: ignore[arg-type]
        )
        self._numbers += batches
        self._lives += 1
        child = self._place.devices.fork("device", msgspec.json.encode(life).decode())
        self._troubles.device = child
        told: list[str] = []
        try:
            while True:
                told.append(child.line())
        except Ended:
            self._troubles.device = None
        status, _ = child.end()
        self._tally.faults.update(line for line in told if line in ("clock", "dns"))
        rests = told[-1] if told and told[-1].startswith("rests ") else ""
        if status not in (0, -signal.SIGKILL) or rests in ("rests paused", "rests no_consent"):
            self._tally.notes.append(f"{life}: ended with {status}: {told[-3:]}")
        return rests

    def _look(self) -> None:
        """After each life: everything that was recorded, and whether what is believed is true."""
        devices = self._held()
        if self._part.strict:
            self._tally.verdict.add(judge_now(devices, look_at_collector(self._store.base.url)))

    def _held(self) -> list[Held]:
        devices = [look_at_device(folder) for folder in self._devices]
        for held in devices:
            self._known |= held.records.keys()
        return devices

    def _come_to_rest(self) -> None:
        self._troubles.become_calm()
        for folder in self._devices:
            rests = self._live(folder, turns=_CALM_TURNS)
            if rests != "rests idle":
                self._tally.notes.append(f"{folder.name} does not come to rest: {rests}")
        devices = self._held()
        self._store.kill()
        kept = look_at_collector(self._store.base.url)
        self._tally.verdict.add(judge_the_end(devices, kept, self._known))
        self._tally.notes += self._troubles.wrong

    def _clone(self) -> None:
        """Another machine goes on with a copy of the memory, as the same device."""
        if len(self._devices) < _MOST_DEVICES:
            source = self._random.choice(self._devices)
            target = self._folder / f"device{len(self._devices)}"
            self._devices.append(Path(shutil.copytree(source, target)))
            self._count("clone")

    def _roll_device_back(self) -> None:
        """A memory as it was some lives ago comes in place of the one that went on."""
        folder = self._devices[0]
        if self._copy_of_device is not None:
            shutil.rmtree(folder)
            self._copy_of_device.rename(folder)
            self._copy_of_device = None
            self._count("roll_device_back")
        else:
            self._copy_of_device = Path(shutil.copytree(folder, self._folder / "before"))

    def _roll_collector_back(self) -> None:
        """The collector's database as it was some lives ago."""
        self._store.kill()
        if self._kept is None:
            self._kept = self._copied(self._store.base)
            return
        self._bases.remove(self._store.base)
        self._store.put_back(self._kept, f"{self._name}_{self._lives}")
        self._bases.append(self._store.base)
        self._count("roll_collector_back")
        if self._random.random() < 0.5:
            self._bases.remove(self._kept)
            self._kept.drop()
            self._kept = None

    def _swap_collector(self) -> Callable[[], None]:
        """Another collector answers at the same address for a while."""
        self._store.kill()
        if self._stranger is None:
            self._stranger = self._running(self._place.stranger)
        self._troubles.store = self._stranger
        self._count("swap_collector")
        return self._swap_back

    def _swap_back(self) -> None:
        if self._stranger is not None:
            self._stranger.kill()
        self._troubles.store = self._store

    def _newer_device(self) -> None:
        """The device speaks a protocol that the collector does not know yet."""
        self._count("newer_device")

    def _newer_collector(self) -> Callable[[], None]:
        """The collector does not speak the device's protocol any more."""
        self._store.kill()
        self._store.kind = NEWER
        self._count("newer_collector")
        return self._usual_collector

    def _usual_collector(self) -> None:
        self._store.kill()
        self._store.kind = USUAL

    def _count(self, fault: str) -> None:
        self._tally.faults[fault] += 1

    def _running(self, base: Base) -> RunningStore:
        return RunningStore(self._place.collectors, self._copied(base), self._folder / "collector-data")

    def _copied(self, base: Base) -> Base:
        copy = base.copy(f"{self._name}_{len(self._bases)}c{self._lives}")
        self._bases.append(copy)
        return copy

    def _close(self) -> None:
        self._store.kill()
        if self._stranger is not None:
            self._stranger.kill()
        for base in self._bases:
            base.drop()
        shutil.rmtree(self._folder)
