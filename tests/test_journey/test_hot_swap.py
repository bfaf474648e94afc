"""A new version comes to work between two pictures: none fails, nothing leaks, and a wrong one stays out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest
from driving import (
    Page,
    answers,
    drop,
    generated_pictures,
    open_page,
    wait_finished,
    wait_saved,
    wait_until,
)
from full_length import length
from head_versions import add_head, renamed, starter_head
from playwright.sync_api import Browser, BrowserContext, Route
from running import Whimbrel, running

from store.events import ModelVersion

pytestmark = pytest.mark.browser

SWAPS, PICTURES = length((6, 24), (16, 60))
_SWAP = """async ([first, second, swaps]) => {
    const at = () => document.documentElement.dataset.model;
    for (let turn = 0; turn < swaps; turn++) {
        const wanted = turn % 2 === 0 ? second : first;
        const answer = await fetch(`/api/models/${wanted}/activate`, {
            method: 'POST', headers: {'Content-Type': 'application/json'}, body: '{}'});
        if (!answer.ok) throw new Error(await answer.text());
        while (at() !== wanted) await new Promise(done => setTimeout(done, 5));
    }
    return performance.getEntriesByName('whimbrel-swap').map(entry => entry.duration);
}"""


@dataclass(frozen=True)
class Two:
    """A running Whimbrel whose active version has a sibling over the same backbone."""

    app: Whimbrel
    first: str
    second: ModelVersion


@pytest.fixture
def two(data_dir: Path) -> Iterator[Two]:
    """The starter at work, and the same head under other names beside it."""
    second = add_head(data_dir, "Other", *renamed(starter_head(data_dir), "other"))
    with running(data_dir) as app:
        assert second.parent_id is not None
        yield Two(app, second.parent_id, second)


def test_swaps_in_a_batch_fail_nothing_and_leak_nothing(
    two: Two, context: BrowserContext, tmp_path: Path
) -> None:
    page = open_page(two.app, context)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    files = generated_pictures(tmp_path / "drawn", PICTURES)
    drop(page, files)
    took = page.evaluate(_SWAP, [two.first, two.second.id, SWAPS])
    wait_finished(page, [file.name for file in files])
    records = wait_saved(page, two.app, "inference", PICTURES)
    assert [found["state"] for found in answers(page).values()] == ["done"] * PICTURES
    assert all(named(record).startswith("other ") == is_other(record, two) for record in records)
    versions = [record["modelVersion"] for record in records]
    assert sum(one != other for one, other in pairwise(versions)) >= 3, versions
    assert len(took) == SWAPS
    # One more worker, or a backend that is measured, may ask for it once.
    backbones = [url for url in asked if url.endswith(".bin")]
    assert len(backbones) <= 2, "a head is changed without its backbone"
    only_a_head_more = {record["memoryUsage"]["numTensors"] for record in records}
    assert max(only_a_head_more) - min(only_a_head_more) <= 2
    assert tensors_now(page, two.app, tmp_path, PICTURES) == min(only_a_head_more)


def tensors_now(page: Page, app: Whimbrel, folder: Path, before: int) -> int:
    """TF.js's own count of tensors with one more picture, when everything is quiet."""
    [file] = generated_pictures(folder / "one more", 1)
    drop(page, [file.rename(file.with_name("one_more.png"))])
    wait_finished(page, ["one_more.png"])
    count: int = wait_saved(page, app, "inference", before + 1)[-1]["memoryUsage"]["numTensors"]
    return count


def named(record: dict[str, object]) -> str:
    """The record's first answer."""
    return record["predictions"][0]["className"]  # type: ignore[index,no-any-return]


def is_other(record: dict[str, object], two: Two) -> bool:
    """Whether the record says that the second version answered."""
    return record["modelVersion"] == two.second.id


def test_a_head_that_came_damaged_is_not_used_and_the_page_says_so(
    two: Two, browser: Browser, tmp_path: Path
) -> None:
    page = open_page(two.app, browser.new_context(service_workers="block"))

    def damage(route: Route) -> None:
        body = bytearray(route.fetch().body())
        body[-6] ^= 0x40
        route.fulfill(body=bytes(body), content_type="application/octet-stream")

    page.route(f"**/models/{two.second.head_id}/head.safetensors", damage)
    activate(page, two.second.id)
    line = page.locator(f'[data-refused="{two.second.id}"]')
    line.wait_for()
    assert "Other gives other numbers in this page than it should" in line.inner_text()
    assert page.evaluate("document.documentElement.dataset.model") == two.first
    assert top_of(page, "main") == bottom_of(page, ".memory-line")
    [file] = generated_pictures(tmp_path / "drawn", 1)
    drop(page, [file])
    wait_finished(page, [file.name])
    assert wait_saved(page, two.app, "inference", 1)[0]["modelVersion"] == two.first
    gates = page.evaluate(
        """id => fetch('/api/models').then(answer => answer.json())
               .then(({versions}) => versions.find(each => each.id === id).metrics.gates)""",
        two.second.id,
    )
    assert [(gate["name"], gate["passed"]) for gate in gates] == [("page", False)]
    page.unroute_all()
    activate(page, two.first)
    line.wait_for(state="detached")
    assert top_of(page, "main") == bottom_of(page, ".bar")


def test_a_session_that_tries_another_version_stays_with_it(
    two: Two, context: BrowserContext, tmp_path: Path
) -> None:
    page = open_page(two.app, context)
    page.evaluate(
        """id => fetch('/api/settings', {method: 'PATCH', headers: {'Content-Type': 'application/json'},
               body: JSON.stringify({trialVersion: id, trialShare: 1})})""",
        two.second.id,
    )
    page.wait_for_selector(f'html[data-model="{two.second.id}"]', state="attached")
    with page.expect_response("**/api/session?*"):
        activate(page, two.first)
    [file] = generated_pictures(tmp_path / "drawn", 1)
    drop(page, [file])
    wait_finished(page, [file.name])
    assert wait_saved(page, two.app, "inference", 1)[0]["modelVersion"] == two.second.id


def test_what_a_training_left_is_tried_beside_the_one_at_work(two: Two, context: BrowserContext) -> None:
    page = open_page(two.app, context)
    page.evaluate(
        """version => new BroadcastChannel('whimbrel-news').postMessage(
               {kind: 'training', data: {state: 'done', version}})""",
        two.second.id,
    )
    wait_until(
        page,
        """async id => {
               const {versions} = await (await fetch('/api/models')).json();
               const {gates} = versions.find(each => each.id === id).metrics;
               return gates?.some(gate => gate.name === 'page' && gate.passed);
           }""",
        two.second.id,
    )
    assert page.evaluate("document.documentElement.dataset.model") == two.first


def activate(page: Page, version: str) -> None:
    """Puts a version to work on the server."""
    page.evaluate(
        """id => fetch(`/api/models/${id}/activate`, {method: 'POST',
               headers: {'Content-Type': 'application/json'}, body: '{}'})""",
        version,
    )


def top_of(page: Page, what: str) -> float:
    """Where an element begins, px from the top."""
    return float(page.evaluate("what => document.querySelector(what).getBoundingClientRect().top", what))


def bottom_of(page: Page, what: str) -> float:
    """Where an element ends, px from the top."""
    return float(page.evaluate("what => document.querySelector(what).getBoundingClientRect().bottom", what))
