"""The shared label list on the team's page, and as devices receive it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from collecting import enrolled
from collector_serving import ServedCollector
from team_pages import signed_in, team_collector, text_of
from two_hands import TwoHands

from store.protocol_beside import LABELS


@pytest.fixture
def served(tmp_path: Path) -> Iterator[ServedCollector]:
    with team_collector(tmp_path, TwoHands()) as found:
        yield found


def test_the_list_is_made_and_changed_by_forms(served: ServedCollector) -> None:
    with signed_in(served, "lars") as lars:
        assert "The list is empty" in text_of(lars.get("/team/labels"))
        added = {"name": "grey wolf", "scientific": "Canis lupus", "synonyms": "wolf; lobo"}
        assert lars.post("/team/labels/add", data=added).status_code == 303
        assert "grey wolf Canis lupus lobo, wolf" in text_of(lars.get("/team/labels"))
        assert "counts as “grey wolf”" in text_of(lars.post("/team/labels/add", data={"name": "wolf"}), 422)
        assert "wolf" in text_of(lars.get("/team/labels/edit", params={"name": "grey wolf"}))
        changed = {"old": "grey wolf", "name": "gray wolf", "synonyms": "wolf\r\nlobo"}
        assert lars.post("/team/labels/edit", data=changed).status_code == 303
        lars.post("/team/labels/add", data={"name": "dog"})
        lars.post("/team/labels/merge", data={"old": "dog", "into": "gray wolf"})
        told = text_of(lars.get("/team/labels"))
        assert "gray wolf dog, grey wolf, lobo, wolf" in told
        assert lars.post("/team/labels/remove", data={"old": "gray wolf"}).status_code == 303
        assert lars.get("/team/labels/edit", params={"name": "gray wolf"}).status_code == 404
    assert served.collector.labels.all() == []


def test_a_table_is_read_and_written(served: ServedCollector) -> None:
    with signed_in(served, "lars") as lars:
        table = {"table": ("labels.csv", "name,scientific,synonyms\nkestrel,Falco,windhover\n")}
        assert "1 label was read." in text_of(lars.post("/team/labels/import", files=table))
        bad = {"table": ("labels.csv", "name,synonyms\nkite,\nowl,windhover\n")}
        told = text_of(lars.post("/team/labels/import", files=bad), 422)
        assert "“windhover” counts as “kestrel”" in told
        written = lars.get("/team/labels.csv")
        assert (
            written.content.decode("utf-8-sig") == "name,scientific,synonyms\r\nkestrel,Falco,windhover\r\n"
        )
        assert lars.post("/team/labels/import", data={"table": "x"}).status_code == 415


def test_a_viewer_changes_nothing(served: ServedCollector) -> None:
    with signed_in(served, "vera") as vera:
        assert '<form method="post" action="/team/labels' not in vera.get("/team/labels").text
        assert vera.post("/team/labels/add", data={"name": "kite"}).status_code == 403
        table = {"table": ("labels.csv", "name\nkite")}
        assert vera.post("/team/labels/import", files=table).status_code == 403
    assert served.collector.labels.all() == []


def test_devices_receive_the_list_once(served: ServedCollector) -> None:
    sender = enrolled(served.collector)
    with signed_in(served, "lars") as lars:
        lars.post("/team/labels/add", data={"name": "kestrel", "synonyms": "windhover"})
    with served.client(sender.admitted.token) as device:
        told = device.get(LABELS).json()
        assert told["labels"] == [{"name": "kestrel", "scientific": None, "synonyms": ["windhover"]}]
        assert told["collector_id"] == served.collector.id.hex()
        again = device.get(LABELS, params={"etag": told["etag"]}).json()
        assert (again["etag"], again["labels"]) == (told["etag"], None)
    with served.client() as stranger:
        assert stranger.get(LABELS).status_code == 401
