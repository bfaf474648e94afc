"""What a version's numbers have to be in the page, and what pages found them to be."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import numpy as np
import pytest
from serving import Served

from store.models.head_check import CHECKS, check_embeddings
from store.models.head_set import load_head
from store.models.network import head_logits


def metrics(page: httpx.Client, version_id: str) -> dict[str, Any]:
    """A version's metrics as the page reads them."""
    versions = page.get("/api/models").json()["versions"]
    found: dict[str, Any] = next(each["metrics"] for each in versions if each["id"] == version_id)
    return found


def report(page: httpx.Client, version_id: str, off: float | None, backend: str = "wasm", **more: Any) -> int:
    """Tells what a page found; the answer's status."""
    body = {"backend": backend, "maxRelative": off, **more}
    return page.post(f"/api/models/{version_id}/checks", json=body).status_code


def test_the_page_is_told_numpys_logits(served: Served, page: httpx.Client) -> None:
    version = served.models.make("Checked", ("wolf", "dog", "fox"))
    address = served.models.registry.descriptor(version)["checkUrl"]
    said = page.get(str(address)).json()
    layers = load_head(served.data_dir / "models", version.head_id).layers
    wanted = head_logits(layers, check_embeddings(CHECKS, layers[0][0].shape[0]))
    found = np.frombuffer(base64.b64decode(said["logits"]), "<f4").reshape(said["count"], 3)
    assert np.array_equal(found, wanted)


def test_what_pages_found_is_kept_with_the_version_as_a_gate(served: Served, page: httpx.Client) -> None:
    version = served.models.make("Right")
    before = metrics(page, version.id)
    assert report(page, version.id, 2e-7) == 200
    kept = metrics(page, version.id)
    assert kept["pageChecks"] == {"wasm": {"maxRelative": 2e-7, "limit": 1e-3}}
    assert [(gate["name"], gate["passed"], gate["figure"]) for gate in kept["gates"]] == [
        ("page", True, 2e-7)
    ]
    assert {name: kept[name] for name in before} == before


def test_the_worst_backend_decides_and_the_last_word_of_each_counts(
    served: Served, page: httpx.Client
) -> None:
    version = served.models.make("Torn")
    for off, backend, more in ((1e-6, "wasm", {}), (5e-3, "webgl", {"halfPrecision": True})):
        report(page, version.id, off, backend, **more)
    assert metrics(page, version.id)["gates"][0]["passed"]
    report(page, version.id, None, "webgpu")
    [gate] = metrics(page, version.id)["gates"]
    assert (gate["passed"], gate["figure"]) == (False, None)
    assert gate["sentence"] == "In the page (webgpu) it gives numbers that are none; 0.001 is allowed."
    report(page, version.id, 1e-5, "webgpu")
    assert metrics(page, version.id)["gates"][0]["passed"]


def test_other_gates_stay(served: Served, page: httpx.Client) -> None:
    from store.local.learning.version_checks import change_metrics

    version = served.models.make("Judged")
    other = {"name": "files", "passed": True}
    change_metrics(served.store.database, version.id, lambda found: {**found, "gates": [other]})
    report(page, version.id, 0.25)
    assert [gate["name"] for gate in metrics(page, version.id)["gates"]] == ["files", "page"]
    assert metrics(page, version.id)["gates"][1]["passed"] is False


@pytest.mark.parametrize("way", ["get", "post"])
def test_an_unknown_version_is_said(page: httpx.Client, way: str) -> None:
    body = {"json": {"backend": "wasm", "maxRelative": 0.0}} if way == "post" else {}
    answer = page.request(way.upper(), "/api/models/nothing/checks", **body)  # type: ignore[arg-type]
    assert answer.status_code == 404


def test_a_damaged_head_has_no_reference(served: Served, page: httpx.Client) -> None:
    version = served.models.make("Rotten")
    weights = served.data_dir / "models" / version.head_id / "head.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"\xff")
    assert page.get(f"/api/models/{version.id}/checks").status_code == 422
