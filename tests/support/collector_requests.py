"""Requests to a collector as devices make them, and what its refusals must look like."""

from __future__ import annotations

import base64
import gzip
from typing import Any

import httpx
import msgspec
from collector_serving import ServedCollector

from store.protocol import EVENTS

KEY = base64.b64encode(b"k" * 32).decode()


def sent(client: httpx.Client, body: Any, **headers: str) -> httpx.Response:
    """A batch as the engine sends it."""
    content = gzip.compress(msgspec.json.encode(body))
    all_headers = {"Content-Type": "application/json", "Content-Encoding": "gzip", **headers}
    return client.post(EVENTS, content=content, headers=all_headers)


def enrolment(code: str, **others: Any) -> dict[str, Any]:
    about = {"device_name": "laptop", "public_key": KEY, "app_version": "1", "platform": "linux"}
    return {"schema": 1, "code": code, "install_id": "i", **about, **others}


def refused(response: httpx.Response, status: int, code: str, served: ServedCollector) -> dict[str, Any]:
    """The problem document of a refusal, which always says whose it is."""
    assert response.status_code == status, response.text
    assert response.headers["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = response.json()
    assert (problem["code"], problem["collector_id"]) == (code, served.collector.id.hex())
    return problem
