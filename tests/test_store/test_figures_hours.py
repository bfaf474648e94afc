"""A series by the hour has every record in its own hour, on whole days too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from local_records import NOW, HandClock, inference, said, send

from store.local.figures.forms import Performance
from store.local.figures.service import Figures
from store.local.figures.units import DAY, HOUR, floor_to
from store.local.figures.windows import Asked
from store.local.opening import LocalStore, open_store

HOURS_AGO = (3, 27, 30, 75, 150)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path, HandClock())
    for number, hours in enumerate(HOURS_AGO, 1):
        at = NOW - hours * HOUR
        send(opened.statistics, inference(number, timestamp=at), said(90 + number, number, timestamp=at))
    yield opened
    opened.close()


def figures_of(store: LocalStore, asked: Asked) -> Performance:
    return Figures(store.database, HandClock(), {}).performance(asked)


def test_each_answer_is_in_its_hour(store: LocalStore) -> None:
    figures = figures_of(store, Asked("7d"))
    hours_of = sorted(floor_to(HOUR, NOW - hours * HOUR) for hours in HOURS_AGO)
    assert figures.window.bucket_ms == HOUR
    series = figures.series
    together = [point for point in series.latency if point.backend is None]
    for points in (series.answers, series.accuracy, series.memory, together):
        assert [(point.at, point.n) for point in points] == [(at, 1) for at in hours_of]


def test_by_the_day_they_are_in_its_day(store: LocalStore) -> None:
    points = figures_of(store, Asked("7d", "day")).series.answers
    assert sum(point.n for point in points) == len(HOURS_AGO)
    assert all(point.at == floor_to(DAY, point.at) for point in points)
