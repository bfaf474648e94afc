"""No reader keeps a transaction open after its call: one that did would hold old bytes in the log."""

from __future__ import annotations

import gc
from collections.abc import Iterator

import apsw
import httpx
import pytest
from local_records import said, send, sha256_of, taken_back
from serving import JSON, Served
from upkeep_support import fill, full_inference

ENDLESS = "/api/events"
NOT_OF_THE_MEMORY = ("/api/openapi.json", "/readyz")


@pytest.fixture
def no_collector() -> Iterator[None]:
    """What only the garbage collector would let go is held."""
    gc.disable()
    yield
    gc.enable()


@pytest.fixture
def remembering(served: Served) -> Served:
    fill(served.store, 1, 5)
    send(served.store.statistics, said(10, about=1), taken_back(11, about=1, retracts=10))
    return served


def holding(served: Served) -> list[apsw.Connection]:
    """The read-only connections that are inside of a transaction."""
    return [one for one in served.store.database._peewee._readers if one.txn_state("main") != 0]


def addresses(page: httpx.Client) -> list[str]:
    """Every address that a GET reads from, its parameters filled in with what there is."""
    known = {
        "sha256": sha256_of("picture 1"),
        "id": full_inference(1)["id"],
        "number": "1",
    }
    paths = page.get("/api/openapi.json").json()["paths"]
    return [path.format_map(_Filled(known)) for path, methods in paths.items() if "get" in methods]


class _Filled(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return "unknown"


def test_no_answer_leaves_a_reader_inside_of_a_transaction(
    remembering: Served, page: httpx.Client, no_collector: None
) -> None:
    asked = [one for one in addresses(page) if one not in (ENDLESS, *NOT_OF_THE_MEMORY)]
    assert len(asked) > 15
    read = []
    for address in asked:
        answer = page.get(address)
        read += [address] if answer.status_code == 200 else []
        assert (address, holding(remembering)) == (address, [])
    assert {"/api/records", "/api/pictures", "/api/retention", "/api/metrics/performance"} <= set(read)


def test_no_preview_and_no_stream_of_news_does(
    remembering: Served, page: httpx.Client, no_collector: None
) -> None:
    shown = page.post("/api/erase", content=b'{"everything": true, "preview": true}', headers=JSON)
    assert shown.status_code == 200
    assert holding(remembering) == []
    with page.stream("GET", ENDLESS) as news:
        assert next(news.iter_lines()).startswith("retry")
        assert holding(remembering) == []
