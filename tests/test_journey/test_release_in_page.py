"""A release on a device with its real page: the page finds its numbers right, it answers beside the model at
work, takes its place between two pictures, and goes back when what the user says proves it worse. The user
drops pictures, says by keys what they show, and clicks to send."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from collector_serving import ServedCollector, new_collector
from driving import Page, generated_pictures, open_page
from head_versions import renamed, starter_head, version_at_work
from msgspec import structs
from playwright.sync_api import BrowserContext
from releasing import Shop
from running import Whimbrel, running
from teaching import correct, labels_of

from desktop.running_app import RunningApp
from store.clock import SystemClock
from store.models.head_set import write_head
from store.models.labels import Label
from store.releases.keys import new_key
from store.releases.making import release_of

pytestmark = pytest.mark.browser

LEAST = 5  # pictures in the shadow, here
PROOF = 7  # in a row that only one of two gets right
PATIENCE_S = 60.0


@dataclass(frozen=True)
class Enrolled:
    """A running Whimbrel that is enrolled at a collector, with what is at work there."""

    app: Whimbrel
    device: RunningApp
    centre: ServedCollector
    shop: Shop
    base: str

    def until(self, page: Page, done: Callable[[], bool], what: str) -> None:
        """Sends what waits until something is so."""
        ends = time.monotonic() + PATIENCE_S
        while not done():
            assert time.monotonic() < ends, f"{what}: {states(self)}"
            self.device.call("POST", "/api/sync/now", {})
            page.wait_for_timeout(100)


@pytest.fixture
def shop(data_dir: Path, tmp_path: Path) -> Shop:
    """Makes releases of the starter's head under other names, which the user finds wrong."""
    base, head = version_at_work(data_dir), starter_head(data_dir)
    models = tmp_path / "shop" / "models"
    shutil.copytree(data_dir / "models" / base.backbone_id, models / base.backbone_id, copy_function=os.link)
    layers, names = renamed(head, "other")
    head_id = write_head(models, replace(head, layers=layers, labels=tuple(map(Label, names))))
    version = structs.replace(base, id=f"other-{head_id[:8]}", name="Other", head_id=head_id)
    return Shop(models, version, new_key(), tmp_path / "shop")


@pytest.fixture
def enrolled(data_dir: Path, shop: Shop, tmp_path: Path, no_keyring: None) -> Iterator[Enrolled]:
    """Enrolled, and nothing is released yet."""
    (tmp_path / "centre").mkdir()
    with new_collector(tmp_path / "centre", SystemClock()) as centre, running(data_dir) as app:
        centre.collector.release_keys.set_first([shop.key.public_key], "ada")
        device = RunningApp(app.port, app.data_dir)
        device.call("PATCH", "/api/settings", {"releaseShadowPictures": LEAST})
        device.call("POST", "/api/sync/consent", {"sharing": {"embeddings": False}})
        code = centre.collector.devices.new_code("ada")
        device.call("POST", "/api/sync/enrol", {"url": centre.url, "code": code})
        [active] = [
            each for each in device.call("GET", "/api/models")["versions"] if each["state"] == "active"
        ]
        yield Enrolled(app, device, centre, shop, active["id"])


def offer(enrolled: Enrolled) -> None:
    """Release 7 goes out to all devices."""
    enrolled.shop.signed(7, made_at=SystemClock().now_ms())
    folder = enrolled.shop.folder / "head-7"
    enrolled.centre.collector.releases.add(release_of(folder), folder, "ada", percent=100, groups=None)


def states(enrolled: Enrolled) -> dict[str, str]:
    versions = enrolled.device.call("GET", "/api/models")["versions"]
    return {version["name"]: version["state"] for version in versions}


def test_a_page_tries_a_release_works_with_it_and_goes_back_when_it_is_worse(
    enrolled: Enrolled, context: BrowserContext, tmp_path: Path
) -> None:
    page = open_page(enrolled.app, context)
    at_first = states(enrolled)
    files = generated_pictures(tmp_path / "drawn", 1 + LEAST + PROOF + 1)
    offer(enrolled)
    labels_of(page, files[:1])
    enrolled.until(
        page, lambda: states(enrolled).get("Other") == "shadow", "it does not answer in the shadow"
    )

    assert not any(label.startswith("other ") for label in labels_of(page, files[1 : 1 + LEAST]))
    enrolled.until(page, lambda: at_work(page).startswith("other-"), "the page does not work with it")

    judged = files[1 + LEAST : -1]
    for file, label in zip(judged, labels_of(page, judged), strict=True):
        correct(page, file.name, label.removeprefix("other "))
    enrolled.until(page, lambda: at_work(page) == enrolled.base, "the page does not go back")
    assert states(enrolled) == at_first | {"Other": "retired"}
    assert not labels_of(page, files[-1:])[0].startswith("other ")

    reports = enrolled.centre.collector.release_reports
    enrolled.until(page, lambda: len(reports.of(7)) == 4, "the collector does not hear of it")
    told = {each.state: each.figures for each in reports.of(7)}
    assert set(told) == {"downloaded", "shadow", "active", "rolled-back"}
    figures = told["rolled-back"]
    assert (figures["by"], figures["onlyBefore"], figures["onlyRelease"]) == ("feedback", PROOF, 0)


def at_work(page: Page) -> str:
    """The version that answers in the page."""
    return str(page.evaluate("document.documentElement.dataset.model"))
