"""The whole fault suite of sending; `python3 build_scripts/dev.py faults sync`.

    [--faults 10000] [--seed 1]          how many faults, and where the randomness starts
    [--sabotage unique|echo|commit|signature]   breaks a promise first: must go red
    [--postgres]                         collectors on Debian's PostgreSQL, started for this, not on SQLite
    [--case PART:SEED:FAULTS]            one line of the progress again, and only that

Devices and collectors are real processes, which are killed; all that passes between them goes through a
proxy in this process, which does the harm. Progress and its seeds go to standard error; the last line, on
standard output, is JSON: {"faults", "lost", "doubled", "unaccounted", "tampered_accepted", "seed"}. Exit
status 1 where one but the first and the last is not 0, or something else was not as it should be. After the
faults come the tampered releases (`releases`), which are not counted among them; --faults 0 tries only those.
"""

from __future__ import annotations

import argparse
import contextlib
import faulthandler
import json
import sys
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[3]), str(Path(__file__).resolve().parents[1])]

from postgres_server import PostgresServer, postgres_server, programs  # noqa: E402 - the paths come first
from sync_faults.judging import Tally, Verdict  # noqa: E402
from sync_faults.parts import PARTS, SIZE, Part, part_named  # noqa: E402
from sync_faults.releases import Tampering, tamper  # noqa: E402
from sync_faults.rounds import Round  # noqa: E402
from sync_faults.sabotage import NAMES, sabotaged  # noqa: E402
from sync_faults.workplace import Workplace, workplace  # noqa: E402

FAULTS = 10_000
_LONGEST_ROUND_S = 300


@dataclass
class Report:
    """What all rounds together did and found."""

    seed: int
    faults: Counter[str] = field(default_factory=Counter)
    verdict: Verdict = field(default_factory=Verdict)
    wrong: int = 0
    tampered_accepted: int = 0

    def add(self, tally: Tally) -> None:
        """Counts a round."""
        self.faults += tally.faults
        self.verdict.add(tally.verdict)
        self.wrong += not tally.good

    def add_releases(self, done: Tampering) -> None:
        """Counts what was tried with releases."""
        self.tampered_accepted = len(done.accepted)
        self.wrong += bool(done.accepted)

    def line(self) -> str:
        """The last line."""
        found = {"lost": len(self.verdict.lost), "doubled": len(self.verdict.doubled)}
        found |= {"unaccounted": len(self.verdict.unaccounted)}
        found |= {"tampered_accepted": self.tampered_accepted}
        return json.dumps({"faults": self.faults.total()} | found | {"seed": self.seed})


class Progress:
    """Tells on standard error how far the run is and how long it may still take."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._done = 0
        self._started = time.monotonic()

    def tell(self, name: str, tally: Tally) -> None:
        """One line for one round."""
        self._done += tally.faults.total()
        took = time.monotonic() - self._started
        left = took / max(1, self._done) * max(0, self._wanted - self._done)
        state = "good" if tally.good else f"WRONG: {tally.verdict}"[:2000]
        print(
            f"{name} {tally.faults.total()} faults, {state}; {took:.0f} s, about {left:.0f} s left",
            file=sys.stderr,
        )
        for note in tally.notes:
            print(f"    {note[-1000:]}", file=sys.stderr)
        sys.stderr.flush()


def plan(wanted: int) -> Iterator[tuple[Part, int, int]]:
    """Part, number of its round and faults in it; parts take turns, so that the estimate is good early."""
    rounds: list[tuple[float, int, Part, int, int]] = []
    for place, part in enumerate(PARTS):
        faults = -(-wanted * part.share // 100)
        count = -(-faults // SIZE)
        for number in range(count):
            rounds.append(((number + 0.5) / count, place, part, number, min(SIZE, faults - number * SIZE)))
    for _, _, part, number, size in sorted(rounds, key=lambda entry: entry[:2]):
        yield part, number, size


def carried_out(place: Workplace, part: Part, seed: str, faults: int) -> Tally:
    """One round; an error of the suite or of the product is a note. One that hangs ends the run."""
    faulthandler.dump_traceback_later(_LONGEST_ROUND_S, exit=True)
    try:
        return Round(place, part, seed).run(faults)
    except Exception:
        return Tally(f"{part.name}:{seed}", notes=[traceback.format_exc()])
    finally:
        faulthandler.cancel_dump_traceback_later()


def suite(arguments: argparse.Namespace, place: Workplace) -> Report:
    """All rounds of the plan, or the one that was asked for."""
    rounds = list(plan(arguments.faults))
    seed = str(arguments.seed)
    if arguments.case:
        name, text, faults = arguments.case.split(":")
        seed, _, number = text.partition("-")
        rounds = [(part_named(name), int(number), int(faults))]
    report = Report(int(seed))
    progress = Progress(sum(faults for _, _, faults in rounds))
    for part, number, faults in rounds:
        tally = carried_out(place, part, f"{seed}-{number}", faults)
        report.add(tally)
        progress.tell(f"--case {part.name}:{seed}-{number}:{faults}", tally)
    if not arguments.case:
        done = tamper(seed)
        report.add_releases(done)
        print(
            f"tampered releases: {dict(done.tried)}, taken: {dict(Counter(done.accepted))}", file=sys.stderr
        )
    return report


def read_arguments(words: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="dev.py faults sync", description="The fault suite of sending.")
    parser.add_argument("--faults", type=int, default=FAULTS)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sabotage", choices=NAMES, help="break this promise first")
    parser.add_argument("--postgres", action="store_true", help="collectors on PostgreSQL")
    parser.add_argument("--case", help="one round again: PART:SEED:FAULTS")
    return parser.parse_args(words)


def _server(held: contextlib.ExitStack) -> PostgresServer:
    found = programs()
    if found is None:
        sys.exit("PostgreSQL is not installed here; on Debian: apt-get install postgresql.")
    return held.enter_context(postgres_server(found))


def main(words: Sequence[str]) -> int:
    """Runs and prints. Returns the exit status."""
    arguments = read_arguments(words)
    with contextlib.ExitStack() as held:
        server = _server(held) if arguments.postgres else None
        held.enter_context(sabotaged(arguments.sabotage))
        report = suite(arguments, held.enter_context(workplace(arguments.sabotage, server)))
    print("; ".join(f"{name} {count}" for name, count in sorted(report.faults.items())), file=sys.stderr)
    print(report.line(), flush=True)
    return int(report.wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
