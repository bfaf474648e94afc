"""Sending: a backlog that drains, a poison record, and the collector on PostgreSQL against a bare COPY.

    python3 build_scripts/dev.py bench sync [--records 100000] [--rounds 5]

- `drain_ratio`: records a second of a device with a backlog, from the start of `whimbrel sync --once` to its
  end, over what the collector takes from four connections with ready-made batches (both on SQLite, in the
  same run; a device has one batch in flight). Beside it by how much both processes grew (MB).
- `poison_delay_s`: how much later the last of 2,000 records arrives where one of them is refused (422).
- `storm_peak`: attempts of `storm_devices` devices that come back together, in ten seconds at most, over what
  the collector answers in ten seconds. See `_sync_storm.py`.
- `engines_peak`: the same with `--engines` whole devices: memories on the disk, engines, threads and sockets.
  `--cold` has them all started anew before. See `_sync_engines.py`.
- `postgres_store_ratio`, `postgres_http_ratio`: records a CPU second of the servers, over those of a direct
  COPY into the same table. See `_sync_postgres.py`; left out where PostgreSQL is not installed.

The last line is JSON. Exit status 1 where a figure misses its target.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from benchmarks import _sync_engines, _sync_postgres
from benchmarks._sync_drain import drain, pair, poison
from benchmarks._sync_storm import storm

LEAST = {"drain_ratio": 0.5, "postgres_store_ratio": 0.60, "postgres_http_ratio": 0.40}
MOST = {"poison_delay_s": 2.0, "storm_peak": 2.0, "engines_peak": 2.0}
POISON_RECORDS = 2000


def say(line: str) -> None:
    """Progress for people; the results go to standard output."""
    print(line, file=sys.stderr, flush=True)


def measure(folder: Path, arguments: argparse.Namespace) -> dict[str, float]:
    """All figures."""
    with pair(folder) as two:
        found = drain(two, arguments.records, say)
        found |= poison(two, POISON_RECORDS, arguments.rounds, say)
        found |= storm(two, arguments.devices, say)
        found |= _sync_engines.storm(two, arguments.engines, say, cold=arguments.cold)
    found |= _sync_postgres.measure(folder, arguments.batches, arguments.rounds, say)
    return found | {"load": os.getloadavg()[0]}


def line_of(found: dict[str, float]) -> str:
    """The figures that have targets first."""
    names = [name for name in (*LEAST, *MOST) if name in found]
    names += [name for name in found if name not in names]
    return json.dumps({name: round(found[name], 3 if found[name] < 10 else 1) for name in names})


def main() -> int:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description="Sending to a collector.")
    parser.add_argument("--records", type=int, default=100_000, help="of the backlog")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--batches", type=int, default=60, help="of 500, a round on PostgreSQL")
    parser.add_argument("--devices", type=int, default=1000, help="that come back together")
    parser.add_argument("--engines", type=int, default=1000, help="whole devices that come back together")
    parser.add_argument("--cold", action="store_true", help="whole devices were started anew")
    parser.add_argument("--folder", type=Path, default=None, help="on the disk that is measured")
    arguments = parser.parse_args()
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"  # its tokens are nobody's
    with tempfile.TemporaryDirectory(dir=arguments.folder) as folder:
        found = measure(Path(folder), arguments)
    print(line_of(found))
    good = all(found.get(name, 0.0) >= least for name, least in LEAST.items())
    return 0 if good and all(found[name] <= most for name, most in MOST.items()) else 1


if __name__ == "__main__":
    sys.exit(main())
