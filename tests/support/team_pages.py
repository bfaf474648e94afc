"""The team's pages of a collector in this process, and people who are signed in there."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from argon2 import PasswordHasher
from collector_serving import ServedCollector, serving_collector
from two_hands import TwoHands

from store.collector import passwords
from store.collector.opening import make_if_new, open_database
from store.collector.service import Collector

PASSWORD = "a short sentence"
PEOPLE = {"vera": "viewer", "lars": "labeller", "ada": "admin"}


@contextmanager
def team_collector(folder: Path, clock: TwoHands) -> Iterator[ServedCollector]:
    """A collector with an account for each role of `PEOPLE`, with passwords that are quick to check."""
    hasher = passwords._hasher
    passwords._hasher = lambda: PasswordHasher(1, 8, 1)  # type: ignore[assignment]
    passwords._of_nobody.cache_clear()
    database = open_database(str(folder / "collector.sqlite3"))
    try:
        make_if_new(database, clock)
        collector = Collector(database, clock)
        for name, role in PEOPLE.items():
            collector.accounts.put(name, role, PASSWORD, "test")
        with serving_collector(collector) as served:
            yield served
    finally:
        database.close()
        passwords._hasher = hasher
        passwords._of_nobody.cache_clear()


@contextmanager
def signed_in(served: ServedCollector, name: str) -> Iterator[httpx.Client]:
    """Somebody's browser."""
    with served.client() as client:
        client.headers["Origin"] = served.url
        answer = client.post("/team/sign-in", data={"name": name, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
        yield client


def text_of(response: httpx.Response, status: int = 200) -> str:
    """What a page says, without its tags."""
    assert response.status_code == status, response.text
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", response.text)).split())
