"""CSV (RFC 4180) that a spreadsheet opens as it is meant: in UTF-8 with its mark, and without formulas.

A text that a spreadsheet would take for a formula (https://owasp.org/www-community/attacks/CSV_Injection)
gets an apostrophe before it. Every text is quoted and no number is, so numbers stay numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from store.events import Inference, MemoryUsage
from store.export.rows import ExportRow, Selected

Cell = str | int | float | None
ANSWERS = 5
_BYTE_ORDER_MARK = (
    b"\xef\xbb\xbf"  # without it, spreadsheets on Windows take the text for the local code page
)
_STARTS_A_FORMULA = frozenset("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")  # also as full-width characters
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

COLUMNS = (
    "id", "sessionId", "timestamp", "modelVersion", "modelAlpha", "label",
    *(f"{what}{rank}" for rank in range(1, ANSWERS + 1) for what in ("answer", "probability")),
    "isCorrect", "correctedLabel", "feedbackConfidence",
    "inferenceTime", "preprocessingTime", "totalTime", "numTensors", "numBytes", "numDataBuffers",
    "backend", "variant", "source",
    "sha256", "fileName", "path", "width", "height", "bytes", "capturedAt",
    "gpuVendor", "gpuRenderer", "webglVersion", "deviceMemory", "hardwareConcurrency", "userAgent",
)  # fmt: skip


def csv_pieces(selection: Selected) -> Iterator[bytes]:
    """The names of the columns, then one line a record; no embeddings."""
    yield _BYTE_ORDER_MARK + _lines([COLUMNS])
    for rows in selection.chunks():
        yield _lines([cells(row) for row in rows])


def safe(cell: Cell) -> Cell:
    """A text that starts (spaces aside) as a formula with an apostrophe before it; all else as it is."""
    if isinstance(cell, str) and cell.lstrip(" ")[:1] in _STARTS_A_FORMULA:
        return f"'{cell}"
    return cell


def _lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Lines as csv.writer's QUOTE_NOTNULL (Python 3.12) makes them: an unknown cell is nothing at all."""
    return "".join(",".join(map(_written, row)) + "\r\n" for row in rows).encode()


def _written(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, str):
        return '"' + str(safe(cell)).replace('"', '""') + '"'
    return repr(cell)


def cells(row: ExportRow) -> tuple[Cell, ...]:
    """The cells of a row, in the order of COLUMNS, before they are made safe."""
    made = row.inference
    time = _EPOCH + timedelta(milliseconds=row.recorded_at)
    head = (row.id, row.session_id, time.isoformat(timespec="milliseconds"), made.model_version)
    times = (made.inference_time, made.preprocessing_time, made.total_time)
    return (
        *head,
        made.model_alpha,
        row.label,
        *_answers(made),
        *_feedback(row),
        *times,
        *_memory(made.memory_usage),
        *(made.backend, made.variant, made.source),
        *_picture(made),
        *_device(row),
    )


def _answers(made: Inference) -> list[Cell]:
    best = sorted(made.predictions, key=lambda prediction: prediction.rank)[:ANSWERS]
    found: list[Cell] = [cell for each in best for cell in (each.class_name, each.probability)]
    return found + [None] * (2 * ANSWERS - len(found))


def _feedback(row: ExportRow) -> tuple[Cell, ...]:
    said = row.feedback
    if said is None:
        return (None,) * 3
    word = None if said.is_correct is None else str(said.is_correct).upper()
    return word, said.corrected_label, said.confidence


def _memory(usage: MemoryUsage) -> tuple[Cell, ...]:
    return usage.num_tensors, usage.num_bytes, usage.num_data_buffers


def _picture(made: Inference) -> tuple[Cell, ...]:
    known = made.picture
    if known is None:
        return (None,) * 7
    facts = (known.width, known.height, known.bytes, known.captured_at)
    return known.sha256, known.file_name, known.path, *facts


def _device(row: ExportRow) -> tuple[Cell, ...]:
    device = row.device
    if device is None:
        return (None,) * 6
    gpu = (device.gpu.vendor, device.gpu.renderer) if device.gpu else (None, None)
    memory = (device.device_memory, device.hardware_concurrency)
    return *gpu, device.webgl_version, *memory, device.user_agent
