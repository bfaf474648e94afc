"""From asking for a training to the version that answers: a real server, a real Chromium, 5,000 pictures."""

from __future__ import annotations

import base64
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import psutil
from playwright.sync_api import Browser, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "support")]

from driving import drop, generated_pictures, open_page, wait_finished, wait_saved, wait_until
from local_records import body_of, inference, said, send_body
from running import CHROMIUM, QUIET_CHROMIUM, Whimbrel, running

from benchmarks._learning_data import many
from store.clock import SystemClock
from store.local.opening import open_store

PICTURES, SIZE, LABELS = 5000, 1280, 20
_BATCH = 400
_MEASURED_MS = 180_000
_GO_LIVE = """async () => {
    const begun = performance.now();
    const moments = [];
    const reached = (name) => moments.push([name, performance.now() - begun]);
    const news = new BroadcastChannel('whimbrel-news');
    const ended = new Promise((resolve) => {
        let stage = null;
        news.onmessage = ({data: {kind, data: run}}) => {
            if (kind !== 'training') return;
            if (run.stage !== stage && run.state === 'running') reached(stage = run.stage);
            if (!['queued', 'running'].includes(run.state)) resolve(run);
        };
    });
    const post = async (path, body) => {
        const answer = await fetch(path, {
            method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body)});
        if (!answer.ok) throw new Error(await answer.text());
        return answer.json();
    };
    await post('/api/training', {mode: 'head', labelMode: 'mine'});
    const run = await ended;
    if (run.state !== 'done') throw new Error(run.sentence);
    reached('activate');
    await post(`/api/models/${run.version}/activate`, {});
    reached('load in the page');
    while (document.documentElement.dataset.model !== run.version)
        await new Promise((done) => setTimeout(done, 5));
    reached('live');
    const swaps = performance.getEntriesByName('whimbrel-swap');
    return {moments, version: run.version, swap: swaps[swaps.length - 1].duration};
}"""
_MEASURED = """async () => (await (await fetch('/api/session')).json()).settings.backendFigures !== null"""


@dataclass(frozen=True)
class Live:
    """How long it took, seconds and milliseconds; `parts` is what each part of it took, seconds.

    `server` and `child` are their seconds of the processor, which other work hardly changes.
    """

    seconds: float
    swap_ms: float
    parts: dict[str, float]
    server: float
    child: float


def time_to_live(runs: int) -> dict[str, float]:
    """Medians over trainings of the same pictures, each with a server and a page of its own; prints each."""
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as play:
        filled = Path(folder) / "filled"
        _fill(filled)
        browser = play.chromium.launch(executable_path=CHROMIUM, args=QUIET_CHROMIUM)
        found = list(_lives(browser, Path(folder), filled, runs))
        browser.close()
    return {
        "seconds_to_live": statistics.median(live.seconds for live in found),
        "worst_seconds_to_live": max(live.seconds for live in found),
        "swap_ms": statistics.median(live.swap_ms for live in found),
    }


def _lives(browser: Browser, folder: Path, filled: Path, runs: int) -> Iterator[Live]:
    for number in range(runs):
        data_dir = folder / f"run {number}"
        shutil.copytree(filled, data_dir)
        with running(data_dir) as app, browser.new_context() as context:
            live = _live(open_page(app, context), app, folder / f"pictures {number}")
        shutil.rmtree(data_dir)
        parts = ", ".join(f"{name} {seconds:.2f}" for name, seconds in live.parts.items())
        print(
            f"live after {live.seconds:.2f} s (load {os.getloadavg()[0]:.1f}): {parts}; of the processor: "
            f"server {live.server:.2f}, what trains {live.child:.2f}; swap {live.swap_ms:.1f} ms",
            flush=True,
        )
        yield live


def _live(page: Page, app: Whimbrel, folder: Path) -> Live:
    """One training; what answers afterwards is the new version."""
    wait_until(page, _MEASURED, timeout_ms=_MEASURED_MS)  # which is done once on a machine
    before = _cpu(app)
    said: dict[str, Any] = page.evaluate(_GO_LIVE)
    server, child = (after - started for after, started in zip(_cpu(app), before, strict=True))
    [picture] = generated_pictures(folder, 1)
    drop(page, [picture])
    wait_finished(page, [picture.name])
    record = wait_saved(page, app, "inference", PICTURES + 1)[-1]
    if record["modelVersion"] != said["version"]:
        raise SystemExit(f"The picture was answered by {record['modelVersion']}, not by {said['version']}.")
    moments = [("ask", 0.0), *said["moments"]]
    parts: dict[str, float] = {}
    for (name, start), (_, end) in pairwise(moments):
        parts[name] = parts.get(name, 0.0) + (end - start) / 1000
    return Live(moments[-1][1] / 1000, said["swap"], parts, server, child)


def _cpu(app: Whimbrel) -> tuple[float, float]:
    """Seconds of the processor, of the server and of its children that have ended."""
    if app.process is None:
        raise SystemExit("The server is not running.")
    used = psutil.Process(app.process.pid).cpu_times()
    return used.user + used.system, used.children_user + used.children_system


def _fill(data_dir: Path) -> None:
    """A data folder with the starter at work, 5,000 pictures that it saw, and a word about each."""
    fetch = [sys.executable, "-m", "desktop.cli", "models", "fetch", "starter", "--data-dir", str(data_dir)]
    subprocess.run(fetch, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    store = open_store(data_dir, SystemClock())
    try:
        version = store.model_versions.active()
        if version is None:
            raise SystemExit("The starter is not at work.")
        embeddings, labels = many(PICTURES, SIZE, LABELS, seed=1)
        records = []
        for number, (embedding, label) in enumerate(zip(embeddings, labels, strict=True)):
            encoded = base64.b64encode(embedding.astype("<f2").tobytes()).decode()
            facts = {"embedding": encoded, "spaceId": version.space_id, "modelVersion": version.id}
            records.append(inference(2 * number, **facts))
            records.append(said(2 * number + 1, about=2 * number, label=f"label {label}"))
        for start in range(0, len(records), _BATCH):
            send_body(store.statistics, body_of(*records[start : start + _BATCH]))
    finally:
        store.close()
