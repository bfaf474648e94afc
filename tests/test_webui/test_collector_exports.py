"""Exports at the collector as downloads: for labellers from the page, for programs with a token."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from collecting import enrolled
from collector_serving import ServedCollector
from local_records import inference
from team_pages import signed_in, team_collector, text_of
from two_hands import TwoHands

FORM = {
    "format": "json",
    "from": "",
    "to": "",
    "modelVersion": "",
    "label": "",
    "mark": "",
    "minConfidence": "",
}
FILE = "/team/exports/training-data"


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedCollector]:
    with team_collector(tmp_path, TwoHands()) as found:
        sender = enrolled(found.collector)
        found.collector.take(sender.batch(*(sender.event(inference(number)) for number in range(3))))
        found.collector.count()
        yield found


def test_a_labeller_downloads_what_the_form_asks_for(served: ServedCollector) -> None:
    with signed_in(served, "lars") as lars:
        assert "starter-1a2b3c4d" in text_of(lars.get("/team/exports"))
        answer = lars.get(FILE, params=FORM)
        assert answer.headers["Content-Disposition"] == 'attachment; filename="whimbrel-training-data.json"'
        assert len(answer.json()["statistics"]) == 3
        assert lars.get(FILE, params=FORM | {"minConfidence": "0.9"}).json()["statistics"] == []
        assert lars.get(FILE, params={"format": "tfrecord"}).headers["Content-Type"] == "application/x-tar"
        assert lars.get(FILE, params=FORM | {"minConfidence": "2"}).status_code == 400
        assert lars.get(FILE, params={"colour": "red"}).status_code == 400
    with signed_in(served, "ada") as ada:
        assert "lars exported what devices sent, as json" in text_of(ada.get("/team/log"))


def test_a_viewer_exports_nothing(served: ServedCollector) -> None:
    with signed_in(served, "vera") as vera:
        assert "Export" not in text_of(vera.get("/"))
        assert vera.get("/team/exports").status_code == 403
        assert vera.get(FILE, params=FORM).status_code == 403


def test_a_program_exports_with_its_own_token(served: ServedCollector) -> None:
    devices = served.collector.devices
    notebook, station = (devices.new_token(name, (name,), "test").token for name in ("exports", "statistics"))
    with served.client(notebook) as program:
        answer = program.get("/api/export/training-data", params={"format": "csv"})
        assert answer.text.count("\r\n") == 4
    for token, status in ((station, 403), (None, 401)):
        with served.client(token) as stranger:
            assert stranger.get("/api/export/training-data").status_code == status
