"""Schemathesis asks every address of the OpenAPI document, rightly and wrongly, thousands of times.

No answer may be a 5xx, and each must be of a status, media type and form that the document names.
`WHIMBREL_SCHEMA_CASES` says how often each address is asked; a failure prints the request as a curl command.
"""

from __future__ import annotations

import contextlib
import logging
import os
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
import requests
import schemathesis
from full_length import length
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from hypothesis.strategies import SearchStrategy
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from serving import Served, serving

from store.clock import SystemClock
from webui.local.services import LocalServices

CASES = int(os.environ.get("WHIMBREL_SCHEMA_CASES", length(20, 500)))
LEAST_IN_ALL = 2_000
SEED = int(os.environ.get("WHIMBREL_SCHEMA_SEED", "20261124"))
NEVER_ENDS = "/api/events"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


class Hurrying(SystemClock):
    """A clock whose monotonic time runs so fast that nobody is asked to wait."""

    def monotonic(self) -> float:
        return time.monotonic() * 10_000


@pytest.fixture
def served(tmp_path: Path, static_dir: Path) -> Iterator[Served]:
    def hurry(services: LocalServices) -> LocalServices:
        return replace(services, clock=Hurrying())

    (tmp_path / "data").mkdir()
    with serving(tmp_path / "data", static_dir, change=hurry) as running:
        yield running


@contextmanager
def signed_in(served: Served) -> Iterator[requests.Session]:
    """What Schemathesis sends with: the page's cookie and headers."""
    with served.page() as page, requests.Session() as session:
        session.trust_env = False
        session.headers.update({"Origin": served.origin, "Sec-Fetch-Site": "same-origin"})
        session.cookies.update(dict(page.cookies))
        yield session


def operations(served: Served, session: requests.Session) -> Iterator[Any]:
    document = session.get(f"{served.origin}/api/openapi.json").json()
    document["paths"].pop(NEVER_ENDS)
    for found in schemathesis.openapi.from_dict(document).get_all_operations():
        assert isinstance(found, Ok)
        yield found.ok()


def modes(operation: Any) -> list[GenerationMode]:
    """Rightly, and wrongly where there is something to be wrong about."""
    takes_something = operation.query or operation.body or operation.path_parameters
    return [GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if takes_something else [])]


@pytest.mark.timeout(7200)  # it is as long as it is told to be
def test_every_answer_is_as_the_document_says(
    served: Served, subtests: pytest.Subtests, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, logger="whimbrel.http")
    asked: Counter[str] = Counter()
    with signed_in(served) as session:
        for operation in operations(served, session):
            for mode in modes(operation):
                with subtests.test(operation=operation.label, mode=mode.value):
                    ask(operation.as_strategy(generation_mode=mode), served, session, asked)
        assert session.get(f"{served.origin}/readyz").json() == {"ready": True}
    print(f"\n{asked.total()} cases at {len(asked)} addresses, seed {SEED}")
    assert asked.total() >= LEAST_IN_ALL


def ask(
    strategy: SearchStrategy[Any], served: Served, session: requests.Session, asked: Counter[str]
) -> None:
    """Sends what the strategy makes and checks each answer against the document."""

    @seed(SEED)
    @settings(
        max_examples=CASES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategy)
    def each(case: Any) -> None:
        asked[f"{case.method} {case.operation.path}"] += 1
        answer = case.call_and_validate(base_url=served.origin, session=session, checks=CHECKS, timeout=30)
        if answer.status_code == HTTPStatus.ACCEPTED:
            let_it_end(served, session, answer.json()["id"])

    with contextlib.suppress(Unsatisfiable):  # there is nothing wrong to ask where a path takes any text
        each()


def let_it_end(served: Served, session: requests.Session, job: str) -> None:
    """Waits for work that was started, so that the next is not told to come later."""
    while session.get(f"{served.origin}/api/jobs/{job}").json()["state"] == "working":
        pass
