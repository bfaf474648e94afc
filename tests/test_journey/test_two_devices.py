"""Two devices in the field and their team's collector, each a process of its own, from offline to the centre.

Both recognise the same pictures with no collector to be reached and name one differently; then they enrol and
send, while the collector is killed and comes back. The team sees every record once, and the disagreement.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from collect_running import RunningCollector, collect_command
from driving import Page, drop, generated_pictures, open_page, wait_finished, wait_saved
from playwright.sync_api import Browser
from running import ROOT, Whimbrel, running

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("no_keyring")]
PASSWORD = "a sentence for the journey"
PICTURES = 2


@pytest.fixture
def other(prepared_copy: Path) -> Iterator[Whimbrel]:
    """The second device."""
    with running(prepared_copy) as whimbrel:
        yield whimbrel


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[RunningCollector]:
    """The team's collector, with an account for its pages."""
    folder = ("--data-dir", str(tmp_path / "centre"))
    collector = RunningCollector(folder).start()
    account = [sys.executable, "-m", "desktop.cli", "collect", "account", "ada", "--role", "admin", *folder]
    subprocess.run(account, cwd=ROOT, input=f"{PASSWORD}\n", text=True, check=True, capture_output=True)
    yield collector
    collector.stop()


def sync(app: Whimbrel, *words: str, status: int = 0) -> str:
    """`whimbrel sync` as a user types it, which goes through the app that runs."""
    command = [sys.executable, "-m", "desktop.cli", "sync", "--data-dir", str(app.data_dir), *words]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout


def accounts(app: Whimbrel) -> dict[str, Any]:
    """Where everything is, as the device counts."""
    found: dict[str, Any] = json.loads(sync(app, "status", "--json"))["accounts"]
    return found


def names_wrong(page: Page, app: Whimbrel, files: list[Path], label: str) -> None:
    """Recognises pictures, and says that the first is something else."""
    drop(page, files)
    wait_finished(page, [file.name for file in files])
    page.locator(f'[data-picture="{files[0].name}"]').first.click()
    page.keyboard.press("w")
    page.keyboard.type(label)
    page.keyboard.press("Enter")
    wait_saved(page, app, "inference", len(files))
    wait_saved(page, app, "feedback", 1)


def comes_back(collector: RunningCollector) -> None:
    """Killed, and started again at the same address."""
    port = collector.url.rpartition(":")[2]
    collector.stop(signal.SIGKILL)
    collector.words = (*collector.words, "--port", port)
    collector.start()


def test_from_the_field_to_the_centre(
    app: Whimbrel, other: Whimbrel, centre: RunningCollector, browser: Browser, tmp_path: Path
) -> None:
    files = generated_pictures(tmp_path / "drawn", PICTURES)
    for device, label in ((app, "grey heron"), (other, "little egret")):
        context = browser.new_context()
        names_wrong(open_page(device, context), device, files, label)
        context.close()
        assert accounts(device)["waiting"] == accounts(device)["recorded"] > PICTURES

    sent = 0
    for device in (app, other):
        code = collect_command("enrolment-code", *centre.words[:2]).splitlines()[0]
        sync(device, "agree", "--yes", "--file-names")
        sync(device, "enrol", code, centre.url)
        if device is other:
            comes_back(centre)
        sync(device)
        found = accounts(device)
        assert (found["waiting"], found["accepted"]) == (0, found["recorded"]), found
        sent += found["recorded"]

    with httpx.Client(base_url=centre.url, trust_env=False, timeout=20) as ada:
        ada.post("/team/sign-in", data={"name": "ada", "password": PASSWORD}, headers={"Origin": centre.url})
        assert ada.get("/").text.count('aria-label="Put ') == 2
        disagreements = ada.get("/team/disagreements").text
        assert "grey heron" in disagreements
        assert "little egret" in disagreements
        metrics = ada.get("/metrics").text
    accepted = [
        line for line in metrics.splitlines() if line.startswith("whimbrel_collector_events_accepted_total")
    ]
    assert [float(line.rpartition(" ")[2]) for line in accepted] == [sent], metrics
