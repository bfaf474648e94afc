"""What `GET /api/metrics/performance` answers, as values. Times in ms since the epoch, durations in ms."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct, field

Stage = Literal["inference", "preprocessing", "total"]
WindowName = Literal["24h", "7d", "30d", "90d", "all"]
BucketName = Literal["auto", "hour", "day", "week"]
StorageKind = Literal[
    "records", "embeddings", "thumbnails", "crops", "feedback", "other", "backups", "models", "logs"
]


class _Form(Struct, frozen=True, rename="camel"):
    """Every key is there in JSON."""


class Change(_Form, frozen=True):
    """Against the window before, with the 95 % interval of the difference."""

    value: float
    low: float
    high: float


class Figure(_Form, frozen=True):
    """A value with its 95 % bounds (null where it is counted or there is no telling) from `n` records.

    `records` is the query of `GET /api/records` that lists the records behind it, null where there are none.
    """

    value: float | None
    n: int
    low: float | None = None
    high: float | None = None
    change: Change | None = None
    records: str | None = None


class Window(_Form, frozen=True):
    """Whole hours in UTC, `to` itself out: the end of the present hour. A bucket is `bucketMs` long."""

    name: WindowName
    start: int = field(name="from")
    end: int = field(name="to")
    bucket_ms: int


class Previous(_Form, frozen=True):
    """The window before, as long."""

    start: int = field(name="from")
    end: int = field(name="to")


class Counts(_Form, frozen=True):
    """How many: answers, different pictures and sessions of them, answers with a word of the user on them,
    those of them with another label, and failures."""

    answers: Figure
    pictures: Figure
    feedback: Figure
    corrections: Figure
    errors: Figure
    sessions: Figure


class Latency(_Form, frozen=True):
    """Percentiles of one stage; `backend` and `modelVersion` null for all together."""

    stage: Stage
    backend: str | None
    model_version: str | None
    p50: Figure
    p95: Figure
    p99: Figure


class VersionAccuracy(_Form, frozen=True):
    """How often one version was right."""

    model_version: str
    accuracy: Figure


class Accuracy(_Form, frozen=True):
    """How often the user said "right", of the answers with "right" or "wrong" as the last word.

    People report errors sooner than successes: such figures are too low. `audited` is from pictures that were
    drawn by chance, so it is not; it is null until some of them were checked.
    """

    overall: Figure
    by_model_version: list[VersionAccuracy]
    audited: Figure


class ErrorFigure(_Form, frozen=True):
    """How often one kind of failure happened."""

    stage: str
    code: str
    count: Figure


class DeviceFigure(_Form, frozen=True):
    """A device as its browser told of it, and its share of the answers; `device` is its hash, as
    `GET /api/records` takes it."""

    device: str
    vendor: str | None
    renderer: str | None
    webgl_version: str | None
    device_memory: float | None
    hardware_concurrency: int | None
    answers: Figure
    share: float


class MemoryFigures(_Form, frozen=True):
    """Mean of what the network held after an answer (`tf.memory()`)."""

    num_bytes: Figure
    num_tensors: Figure


class RouteFigure(_Form, frozen=True):
    """One route's requests with one class of status, as `2xx`."""

    method: str
    route: str
    status: str
    count: int
    p50: float | None
    p95: float | None
    p99: float | None


class ServerFigures(_Form, frozen=True):
    """The local server: all requests, those answered 5xx, and each route's."""

    requests: Figure
    errors: Figure
    routes: list[RouteFigure]


class Timing(_Form, frozen=True):
    """Percentiles of something that is only measured."""

    n: int
    p50: float | None
    p95: float | None
    p99: float | None


class DatabaseFigures(_Form, frozen=True):
    """The file, its write-ahead log, the room in it that is free, commits of groups and snapshots read."""

    file_bytes: int
    wal_bytes: int
    free_bytes: int
    commit: Timing
    query: Timing


class StorageFigure(_Form, frozen=True):
    """What one kind of data takes; `other` is what the database's file holds beside the kinds named."""

    kind: StorageKind
    bytes: int
    count: int


class Cause(_Form, frozen=True):
    """How often a training was called for by one cause."""

    cause: str
    count: int


class RetrainingFigures(_Form, frozen=True):
    """How often a training was called for, and why."""

    triggers: Figure
    causes: list[Cause]


class LatencyPoint(_Form, frozen=True):
    """Stage `inference` in one bucket; `backend` null for all together."""

    at: int
    backend: str | None
    n: int
    p50: float | None
    p95: float | None
    p99: float | None


class AccuracyPoint(_Form, frozen=True):
    """Answers of one bucket that were judged."""

    at: int
    n: int
    correct: int
    value: float | None
    low: float | None
    high: float | None


class MemoryPoint(_Form, frozen=True):
    """Means are exact, the largest within ±1 %."""

    at: int
    n: int
    mean_bytes: float
    max_bytes: float
    mean_tensors: float
    max_tensors: float


class CountPoint(_Form, frozen=True):
    """How many in one bucket."""

    at: int
    n: int


class RequestPoint(_Form, frozen=True):
    """Requests of one bucket."""

    at: int
    n: int
    p50: float | None
    p95: float | None
    p99: float | None


class Series(_Form, frozen=True):
    """Over time; `at` is the start of a bucket, and buckets in which nothing was are left out."""

    latency: list[LatencyPoint]
    accuracy: list[AccuracyPoint]
    memory: list[MemoryPoint]
    answers: list[CountPoint]
    errors: list[CountPoint]
    requests: list[RequestPoint]


class Performance(_Form, frozen=True):
    """All figures of a window. `pending` records are stored and not in them yet; `relativeError` is how far a
    percentile may be from the exact one for being counted in buckets."""

    window: Window
    previous: Previous | None
    pending: int
    relative_error: float
    counts: Counts
    latency: list[Latency]
    accuracy: Accuracy
    errors: list[ErrorFigure]
    devices: list[DeviceFigure]
    memory: MemoryFigures
    server: ServerFigures
    database: DatabaseFigures
    storage: list[StorageFigure]
    retraining: RetrainingFigures
    series: Series
