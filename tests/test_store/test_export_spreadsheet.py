"""The CSV in a real spreadsheet program: what looks like a formula is text there, and numbers are numbers."""

from __future__ import annotations

import gzip
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

import pytest
from local_records import HandClock, inference, send

from store.clock import SystemClock
from store.export.csv_form import COLUMNS
from store.export.filters import Filters
from store.export.training_exports import TrainingExports
from store.local.opening import open_store

GNUMERIC = "{http://www.gnumeric.org/v10.dtd}"
TEXT, NUMBER = "60", "40"
# What a spreadsheet would run, or take for something else than it is.
TRICKS = ("=1+1", "@SUM(1)", "+1+1", "-1+1", "\t=1+1", "\r=1+1", " =1+1", "\uff1d1+1", '=HYPERLINK("x")')

pytestmark = pytest.mark.skipif(
    shutil.which("ssconvert") is None, reason="Gnumeric is not installed: `apt-get install gnumeric`."
)


class Cell(NamedTuple):
    """A cell as Gnumeric keeps it; a formula has no kind."""

    kind: str | None
    content: str


def opened(file: Path) -> dict[tuple[int, int], Cell]:
    """The cells, by row and column, of a file that Gnumeric has opened and saved as its own."""
    saved = file.with_suffix(".gnumeric")
    subprocess.run(["ssconvert", str(file), str(saved)], check=True, capture_output=True, timeout=120)
    document = ElementTree.fromstring(gzip.decompress(saved.read_bytes()))
    return {
        (int(cell.attrib["Row"]), int(cell.attrib["Col"])): Cell(cell.get("ValueType"), cell.text or "")
        for cell in document.iter(f"{GNUMERIC}Cell")
    }


def test_the_spreadsheet_does_run_what_is_not_made_safe(tmp_path: Path) -> None:
    (tmp_path / "raw.csv").write_bytes(b'"a","b"\r\n"=1+1","+1"\r\n')
    cells = opened(tmp_path / "raw.csv")
    assert cells[1, 0] == Cell(None, "=1+1")
    assert cells[1, 1].kind == NUMBER


def test_no_text_of_an_export_is_a_formula(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data", HandClock())
    for number, trick in enumerate(TRICKS, 1):
        answer = {"className": trick, "probability": 0.75, "rank": 1}
        send(store.statistics, inference(number, predictions=[answer], modelVersion=trick))
    target = tmp_path / "export.csv"
    TrainingExports(store.database, SystemClock()).save("csv", Filters(), target)
    store.close()
    cells = opened(target)
    assert [cells[0, column].content for column in range(len(COLUMNS))] == list(COLUMNS)
    assert all(cell.kind is not None for cell in cells.values())
    for name in ("label", "modelVersion"):
        column = COLUMNS.index(name)
        shown = [cells[row, column] for row in range(1, len(TRICKS) + 1)]
        assert {cell.kind for cell in shown} == {TEXT}
        assert [cell.content.strip() for cell in shown] == [trick.strip() for trick in TRICKS]
    assert cells[1, COLUMNS.index("probability1")] == Cell(NUMBER, "0.75")
