"""Drives the page as a person would, through what it promises to drivers: `data-*` attributes and keys."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, Page
from running import Whimbrel

__all__ = [
    "Page",
    "answers",
    "drop",
    "generated_pictures",
    "open_page",
    "payloads",
    "wait_finished",
    "wait_ready",
    "wait_saved",
    "wait_until",
]

READY_MS = 60_000
PICTURE_MS = 20_000
HURRY_MS = 1_000


def open_page(app: Whimbrel, context: BrowserContext) -> Page:
    """Enters by the one-use link and waits until the model is warm."""
    page = context.new_page()
    page.goto(app.link)
    wait_ready(page)
    return page


def wait_ready(page: Page) -> None:
    """Waits until the model in the page is warm."""
    page.wait_for_selector('html[data-ready="true"]', timeout=READY_MS, state="attached")


def drop(page: Page, files: Sequence[Path]) -> None:
    """Hands pictures to the page's file input."""
    page.set_input_files("input[type=file][multiple]", [str(file) for file in files])


def wait_finished(page: Page, names: Sequence[str], each_ms: int = PICTURE_MS) -> None:
    """Waits until every named picture is done or failed."""
    page.wait_for_function(
        """names => {
               const finished = new Set([...document.querySelectorAll('[data-picture]')]
                   .filter(found => ['done', 'failed'].includes(found.dataset.state))
                   .map(found => found.dataset.picture));
               return names.every(name => finished.has(name));
           }""",
        arg=list(names),
        timeout=each_ms + 1000 * len(names),
    )


def answers(page: Page) -> dict[str, dict[str, str]]:
    """What the page says of each picture: file name → {label, confidence, state}."""
    found: list[dict[str, str]] = page.evaluate(
        "() => [...document.querySelectorAll('[data-picture]')].map(found => ({...found.dataset}))"
    )
    return {entry["picture"]: entry for entry in found}


def payloads(app: Whimbrel, kind: str) -> list[dict[str, Any]]:
    """The stored records of a kind, oldest first, as their JSON."""
    rows = app.rows("SELECT payload FROM record WHERE kind = ? ORDER BY recorded_at, id", kind)
    return [json.loads(row[0]) for row in rows]


def wait_saved(
    page: Page, app: Whimbrel, kind: str, count: int, timeout_ms: int = 40_000, *, hurry: bool = True
) -> list[dict[str, Any]]:
    """Waits until the store holds at least so many records of a kind; returns them.

    `hurry` has the page send at once, as when a network appears, instead of after its twenty seconds.
    """
    waited = 0
    while len(found := payloads(app, kind)) < count:
        if waited >= timeout_ms:
            raise AssertionError(f"{len(found)} of {count} {kind} records after {waited} ms")
        if hurry and waited % HURRY_MS == 0:
            page.evaluate("() => void window.dispatchEvent(new Event('online'))")
        page.wait_for_timeout(200)
        waited += 200
    return found


def wait_until(page: Page, asked: str, arg: Any = None, timeout_ms: int = 40_000) -> Any:
    """The first true value of an async function in the page, where `wait_for_function` waits for none."""
    waited = 0
    while not (found := page.evaluate(asked, arg)):
        if waited >= timeout_ms:
            raise AssertionError(f"After {waited} ms still not: {asked}")
        page.wait_for_timeout(200)
        waited += 200
    return found


def generated_pictures(folder: Path, count: int) -> list[Path]:
    """Pictures with shapes and gradients that need no download; the same ones every time."""
    folder.mkdir(parents=True, exist_ok=True)
    return [_draw(folder / f"drawn_{number:03}.png", number) for number in range(count)]


def _draw(path: Path, number: int) -> Path:
    image = Image.radial_gradient("L").resize((320 + 7 * number % 90, 240)).convert("RGB")
    draw = ImageDraw.Draw(image)
    left = 20 + 13 * number % 150
    colour = ((37 * number) % 256, (91 * number) % 256, (151 * number) % 256)
    draw.ellipse((left, 30, left + 120, 30 + 40 + number % 120), fill=colour, outline="white", width=3)
    image.save(path)
    return path
