"""The records behind a figure: pictures that devices recognised, the newest arrival first."""

from __future__ import annotations

from typing import Any, Literal, NamedTuple

from msgspec import Struct

from store.clock import Clock
from store.collector.analytics import Analytics
from store.collector.database import Dialect
from store.collector.team_figures import VERDICT, WITH_SETTLEMENTS, Narrowed

PAGE = 100
Word = Literal["right", "wrong", "unsure", "judged"]
_SELECT = f"""
SELECT device.name, event.event_id, event.device_id, event.recorded_at, event.received_at, event.picture,
    event.label, event.probability, event.model_version, {{total_time}}, {VERDICT},
    coalesce(named_means.label, last_word.named), coalesce(settled_means.label, settled.label),
    settled.id IS NOT NULL, coalesce(last_word.blind, 0)
FROM event JOIN device ON device.id = event.device_id
{{kind}} JOIN last_word ON last_word.device_id = event.device_id AND last_word.event_id = event.event_id
{WITH_SETTLEMENTS}
LEFT JOIN label_synonym AS named_means ON named_means.synonym = last_word.named
WHERE event.kind = 'inference' AND event.payload IS NOT NULL
"""  # noqa: S608 - our own text
_ORDER = " ORDER BY event.received_at DESC, event.device_id DESC, event.event_id DESC LIMIT ?"
_AFTER = " AND (event.received_at, event.device_id, event.event_id) < (?, ?, ?)"


class Wanted(Struct, frozen=True):
    """Which records: those of `narrowed`, with this word, drawn by chance, slower than so many milliseconds,
    of one picture (its SHA-256), and behind the last record of the page before."""

    narrowed: Narrowed = Narrowed()
    word: Word | None = None
    by_chance: bool = False
    slower: float | None = None
    picture: bytes | None = None
    after: tuple[int, bytes, bytes] | None = None


class Found(NamedTuple):
    """One picture that was recognised. `verdict` is what counts of it, `named` what the device's user called
    it, `settled_as` what the team decided (None with `is_settled`: that it can't be told)."""

    device: str
    event_id: bytes
    device_id: bytes
    recorded_at: int
    received_at: int
    picture: bytes | None
    answer: str | None
    probability: float | None
    model_version: str | None
    total_time: float | None
    verdict: str | None
    named: str | None
    settled_as: str | None
    is_settled: bool
    blind: int

    @property
    def place(self) -> tuple[int, bytes, bytes]:
        """What the page behind this record begins after."""
        return self.received_at, self.device_id, self.event_id


class Records:
    """Finds them."""

    def __init__(self, analytics: Analytics, clock: Clock) -> None:
        self._analytics = analytics
        self._clock = clock

    def find(self, wanted: Wanted, limit: int = PAGE) -> list[Found]:
        """The newest that are wanted."""
        with self._analytics.read() as session:
            statement, values = _query(wanted, self._clock.now_ms(), session.dialect)
            rows: list[Any] = session.rows(statement + _ORDER, (*values, limit))
        return [Found(*row) for row in rows]


def _query(wanted: Wanted, now_ms: int, dialect: Dialect) -> tuple[str, list[object]]:
    spoken = wanted.word is not None or wanted.by_chance
    statement = _SELECT.format(total_time=dialect.total_time, kind="" if spoken else "LEFT")
    narrowed, values = wanted.narrowed, list[object]()
    day = "last_word.day" if spoken else "event.recorded_at"
    since = narrowed.since_ms(now_ms)
    conditions: list[tuple[str, object]] = [
        (f"{day} >= ?", None if since is None else since // 86_400_000 if spoken else since),
        ("event.device_id = ?", narrowed.device),
        ("event.model_version = ?", narrowed.version),
        ("event.picture = ?", wanted.picture),
        (f"{dialect.total_time} > ?", wanted.slower),
    ]
    for condition, value in conditions:
        if value is not None:
            statement += f" AND {condition}"
            values.append(value)
    if wanted.word == "judged":
        statement += f" AND {VERDICT} IN ('right', 'wrong')"
    elif wanted.word is not None:
        statement += f" AND {VERDICT} = ?"
        values.append(wanted.word)
    if wanted.by_chance:
        statement += " AND last_word.blind = 1"
    if wanted.after is not None:
        statement += _AFTER
        values += wanted.after
    return statement, values
