"""The whole fault suite of the local store; `python3 build_scripts/dev.py faults store`.

    [--kills 1000] [--cuts 1000] [--others 300] [--seed 1]   how many cases, and where the randomness starts
    [--sabotage normal|unique|transaction]                   breaks a promise of the store first: must go red
    [--case PART:SEED:CASES]                                 one line of the progress again, and only that

Progress and its seeds go to standard error; the last line, on standard output, is JSON: {"kills",
"power_cuts", "other_faults", "lost", "doubled", "partial", "seed"}. Exit status 1 where one of lost, doubled
and partial is not 0 or something else was not as it should be (told on standard error).
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import shutil
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[3]), str(Path(__file__).resolve().parents[1])]

from fault_suite.parts import PARTS, Part, Workplace, part_named  # noqa: E402 - the paths come first
from fault_suite.sabotage import NAMES, sabotaged  # noqa: E402
from fault_suite.verdict import Tally  # noqa: E402

OTHERS = 300
_LONGEST_ROUND_S = 300


@dataclass
class Report:
    """What all parts together did and found."""

    seed: int
    cases: Counter[str] = field(default_factory=Counter)
    lost: int = 0
    doubled: int = 0
    partial: int = 0
    wrong: int = 0

    def add(self, part: Part, tally: Tally) -> None:
        """Counts a tally; lost, doubled and partial in batches."""
        self.cases[part.kind] += tally.cases
        self.lost += len(tally.verdict.lost)
        self.doubled += len(tally.verdict.doubled)
        self.partial += len(tally.verdict.partial)
        self.wrong += not tally.good

    def line(self) -> str:
        """The last line."""
        kinds = {kind: self.cases[kind] for kind in ("kills", "power_cuts", "other_faults")}
        found = {"lost": self.lost, "doubled": self.doubled, "partial": self.partial}
        return json.dumps(kinds | found | {"seed": self.seed})


class Progress:
    """Tells on standard error how far the run is and how long it may still take."""

    def __init__(self, wanted: int) -> None:
        self._wanted = wanted
        self._done = 0
        self._started = time.monotonic()

    def tell(self, name: str, tally: Tally, cases: int) -> None:
        """One line for one seed of one part."""
        self._done += cases
        took = time.monotonic() - self._started
        left = took / self._done * max(0, self._wanted - self._done)
        state = "good" if tally.good else f"WRONG: {tally.verdict}"
        print(f"{name} {tally.cases} cases, {state}; {took:.0f} s, about {left:.0f} s left", file=sys.stderr)
        for note in (*tally.notes, *tally.remarks):
            print(f"    {note[-1000:]}", file=sys.stderr)
        sys.stderr.flush()


def plan(wanted: dict[str, int]) -> Iterator[tuple[Part, int, int]]:
    """Part, number of its round and cases in it; parts take turns, so that the estimate is good early."""
    rounds: list[tuple[float, Part, int, int]] = []
    for part in PARTS:
        cases = -(-wanted[part.kind] * part.share // sum(p.share for p in PARTS if p.kind == part.kind))
        count = -(-cases // part.size)
        for number in range(count):
            size = min(part.size, cases - number * part.size)
            rounds.append(((number + 0.5) / count, part, number, size))
    for _, part, number, size in sorted(rounds, key=lambda entry: entry[0]):
        yield part, number, size


def carried_out(part: Part, place: Workplace, seed: str, cases: int) -> Tally:
    """One round; an error of the suite or of the store is a note. One that hangs ends the run."""
    faulthandler.dump_traceback_later(_LONGEST_ROUND_S, exit=True)
    try:
        return part.carry_out(place, seed, cases)
    except Exception:
        return Tally(f"{part.name}:{seed}", notes=[traceback.format_exc()])
    finally:
        faulthandler.cancel_dump_traceback_later()


def suite(arguments: argparse.Namespace, place: Workplace) -> Report:
    """All rounds of the plan."""
    report = Report(arguments.seed)
    wanted = {"kills": arguments.kills, "power_cuts": arguments.cuts, "other_faults": arguments.others}
    progress = Progress(sum(wanted.values()))
    for part, number, cases in plan(wanted):
        seed = f"{arguments.seed}-{number}"
        tally = carried_out(part, place, seed, cases)
        report.add(part, tally)
        progress.tell(f"--case {part.name}:{seed}:{cases}", tally, cases)
    return report


def one_case(text: str, place: Workplace) -> Report:
    """One round again, by what its line of progress said."""
    name, seed, cases = text.split(":")
    part = part_named(name)
    report = Report(int(seed.partition("-")[0]))
    tally = carried_out(part, place, seed, int(cases))
    report.add(part, tally)
    Progress(int(cases)).tell(f"--case {text}", tally, int(cases))
    return report


def read_arguments(words: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        prog="dev.py faults store", description="The fault suite of the local store."
    )
    parser.add_argument("--kills", type=int, default=1000, help="kill -9 of the server or the store")
    parser.add_argument("--cuts", type=int, default=1000, help="simulated power cuts")
    parser.add_argument(
        "--others", type=int, default=OTHERS, help="full and broken disks, damage, clocks, ..."
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sabotage", choices=NAMES, help="break this promise of the store first")
    parser.add_argument("--case", help="one round again: PART:SEED:CASES")
    return parser.parse_args(words)


def main(words: Sequence[str]) -> int:
    """Runs and prints. Returns the exit status."""
    arguments = read_arguments(words)
    with sabotaged(arguments.sabotage):
        folder = Path(tempfile.mkdtemp(prefix="whimbrel-faults-prepared-"))
        place = Workplace(arguments.sabotage)
        try:
            if arguments.case or arguments.kills:
                place.prepared = place.nursery.prepare(folder / "data")
            report = one_case(arguments.case, place) if arguments.case else suite(arguments, place)
        finally:
            place.nursery.close()
            shutil.rmtree(folder)
    print(report.line(), flush=True)
    return int(report.wrong > 0)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
