"""The parts of the fault suite: what each does to a store, and how many of its cases the full run has."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from fault_suite import disk_errors, kills, power, surroundings
from fault_suite.damage import DAMAGES, Damage, damaged_case
from fault_suite.nursery import Nursery
from fault_suite.verdict import Tally

Kind = Literal["kills", "power_cuts", "other_faults"]
MEMORY_DISK = Path("/dev/shm")


@dataclass
class Workplace:
    """What the parts share: a nursery, a data folder with a model in it, and how the store is sabotaged."""

    sabotage: str | None = None
    prepared: Path | None = None
    nursery: Nursery = field(init=False)

    def __post_init__(self) -> None:
        self.nursery = Nursery(self.sabotage)


Run = Callable[[Workplace, str, Path, int], Tally]


@dataclass(frozen=True)
class Part:
    """`run` does up to `size` cases of one seed; `share` is its part of all cases of its kind, of 100."""

    name: str
    kind: Kind
    share: int
    size: int
    run: Run
    on_disk: bool = False

    def carry_out(self, place: Workplace, seed: str, cases: int) -> Tally:
        """The cases of one seed, in a folder of their own."""
        with _folder(self.on_disk) as folder:
            return self.run(place, f"{self.name}:{seed}", folder, cases)


@contextmanager
def _folder(on_disk: bool) -> Iterator[Path]:
    parent = None if on_disk or not MEMORY_DISK.is_dir() else MEMORY_DISK
    with tempfile.TemporaryDirectory(prefix="whimbrel-faults-", dir=parent) as folder:
        yield Path(folder)


def _http(place: Workplace, seed: str, folder: Path, cases: int) -> Tally:
    return kills.http_round(place.nursery, seed, kills.copy_data(place.prepared, folder / "data"), cases)


def _program(place: Workplace, seed: str, folder: Path, cases: int) -> Tally:
    return kills.program_round(seed, kills.copy_data(place.prepared, folder / "data"), cases)


def _store(place: Workplace, seed: str, folder: Path, cases: int) -> Tally:
    return kills.store_round(place.nursery, seed, folder / "data", cases)


def _power(phase: str, _: Workplace, seed: str, folder: Path, cases: int) -> Tally:
    return power.power_run(phase, seed, folder / "power", cases)


def _single(case: Callable[[str, Path], Tally], _: Workplace, seed: str, folder: Path, __: int) -> Tally:
    return case(seed, folder / "case")


def _damage(damage: Damage, place: Workplace, seed: str, folder: Path, _: int) -> Tally:
    return damaged_case(damage, place.nursery, seed, folder / "data")


def _second_instance(place: Workplace, seed: str, folder: Path, _: int) -> Tally:
    data_dir = kills.copy_data(place.prepared, folder / "data")
    return surroundings.second_instance_case(place.nursery, seed, data_dir)


PARTS = (
    Part("kill-http", "kills", 80, kills.CYCLES, _http, on_disk=True),
    Part("kill-program", "kills", 5, 5, _program, on_disk=True),
    Part("kill-store", "kills", 15, kills.CYCLES, _store, on_disk=True),
    Part("power-ingest", "power_cuts", 60, power.CUTS, partial(_power, "ingest")),
    Part("power-checkpoint", "power_cuts", 16, power.CUTS, partial(_power, "checkpoint")),
    Part("power-migration", "power_cuts", 12, power.CUTS, partial(_power, "migration")),
    Part("power-backup", "power_cuts", 12, power.CUTS, partial(_power, "backup")),
    Part("full-disk", "other_faults", 15, 1, partial(_single, disk_errors.full_disk)),
    Part("broken-disk", "other_faults", 15, 1, partial(_single, disk_errors.broken_disk)),
    Part("clock", "other_faults", 10, 1, partial(_single, surroundings.clock_case)),
    Part("second-instance", "other_faults", 3, 1, _second_instance, on_disk=True),
    Part("read-only", "other_faults", 3, 1, partial(_single, surroundings.read_only_case), on_disk=True),
    Part("small-disk", "other_faults", 6, 1, partial(_single, surroundings.small_disk_case)),
    *(Part(name, "other_faults", 8, 1, partial(_damage, damage)) for name, damage in DAMAGES.items()),
)


def part_named(name: str) -> Part:
    """The part with this name. Raises ValueError."""
    for part in PARTS:
        if part.name == name:
            return part
    raise ValueError(f"there is no part {name!r}; there are {', '.join(part.name for part in PARTS)}")
