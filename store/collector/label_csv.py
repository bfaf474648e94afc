"""The shared labels as a table: `name`, `scientific`, `synonyms` (with `;` or `|` between them)."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from store.collector.errors import WrongEntry
from store.export.csv_form import safe
from store.protocol_beside import SharedLabel

COLUMNS = ("name", "scientific", "synonyms")
_ALSO = {"label": "name", "scientific name": "scientific", "synonym": "synonyms"}
_BETWEEN = re.compile(r"[;|]")
_MARK = "\ufeff"


def written(labels: Iterable[SharedLabel]) -> bytes:
    """The table in UTF-8 with its mark, safe to open in a spreadsheet."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for label in labels:
        writer.writerow([safe(label.name), safe(label.scientific or ""), safe("; ".join(label.synonyms))])
    return (_MARK + text.getvalue()).encode()


def read(content: bytes) -> list[SharedLabel]:
    """The labels of a table, which may also be separated by tabs or semicolons. Raises WrongEntry."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise WrongEntry("The file is not a text in UTF-8.", "Save it as CSV in UTF-8.") from None
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))
    try:
        names = [_named(cell) for cell in next(rows, [])]
        if "name" not in names:
            raise WrongEntry(
                "The first line does not name the columns.", f"Begin with a line {','.join(COLUMNS)}."
            )
        return [label for row in rows if (label := _label(dict(zip(names, row, strict=False)))) is not None]
    except csv.Error as error:
        raise WrongEntry(
            f"Line {rows.line_num} is no line of a table ({error}).", "Save it as CSV."
        ) from None


def _delimiter(text: str) -> str:
    first = text.partition("\n")[0]
    return next((sign for sign in "\t," if sign in first), ";" if ";" in first else ",")


def _named(cell: str) -> str:
    name = cell.strip().lower()
    return _ALSO.get(name, name)


def _label(cells: dict[str, str]) -> SharedLabel | None:
    name, scientific, synonyms = (_unquoted(cells.get(column, "")) for column in COLUMNS)
    if not name:
        return None
    return SharedLabel(name, scientific or None, [each.strip() for each in _BETWEEN.split(synonyms)])


def _unquoted(cell: str) -> str:
    """Without the apostrophe by which `written` keeps a spreadsheet from taking a text for a formula."""
    text = cell.strip()
    return text[1:] if text.startswith("'") and safe(text[1:]) == text else text
