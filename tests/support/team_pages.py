"""The team's pages of a collector in this process, and people who are signed in there."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from argon2 import PasswordHasher
from collector_serving import ServedCollector, new_collector
from two_hands import TwoHands

from store.collector import passwords

PASSWORD = "a short sentence"
PEOPLE = {"vera": "viewer", "lars": "labeller", "ada": "admin"}


@contextmanager
def team_collector(folder: Path, clock: TwoHands) -> Iterator[ServedCollector]:
    """A collector with an account for each role of `PEOPLE`, with passwords that are quick to check."""
    hasher = passwords._hasher
    passwords._hasher = lambda: PasswordHasher(1, 8, 1)  # type: ignore[assignment]
    passwords._of_nobody.cache_clear()
    try:
        with new_collector(folder, clock) as served:
            for name, role in PEOPLE.items():
                served.collector.accounts.put(name, role, PASSWORD, "test")
            yield served
    finally:
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
