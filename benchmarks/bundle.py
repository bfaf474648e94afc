"""Sending by file: writing a bundle, reading it at the collector, and counting its receipt.

    python3 build_scripts/dev.py bench bundle [--records 100000]

- `write_ratio`: how long compressing the same bodies takes alone (no writer can do without), over writing
  the file, with consent, signature and hashes.
- `read_ratio`: how long the collector takes for the same batches as they come over the wire (inflated,
  decoded, committed one by one), over reading the file, which it does twice, with signatures and receipts.
- `growth_mb`: by how much the process grew at most while all of it was done, after a small bundle had gone
  the same way: memory is that of one part, however much waits.

Beside them rates, and bytes of the file for each record. Both sides are on SQLite, each commit on the disk.
The last line is JSON. Exit status 1 where a figure misses its target.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import resource
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

import msgspec
from bundle_world import FieldLaptop
from local_records import send_body

from benchmarks._ingest_bodies import BodyMaker
from store.bundles.bundle_file import open_bundle, pack, unpack
from store.bundles.receipt_file import receipt_beside, write_receipt
from store.clock import SystemClock
from store.collector.opening import make_if_new, open_database
from store.collector.service import Collector
from store.protocol import MOST_BODY_BYTES, EventsRequest

LEAST = {"write_ratio": 0.25, "read_ratio": 0.6}
MOST = {"growth_mb": 40.0}
SIZE = 500
WARM_RECORDS = 2000


def say(line: str) -> None:
    """Progress for people; the results go to standard output."""
    print(line, file=sys.stderr, flush=True)


def seconds(work: Callable[[], object]) -> float:
    """How long it takes."""
    gc.collect()
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


@contextmanager
def collector_at(path: Path) -> Iterator[Collector]:
    """A collector on a file, made where there is none."""
    database = open_database(str(path))
    try:
        make_if_new(database, SystemClock())
        yield Collector(database, SystemClock())
    finally:
        database.close()


class Way:
    """A device with records that wait, its collector, and a copy of that from when it was empty."""

    def __init__(self, folder: Path, collector: Collector, records: int) -> None:
        self.records = records
        self.collector = collector
        self.file = folder / "anna.whimbrel"
        self.laptop = FieldLaptop(folder / "laptop", collector)
        self.laptop.device.agree()
        shutil.copytree(folder / "collector", folder / "copy", ignore=shutil.ignore_patterns("*-shm"))
        self.empty = folder / "copy" / "collector.sqlite3"
        for body in BodyMaker().bodies(records, SIZE):
            send_body(self.laptop.device.store.statistics, body)

    def write(self) -> None:
        """All that waits."""
        written = self.laptop.bundling.write(self.file)
        assert written.records == self.records  # noqa: S101 - a figure of less would be none

    def read(self) -> None:
        """As `whimbrel collect read`."""
        with open_bundle(self.file) as bundle:
            told = self.collector.bundles.take_all(bundle, "bench")
            write_receipt(receipt_beside(self.file), (line for _, line in told))

    def count(self) -> None:
        """As `whimbrel bundle receipt`."""
        received = self.laptop.bundling.receive(receipt_beside(self.file))
        assert received.accepted == self.records  # noqa: S101

    def bodies(self) -> Iterator[bytes]:
        """The batches in the file, as JSON."""
        with open_bundle(self.file) as bundle:
            for part in range(len(bundle.head.seal.parts)):
                yield unpack(bundle.part(part), MOST_BODY_BYTES)

    def compress(self) -> float:
        """Seconds that compressing takes alone."""
        return sum(seconds(partial(pack, body)) for body in self.bodies())

    def over_the_wire(self) -> float:
        """Seconds that the store takes for the same batches one by one, on the empty copy."""
        taken = 0.0
        with collector_at(self.empty) as collector:
            for body in self.bodies():
                taken += seconds(partial(self._take, collector, pack(body)))
        return taken

    def _take(self, collector: Collector, packed: bytes) -> None:
        request = msgspec.json.decode(unpack(packed, MOST_BODY_BYTES), type=EventsRequest)
        assert collector.take(request).accepted == len(request.events)  # noqa: S101

    def close(self) -> None:
        """Ends the device."""
        self.laptop.close()


def measure(folder: Path, records: int) -> dict[str, float]:
    """All figures of one bundle."""
    (folder / "collector").mkdir(parents=True)
    with collector_at(folder / "collector" / "collector.sqlite3") as collector:
        way = Way(folder, collector, records)
        before = _most_mb()
        write, read, count = seconds(way.write), seconds(way.read), seconds(way.count)
        growth = _most_mb() - before
        found = {
            "write_ratio": way.compress() / write,
            "read_ratio": way.over_the_wire() / read,
            "growth_mb": growth,
            "write_per_s": records / write,
            "read_per_s": records / read,
            "count_per_s": records / count,
            "bytes_per_record": way.file.stat().st_size / records,
        }
        way.close()
    return found


def _most_mb() -> float:
    """The most that this process ever had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="Sending by file.")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, default=None, help="on the disk that is measured")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        measure(Path(folder) / "warm", WARM_RECORDS)
        say("a small one went all the way; now the large one")
        found = measure(Path(folder) / "whole", arguments.records)
    found["load"] = os.getloadavg()[0]
    print(json.dumps({name: round(value, 3 if value < 10 else 1) for name, value in found.items()}))
    good = all(found[name] >= least for name, least in LEAST.items())
    return 0 if good and all(found[name] <= most for name, most in MOST.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
