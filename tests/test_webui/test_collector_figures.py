"""The statistics page: every number leads to exactly its records."""

from __future__ import annotations

import csv
import html
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from collecting import enrolled, inference, said_of
from collector_serving import ServedCollector
from team_pages import signed_in, team_collector, text_of
from two_hands import TwoHands

from webui.collector.handlers import figures
from webui.collector.handlers.figures import took_words
from webui.collector.team_handler import ago_words

LINK = re.compile(r'<a (?:class="soft" )?href="(/team/records[^"]*)"[^>]*>([\d,]+)[^<]*<')


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedCollector]:
    with team_collector(tmp_path, TwoHands()) as found:
        for device, version in (("laptop & co", "birds 1"), ("other", "birds 2 & more")):
            sender = enrolled(found.collector, device)
            for number in range(8):
                record = inference(f"{device} {number}", "owl", modelVersion=version, totalTime=10 + number)
                answer = sender.event(record)
                word = {"isCorrect": number < 5} if number < 7 else {"isCorrect": None}
                said = said_of(answer["event_id"], **word)
                found.collector.take(sender.batch(answer, sender.event({**said, "blind": number == 3})))
        yield found


def test_every_number_leads_to_its_records(served: ServedCollector) -> None:
    served.collector.count()
    with signed_in(served, "vera") as vera:
        page = vera.get("/team/statistics", params={"days": "30"})
        told = text_of(page)
        assert "birds 1 8" in told
        assert "71 %, likely 36-92 from 7 , 2 wrong , 1 unsure" in told
        links = [(html.unescape(path), int(count)) for path, count in LINK.findall(page.text)]
        counted = [
            (path, count) for path, count in links if "slower" not in path and "word=right" not in path
        ]
        assert len(counted) >= 16
        for path, count in counted:
            assert len(re.findall(r"<code>", vera.get(path).text)) == count, path
        for path, _ in [each for each in links if "slower" in each[0]]:
            assert vera.get(path).status_code == 200


def test_it_says_how_fresh_it_is(served: ServedCollector) -> None:
    with signed_in(served, "vera") as vera:
        told = text_of(vera.get("/team/statistics"))
        assert "No device has sent" in told
        assert "Nothing was counted yet" in told
        served.collector.count()
        assert "Counted less than a minute ago." in text_of(vera.get("/team/statistics"))
        enrolled_late = enrolled(served.collector, "late")
        served.collector.take(enrolled_late.batch(*enrolled_late.records(1)))
        assert "1 batch waits to be counted." in text_of(vera.get("/team/records"))


def test_the_table_behind_it(served: ServedCollector) -> None:
    served.collector.count()
    with signed_in(served, "vera") as vera:
        answer = vera.get("/team/statistics", params={"format": "csv", "version": "birds 1"})
    rows = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["by"], row["name"], row["pictures"], row["right"]) for row in rows] == [
        ("version", "birds 1", "8", "5"),
        ("device", "laptop & co", "8", "5"),
    ]


def test_older_records_are_on_the_next_page(served: ServedCollector, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(figures, "PAGE", 5)
    with signed_in(served, "vera") as vera:
        path, seen = "/team/records?version=birds+1", list[str]()
        while path:
            page = vera.get(path).text
            seen += re.findall(r"<code>(\w+)", page)
            older = re.search(r'href="([^"]*)">Older', page)
            path = html.unescape(older[1]) if older else ""
    assert len(seen) == len(set(seen)) == 8


@pytest.mark.parametrize(
    "query",
    ["days=0", "days=x", "word=maybe", "slower=nan", "slower=-1", "after=x", "after=1.2.3", "device=zz"],
)
def test_what_cannot_be_asked_for_is_refused(served: ServedCollector, query: str) -> None:
    with signed_in(served, "vera") as vera:
        assert vera.get(f"/team/records?{query}").status_code in {400, 404}


def test_words_for_times() -> None:
    assert [took_words(each) for each in (None, 0.4, 999.4, 999.6, 9949.0, 61_000.0)] == [
        "", "0 ms", "999 ms", "1.0 s", "9.9 s", "61 s",
    ]  # fmt: skip
    assert [ago_words(each) for each in (59_999, 60_000, 7_200_000, 172_800_000)] == [
        "less than a minute ago", "1 minute ago", "2 hours ago", "2 days ago",
    ]  # fmt: skip
