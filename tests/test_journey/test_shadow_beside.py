"""A model over another backbone answers beside the one at work, in the page, out of everybody's way."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from driving import Page, drop, generated_pictures, open_page, payloads, wait_finished, wait_saved, wait_until
from modelling import open_models, random_model
from playwright.sync_api import BrowserContext
from reference import Reference
from running import Whimbrel, running

from store.clock import SystemClock
from store.events import ModelVersion
from store.local.opening import open_store
from store.models.head_set import load_head
from store.models.network import head_forward

pytestmark = pytest.mark.browser

PICTURES = 2
IDLE_MS = 60_000
_BESIDE = """async id => {
    const found = await (await fetch(`/api/models/${id}/shadow`)).json();
    return found.n >= %d && found;
}"""
_SEND = """async ([path, method, body]) => {
    const answer = await fetch(path, {
        method, headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});
    if (!answer.ok) throw new Error(await answer.text());
}"""


@dataclass(frozen=True)
class Both:
    """A running Whimbrel with a small network at work, and another one beside it."""

    app: Whimbrel
    other: ModelVersion


@pytest.fixture
def both(tmp_path: Path) -> Iterator[Both]:
    """Two networks of other weights each: what is measured before anything else is soon measured of them."""
    store = open_store(tmp_path / "data", SystemClock())
    try:
        models = open_models(tmp_path / "data", store, SystemClock())
        models.registry.activate(models.make("At work").id)
        other = random_model("Other", ("fox", "hare", "owl"))
        other = replace(other, arrays={name: 0.9 * values for name, values in other.arrays.items()})
        version = models.registry.add(other)
    finally:
        store.close()
    with running(tmp_path / "data") as app:
        yield Both(app, version)


def test_a_share_of_the_pictures_is_shown_to_the_other_backbone_too(
    both: Both, context: BrowserContext, tmp_path: Path
) -> None:
    app, other = both.app, both.other
    page = open_page(app, context)
    page.evaluate(_SEND, ["/api/settings", "PATCH", {"shadowShare": 1}])
    page.evaluate(_SEND, [f"/api/models/{other.id}/shadow", "POST", {"on": True}])
    files = generated_pictures(tmp_path / "drawn", PICTURES)
    drop(page, files)
    wait_finished(page, [file.name for file in files])
    found = beside(page, other.id, PICTURES)
    records = {record["picture"]["fileName"]: record for record in payloads(app, "inference")}
    assert {record["modelVersion"] for record in records.values()} == {at_work(page)}
    assert found["cost"]["pictures"] == PICTURES
    assert found["cost"]["ms"] > 0
    said = {one["inferenceId"]: (one["shadowLabel"], one["shadowProbability"]) for one in found["differing"]}
    for file in files:
        label, probability = numpys_answer(app, other, file)
        shown = said[records[file.name]["id"]]
        assert shown == (label, pytest.approx(probability, abs=0.02)), file.name
    tensors = {record["memoryUsage"]["numTensors"] for record in records.values()}
    assert tensors_afterwards(page, app, tmp_path) in tensors, (
        "the other network is none of the one at work's"
    )


def beside(page: Page, version: str, count: int) -> dict[str, Any]:
    """How the version in the shadow does, once it has looked at so many pictures."""
    found: dict[str, Any] = wait_until(page, _BESIDE % count, version, IDLE_MS)
    return found


def at_work(page: Page) -> str:
    """The version that answers in the page."""
    return str(page.evaluate("document.documentElement.dataset.model"))


def numpys_answer(app: Whimbrel, version: ModelVersion, file: Path) -> tuple[str, float]:
    """What the version in the shadow answers by numpy."""
    head = load_head(app.data_dir / "models", version.head_id)
    embedding = Reference(app.data_dir, "shadow").embedding(file)[np.newaxis]
    [probabilities] = head_forward(head.layers, embedding, head.temperature, head.input)
    best = int(probabilities.argmax())
    return head.labels[best].name, float(probabilities[best])


def tensors_afterwards(page: Page, app: Whimbrel, folder: Path) -> int:
    """TF.js's count of tensors with one more picture."""
    [file] = generated_pictures(folder / "one more", 1)
    drop(page, [file.rename(file.with_name("one_more.png"))])
    wait_finished(page, ["one_more.png"])
    count: int = wait_saved(page, app, "inference", PICTURES + 1)[-1]["memoryUsage"]["numTensors"]
    return count
