"""Figures across devices: how long answers took, and how many of those that people checked were right.

Times come from histograms of whole days that add up (`counting`). Whether an answer was right is what the
device's user said last, or what the team settled where it did; synonyms of one label are one label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Literal, NamedTuple

from msgspec import Struct

from store.clock import Clock
from store.collector.analytics import Analytics
from store.collector.database import Row, Session
from store.local.figures import histograms
from store.local.figures.histograms import EMPTY, Histograms, Tally
from store.local.figures.intervals import Estimate, wilson

By = Literal["version", "device"]
DAY_MS = 86_400_000
QUANTILES = (0.5, 0.95, 0.99)
VERDICT = """
CASE WHEN settled.id IS NULL THEN last_word.word WHEN settled.label IS NULL THEN 'unsure'
    WHEN coalesce(answer_means.label, last_word.answer) = coalesce(settled_means.label, settled.label)
    THEN 'right' ELSE 'wrong' END
"""
WITH_SETTLEMENTS = """
LEFT JOIN settlement AS settled ON settled.picture = last_word.picture AND settled.undone_at IS NULL
LEFT JOIN label_synonym AS answer_means ON answer_means.synonym = last_word.answer
LEFT JOIN label_synonym AS settled_means ON settled_means.synonym = settled.label
"""
_NARROWED = """
WHERE {table}.day >= ? AND (? = '' OR coalesce({table}.model_version, '') = ?) AND (? = 0 OR device_id = ?)
"""
_TIMINGS = f"""
SELECT day, device_id, model_version, measure, n, total, buckets
FROM timing {_NARROWED.format(table="timing")} AND measure IN ('pictures', 'total') ORDER BY day
"""  # noqa: S608 - our own text
_CHECKED = f"""
SELECT device_id, coalesce(model_version, ''), blind, {VERDICT}, count(*)
FROM last_word {WITH_SETTLEMENTS} {_NARROWED.format(table="last_word")} GROUP BY 1, 2, 3, 4
"""  # noqa: S608
_DEVICES = "SELECT id, name FROM device ORDER BY name, id"
_VERSIONS = "SELECT DISTINCT model_version FROM timing ORDER BY model_version"
_FOR_EVER = -(2**31)


class Narrowed(Struct, frozen=True):
    """Which pictures are looked at: of the last `days`, one device, one model version; None: all."""

    days: int | None = None
    device: bytes | None = None
    version: str | None = None

    def since_ms(self, now_ms: int) -> int | None:
        """The beginning of the first day, None where that is ever."""
        return None if self.days is None else (now_ms // DAY_MS - self.days + 1) * DAY_MS


class Checked(NamedTuple):
    """How often answers were right among those that somebody judged, and how many were not sure."""

    right: int
    wrong: int
    unsure: int

    @property
    def judged(self) -> int:
        """How many were called right or wrong."""
        return self.right + self.wrong

    @property
    def share(self) -> Estimate:
        """The share of right ones with Wilson's interval."""
        return wilson(self.right, self.judged)


class Figure(NamedTuple):
    """One line: a device (its id in hex) or a version. `times` are of `QUANTILES`, in milliseconds, of
    `timed` answers; what is `slower` than each is over that many. `by_chance` are those that chance drew and
    somebody named without seeing the answer."""

    key: str
    name: str
    pictures: int
    timed: int
    times: list[Estimate]
    slower: list[float]
    checked: Checked
    by_chance: Checked


class Choices(NamedTuple):
    """What can be chosen: devices as pairs of id (hex) and name, versions."""

    devices: list[tuple[str, str]]
    versions: list[str]


class TeamFigures:
    """Reads them."""

    def __init__(self, analytics: Analytics, clock: Clock) -> None:
        self._analytics = analytics
        self._clock = clock

    def by(self, by: By, narrowed: Narrowed) -> list[Figure]:
        """A line for each device or version that has any, by its name."""
        values = self._values(narrowed)
        with self._analytics.read() as session:
            timings = session.rows(_TIMINGS, values)
            checked = session.rows(_CHECKED, values)
            names = _names(session)
        return _figures(timings, checked, by, names)

    def choices(self) -> Choices:
        """All devices and versions."""
        with self._analytics.read() as session:
            versions = [version for (version,) in session.rows(_VERSIONS) if version]
            return Choices(list(_names(session).items()), versions)

    def _values(self, narrowed: Narrowed) -> tuple[object, ...]:
        since = narrowed.since_ms(self._clock.now_ms())
        first_day = _FOR_EVER if since is None else since // DAY_MS
        version, device = narrowed.version or "", narrowed.device
        return (first_day, version, version, int(device is not None), device or b"")


def _names(session: Session) -> dict[str, str]:
    """Devices by id; of several with one name each has a part of its id behind it."""
    devices = [(device_id.hex(), name) for device_id, name in session.rows(_DEVICES)]
    often = Counter(name for _, name in devices)
    return {key: f"{name} ({key[:8]})" if often[name] > 1 else name for key, name in devices}


def _figures(timings: list[Row], checked: list[Row], by: By, names: dict[str, str]) -> list[Figure]:
    rows = [
        histograms.Row(day, (device_id.hex(), version, measure), int(n), int(total), bytes(packed))
        for day, device_id, version, measure, n, total, packed in timings
    ]
    place = 0 if by == "device" else 1
    tallies = Histograms(rows).by(lambda row: (str(row.key[place]), str(row.key[2])))
    words = _words(checked, lambda row: row[0].hex() if by == "device" else row[1])
    keys = {key for key, _ in tallies} | {key for key, _ in words}
    figures = [
        _figure(key, names.get(key, key) if by == "device" else key or "no version", tallies, words)
        for key in keys
    ]
    return sorted(figures, key=lambda figure: (figure.name.casefold(), figure.key))


def _words(rows: list[Row], key: Callable[[Row], str]) -> dict[tuple[str, bool], Counter[str]]:
    """How many were right, wrong and unsure, by key and whether chance drew them."""
    found: dict[tuple[str, bool], Counter[str]] = {}
    for row in rows:
        _, _, blind, verdict, count = row
        found.setdefault((key(row), bool(blind)), Counter())[verdict] += int(count)
    return found


def _figure(
    key: str, name: str, tallies: dict[tuple[str, str], Tally], words: dict[tuple[str, bool], Counter[str]]
) -> Figure:
    total, by_chance = tallies.get((key, "total"), EMPTY), words.get((key, True), Counter())
    everything = by_chance + words.get((key, False), Counter())
    return Figure(
        key=key,
        name=name,
        pictures=tallies.get((key, "pictures"), EMPTY).n,
        timed=total.n,
        times=[total.quantile(p) for p in QUANTILES],
        slower=[total.over(p) if total.n else 0.0 for p in QUANTILES],
        checked=_checked(everything),
        by_chance=_checked(by_chance),
    )


def _checked(words: Counter[str]) -> Checked:
    return Checked(words["right"], words["wrong"], words["unsure"])
