"""Records into the memory over HTTP: against raw SQLite, and against a server of the seed's design.

    python3 build_scripts/dev.py bench ingest
    python3 build_scripts/dev.py bench ingest --rows 10000000    only this: a full memory against an empty one

One run, one disk, in every round raw, ours and the peer in turn (each round begins with another), always into
an empty memory of the same schema and settings (WAL, synchronous=FULL, secure_delete, sums of pages), with
the same bodies: inferences with the facts of their picture and without heavy parts, in batches of 25 (what
the page sends) and of 500. Before each timing both servers take a warm-up of the same kind, and after it
every record must be in the file.

- ours: `whimbrel serve` in a process of its own. It checks cookie, Host and Origin, checks every record,
  looks it up, hashes it, writes it with its device, picture, query columns and place in the outbox, and
  answers after the commit.
- raw: `_ingest_raw.py`. The same SQLite through apsw in one thread: ready-made rows, executemany, a commit a
  batch.
- the peer: `ingest/server.js`. Node, Express, better-sqlite3 and Ajv do the same work a record in one
  transaction a batch, names that are there twice, the room on the disk and answers that were spoken of before
  they came among it. Cookie, Origin check, rate limit, log, security headers and the look for what was erased
  it is spared.

This process is the load generator: `--clients` connections, each waiting for its answer; what it takes of the
processor is the same for both servers. CPU is user and system time of all threads of the server's process
while it is timed. p99 is of batches that arrive at random at 30 % of our own rate, counted from the intended
start. `loop_stall_ms` is the longest that the server's event loop was held up in the warm-up of any round or
under those arrivals (a timer of 5 ms tells, which would count as our CPU elsewhere), and `machine_stall_ms`
what a bare loop in an idle process met meanwhile: on a machine with other work the one cannot be much better
than the other.

With `--rows` a memory is filled with so many records (`_ingest_fill.py`), and batches go into it and into an
empty one in turn; `rows_ratio_*` is the full one's rate over the empty one's.

The last line is JSON: ratios are medians over the rounds (ours over the other's; for CPU of records a CPU
second), rates are records a second. Exit status 1 where a ratio or p99 misses its target.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

import apsw

from benchmarks import _ingest_raw as raw
from benchmarks._ingest_bodies import BodyMaker
from benchmarks._ingest_fill import fill
from benchmarks._ingest_load import closed, open_loop
from benchmarks._ingest_programs import Program, bare_loop, install_peer, make_templates, peer, whimbrel
from store.local.folder import FILE_NAME

SIZES = (25, 500)
TARGETS = {"raw_ratio_25": 0.50, "raw_ratio_500": 0.60, "node_cpu_ratio_25": 1.2, "node_cpu_ratio_500": 1.2}
MOST_P99_MS = 50.0
LEAST_FULL = 0.7
LOAD = 0.30
WARM_UP = 4_000  # records; V8 has compiled what is hot by then


class Timing(NamedTuple):
    """One program in one round: records a second, and of a server CPU microseconds a record; of ours how long
    its loop and a bare one were held up at most."""

    rate: float
    cpu_us: float = 0.0
    stalls_ms: tuple[float, float] = (0.0, 0.0)


class Bench:
    """The rounds. Everything is written under `folder`, on the disk that is measured."""

    def __init__(self, folder: Path, bare: Program, arguments: argparse.Namespace) -> None:
        self._folder = folder
        self._bare = bare
        self._records: int = arguments.records
        self._rounds: int = arguments.rounds
        self._clients: int = arguments.clients
        self._seconds: float = arguments.seconds
        self._maker = BodyMaker(arguments.kind)
        self._data_dir, self._database = make_templates(folder)

    def compare(self, size: int) -> dict[str, float]:
        """The three at one batch size, in turns; a line for each round on standard error."""
        ways: list[tuple[str, Callable[[Sequence[bytes], int], Timing]]]
        ways = [("raw", self._raw), ("ours", self._ours), ("node", self._peer)]
        rounds: list[dict[str, Timing]] = []
        for number in range(self._rounds):
            bodies = self._maker.bodies(self._records + WARM_UP, size)
            turn = number % len(ways)
            rounds.append({name: way(bodies, size) for name, way in (*ways[turn:], *ways[:turn])})
            shown = ", ".join(f"{name} {rounds[-1][name].rate:,.0f}/s" for name, _ in ways)
            say(f"batches of {size}, round {number + 1}: {shown}")
        return _summary(rounds, size)

    def fill(self, rows: int) -> float:
        """Makes the memory that `filled` measures; returns its size in GB."""
        shutil.copytree(self._data_dir, self._folder / "full")
        database = self._folder / "full" / FILE_NAME
        fill(database, rows, say)
        return database.stat().st_size / 1e9

    def filled(self, size: int) -> dict[str, float]:
        """Our rate into the full memory against that into an empty one, in turns."""
        full: list[float] = []
        empty: list[float] = []
        for number in range(self._rounds):
            for rates in (full, empty) if number % 2 else (empty, full):
                folder = self._folder / "full" if rates is full else self._fresh_copy()
                with whimbrel(folder) as program:
                    bodies = self._maker.bodies(self._records + WARM_UP, size)
                    self._warm_up(program, bodies, size)
                    rates.append(self._timed(program, bodies, size).rate)
            say(f"batches of {size}, round {number + 1}: full {full[-1]:,.0f}/s, empty {empty[-1]:,.0f}/s")
        ratio = median(of_full / of_empty for of_full, of_empty in zip(full, empty, strict=True))
        return {f"rows_ratio_{size}": ratio, f"full_{size}": median(full), f"empty_{size}": median(empty)}

    def latency(self, size: int, rate: float) -> dict[str, float]:
        """99th percentile (ms) at 30 % of `rate` records a second."""
        a_second = LOAD * rate / size
        bodies = self._maker.bodies(max(1, int(self._seconds * a_second)) * size, size)
        with self._whimbrel() as ours:
            self._warm_up(ours, self._maker.bodies(WARM_UP, size), size)
            self._watch(ours)
            found = open_loop(ours.target, bodies, size, a_second, random.Random(size))  # noqa: S311
            stalls = self._stalls(ours)
        p50, p99 = 1000 * median(found), 1000 * quantiles(found, n=100)[98]
        say(
            f"batches of {size} at {LOAD:.0%} load: {len(found)} requests, p50 {p50:.1f} ms, p99 {p99:.1f} ms"
        )
        say(f"  longest hold-up of the loop {stalls[0]:.1f} ms, of a bare loop {stalls[1]:.1f} ms")
        return {f"p99_ms_{size}": p99, "loop_stall_ms": stalls[0], "machine_stall_ms": stalls[1]}

    def _watch(self, program: Program) -> None:
        program.watch()
        self._bare.watch()

    def _stalls(self, program: Program) -> tuple[float, float]:
        """How long the program's loop and the bare one were held up at most while they were watched."""
        return program.stall_ms(), self._bare.stall_ms()

    def _raw(self, bodies: Sequence[bytes], size: int) -> Timing:
        database = self._fresh("raw") / FILE_NAME
        shutil.copy(self._database, database)
        rows = raw.make_rows(bodies[WARM_UP // size :])
        return Timing(sum(len(batch.records) for batch in rows) / raw.write(database, rows))

    def _ours(self, bodies: Sequence[bytes], size: int) -> Timing:
        with self._whimbrel() as program:
            self._watch(program)
            self._warm_up(program, bodies, size)
            stalls = self._stalls(program)
            timing = self._timed(program, bodies, size)
        self._count(self._folder / "ours" / FILE_NAME)
        return timing._replace(stalls_ms=stalls)

    def _whimbrel(self) -> AbstractContextManager[Program]:
        return whimbrel(self._fresh_copy())

    def _fresh_copy(self) -> Path:
        data_dir = self._fresh("ours")
        shutil.copytree(self._data_dir, data_dir, dirs_exist_ok=True)
        return data_dir

    def _peer(self, bodies: Sequence[bytes], size: int) -> Timing:
        database = self._fresh("node") / FILE_NAME
        shutil.copy(self._database, database)
        with peer(database) as program:
            self._warm_up(program, bodies, size)
            timing = self._timed(program, bodies, size)
        self._count(database)
        return timing

    def _warm_up(self, program: Program, bodies: Sequence[bytes], size: int) -> None:
        closed(program.target, bodies[: WARM_UP // size], size, self._clients)

    def _timed(self, program: Program, bodies: Sequence[bytes], size: int) -> Timing:
        before = program.cpu_seconds()
        seconds = closed(program.target, bodies[WARM_UP // size :], size, self._clients)
        used = program.cpu_seconds() - before
        return Timing(self._records / seconds, 1e6 * used / self._records)

    def _fresh(self, name: str) -> Path:
        folder = self._folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        return folder

    def _count(self, database: Path) -> None:
        """Every answered record is there."""
        connection = apsw.Connection(str(database), flags=apsw.SQLITE_OPEN_READONLY)
        found = connection.execute("SELECT count(*) FROM record").get
        connection.close()
        if found != self._records + WARM_UP:
            raise SystemExit(f"{database} holds {found} records of {self._records + WARM_UP}.")


def _summary(rounds: Sequence[dict[str, Timing]], size: int) -> dict[str, float]:
    """Medians over the rounds, with the batch size in their names."""
    figures = {
        "raw_ratio": [of["ours"].rate / of["raw"].rate for of in rounds],
        "node_cpu_ratio": [of["node"].cpu_us / of["ours"].cpu_us for of in rounds],
        "ours": [of["ours"].rate for of in rounds],
        "raw": [of["raw"].rate for of in rounds],
        "node": [of["node"].rate for of in rounds],
        "ours_cpu_us": [of["ours"].cpu_us for of in rounds],
        "node_cpu_us": [of["node"].cpu_us for of in rounds],
    }
    medians = {f"{name}_{size}": median(values) for name, values in figures.items()}
    loop, machine = zip(*(of["ours"].stalls_ms for of in rounds), strict=True)
    return medians | {"loop_stall_ms": max(loop), "machine_stall_ms": max(machine)}


def measure(bench: Bench) -> dict[str, float]:
    """All figures of the default run."""
    parts = [bench.compare(size) for size in SIZES]
    parts += [bench.latency(size, part[f"ours_{size}"]) for size, part in zip(SIZES, parts, strict=True)]
    found = {name: value for part in parts for name, value in part.items()}
    stalls = {name: max(part[name] for part in parts) for name in ("loop_stall_ms", "machine_stall_ms")}
    return found | {"p99_ms": found[f"p99_ms_{SIZES[0]}"], "load": os.getloadavg()[0]} | stalls


def show_full(bench: Bench, rows: int) -> int:
    """Measures a memory of `rows` records and prints; exit status 1 where it is too much slower."""
    gigabytes = bench.fill(rows)
    found = {name: value for size in SIZES for name, value in bench.filled(size).items()}
    ratios = {f"rows_ratio_{size}": round(found.pop(f"rows_ratio_{size}"), 3) for size in SIZES}
    rates = {name: round(value) for name, value in found.items()}
    print(json.dumps({"rows": rows, **ratios, "gigabytes": round(gigabytes, 2), **rates}))
    return 0 if min(ratios.values()) >= LEAST_FULL else 1


def _line(found: dict[str, float]) -> str:
    """The figures that have targets first."""
    names = [*TARGETS, "p99_ms"]
    names += [name for name in found if name not in names]
    return json.dumps({name: round(found[name], 3 if "ratio" in name else 1) for name in names})


def say(line: str) -> None:
    """Progress for people; the results go to standard output."""
    print(line, file=sys.stderr, flush=True)


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="Records a second over HTTP, against raw SQLite and Node.")
    parser.add_argument("--records", type=int, default=20_000, help="records a round")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--clients", type=int, default=4, help="connections that send and wait")
    parser.add_argument("--seconds", type=float, default=10, help="how long each latency run lasts")
    parser.add_argument("--rows", type=int, default=0, help="only: a memory of so many against an empty one")
    parser.add_argument("--kind", choices=("plain", "picture"), default="picture")
    parser.add_argument("--folder", type=Path, default=None, help="on the disk that is measured")
    arguments = parser.parse_args()
    install_peer()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder, bare_loop() as bare:
        bench = Bench(Path(folder), bare, arguments)
        if arguments.rows:
            return show_full(bench, arguments.rows)
        found = measure(bench)
    print(_line(found))
    good = all(found[name] >= least for name, least in TARGETS.items()) and found["p99_ms"] <= MOST_P99_MS
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
