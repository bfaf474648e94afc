"""Makes the fixture of a released schema: a small memory with rows in every table, as gzipped SQL.

    python build_scripts/schema_fixture.py            the newest schema, by this checkout's code
    git worktree add /tmp/old COMMIT && python build_scripts/schema_fixture.py --code /tmp/old

To be run once for each release, on its commit; the file goes into tests/vectors/schemas/ and never changes.
"""

from __future__ import annotations

import argparse
import gzip
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "tests" / "vectors" / "schemas"
_FILL = ROOT / "tests" / "support" / "fill_every_table.py"


def main() -> int:
    """Fills a memory by the code of a checkout and writes its fixture."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--code", type=Path, default=ROOT, help="checkout whose store fills the memory")
    code = parser.parse_args().code.resolve()
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([sys.executable, _FILL, code, folder], cwd=code, check=True)
        target = write(Path(folder) / "whimbrel.sqlite3")
    print(f"{target} ({target.stat().st_size:,} bytes)")
    return 0


def write(memory: Path) -> Path:
    """The fixture of a memory: its SQL, gzipped without a time, named after its schema."""
    with closing(sqlite3.connect(memory)) as database:
        schema = database.execute("SELECT max(number) FROM migration").fetchone()[0]
        application_id = database.execute("PRAGMA application_id").fetchone()[0]
        empty = [name for name in tables(database) if not rows(database, name)]
        if empty:
            print(f"No row in {', '.join(empty)}: fill them in {_FILL.name}.", file=sys.stderr)
        lines = [*database.iterdump(), f"PRAGMA application_id = {application_id};"]
    FOLDER.mkdir(parents=True, exist_ok=True)
    target = FOLDER / f"schema-{schema}.sql.gz"
    target.write_bytes(gzip.compress("\n".join(lines).encode(), mtime=0))
    return target


def tables(database: sqlite3.Connection) -> list[str]:
    """Every table but SQLite's own."""
    named = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return [name for (name,) in database.execute(named)]


def rows(database: sqlite3.Connection, table: str) -> list[tuple[object, ...]]:
    """Every row of a table."""
    return database.execute(f'SELECT * FROM "{table}"').fetchall()  # noqa: S608 - the schema's own name


if __name__ == "__main__":
    sys.exit(main())
