"""A device hands a model in at a real collector, over a real socket that may be cut."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from collecting import enrolled
from collector_serving import ServedCollector, new_collector
from releasing import Shop, open_shop
from two_hands import TwoHands

from store.clock import SystemClock
from store.releases.making import MANIFEST
from store.sync.exchange import Exchange, Line
from store.sync.forms import Enrolment
from store.sync.releases import handing_in
from store.sync.releases.handing_in import NotHandedIn, Way, hand_in
from store.sync.transport import HttpTransport
from store.sync.verdict import Response


class Link(HttpTransport):
    """Does harm to so many of the next answers."""

    def __init__(self) -> None:
        super().__init__("Whimbrel/test", connect_s=5, read_s=10)
        self.cut = 0
        self.sent = 0

    def post(self, url: str, body: bytes, token: str | None) -> Response:
        self.sent += 1
        response = super().post(url, body, token)
        if self.cut:
            self.cut -= 1
            return Response(failure="cut")
        return response


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shop: Shop = open_shop(tmp_path_factory.mktemp("shop"))
    return shop.make(1, "whole")


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedCollector]:
    with new_collector(tmp_path, TwoHands()) as found:
        yield found


@pytest.fixture
def link() -> Link:
    return Link()


@pytest.fixture
def way(served: ServedCollector, link: Link, monkeypatch: pytest.MonkeyPatch) -> Iterator[Way]:
    monkeypatch.setattr(handing_in, "MOST_PART_BYTES", 50_000)
    admitted = enrolled(served.collector).admitted
    collector_id = served.collector.id.hex()
    enrolment = Enrolment(served.url, collector_id, admitted.device_id.hex(), "laptop", 1, "file")
    yield Way(Exchange(link, SystemClock()), Line(enrolment, admitted.token), lambda _: None)
    link.close()


def send(way: Way, draft: Path) -> str:
    return hand_in(way, draft, (draft / MANIFEST).read_bytes(), lambda _said, _done: None)


def test_a_model_comes_whole_and_is_not_sent_twice(
    served: ServedCollector, way: Way, link: Link, draft: Path
) -> None:
    first = send(way, draft)
    [model] = served.collector.models.all()
    assert first == model.id
    sent = link.sent
    assert send(way, draft) == first
    assert link.sent == sent + 1


def test_where_an_answer_is_lost_it_goes_on_and_sends_nothing_twice(
    served: ServedCollector, way: Way, link: Link, draft: Path
) -> None:
    link.cut = 2
    send(way, draft)
    whole = link.sent
    assert len(served.collector.models.all()) == 1
    assert whole == 1 + 8 + 2  # a question, the parts, and the two that were answered in vain


def test_a_connection_that_stays_away_is_said_and_the_next_time_goes_on(
    served: ServedCollector, way: Way, link: Link, draft: Path
) -> None:
    def cut_later(_said: str, done: float) -> None:
        link.cut = 100 if 0.2 < done < 0.7 else 0

    with pytest.raises(NotHandedIn, match="cut"):
        hand_in(way, draft, (draft / MANIFEST).read_bytes(), cut_later)
    link.cut, before = 0, link.sent
    send(way, draft)
    whole = 1 + sum(
        math.ceil(path.stat().st_size / 50_000) for path in draft.iterdir() if path.name != MANIFEST
    )
    assert link.sent - before < whole
    assert len(served.collector.models.all()) == 1


def test_what_is_no_model_is_refused_in_words(way: Way, draft: Path) -> None:
    with pytest.raises(NotHandedIn, match="does not take"):
        hand_in(way, draft, b"{}", lambda _said, _done: None)
