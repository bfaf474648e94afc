"""Learning in the page: correct, train, watch, look at the checks, use, get other answers, and go back."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from driving import Page, drop, wait_finished, wait_ready, wait_saved
from PIL import Image, ImageDraw
from playwright.sync_api import expect
from running import Whimbrel
from teaching import correct_in_turn, go_to, labels_of

pytestmark = pytest.mark.browser

EACH = 14
TRAINED_MS = 60_000


def drawn(folder: Path, label: str, count: int, seed: int) -> list[Path]:
    """Pictures of stripes or of dots, in colours and sizes of their own: alike in kind, no two the same."""
    folder.mkdir(exist_ok=True)
    chance = random.Random(f"{label} {seed}")
    return [_draw(folder / f"{label}_{seed}_{number}.png", label, chance) for number in range(count)]


def _draw(path: Path, label: str, chance: random.Random) -> Path:
    def colour() -> tuple[int, ...]:
        return tuple(chance.randrange(256) for _ in range(3))

    image = Image.new("RGB", (320, 240), colour())
    draw = ImageDraw.Draw(image)
    step, ink = chance.randrange(14, 40), [colour(), colour()]
    if label == "stripes":
        for index, left in enumerate(range(-400, 800, step)):
            draw.line((left, 0, left + chance.randrange(1, 60), 240), fill=ink[index % 2], width=step // 2)
    else:
        for _ in range(chance.randrange(8, 60)):
            x, y, size = chance.randrange(320), chance.randrange(240), chance.randrange(8, step + 10)
            draw.ellipse((x, y, x + size, y + size), fill=ink[chance.randrange(2)])
    image.save(path)
    return path


def test_corrections_become_a_model_that_is_used_and_gone_back_from(
    page: Page, app: Whimbrel, tmp_path: Path
) -> None:
    files = [file for label in ("stripes", "dots") for file in drawn(tmp_path / "drawn", label, EACH, 1)]
    drop(page, files)
    wait_finished(page, [file.name for file in files])
    correct_in_turn(page, [file.name.split("_")[0] for file in files])
    wait_saved(page, app, "feedback", len(files))
    base = page.evaluate("document.documentElement.dataset.model")

    go_to(page, "Model")
    train = page.locator("whimbrel-train")
    expect(train).to_contain_text(f"You have given {2 * EACH} pictures a label: dots {EACH}, stripes {EACH}.")
    train.get_by_role("button", name="Train", exact=True).click()
    train.locator('[data-training="running"]').wait_for()
    page.reload()
    wait_ready(page)
    train.locator('[data-training="done"]').wait_for(timeout=TRAINED_MS)
    [(learned,)] = app.rows("SELECT version FROM training_run WHERE state = 'done'")
    train.locator('[data-gate="files"]').wait_for()
    gates = dict(
        train.locator("[data-gate]").evaluate_all(
            "all => all.map(one => [one.dataset.gate, one.dataset.passed])"
        )
    )
    assert gates["files"] == gates["parity"] == "true"
    assert gates["accuracy"] == "null", "these pictures are too few to know"
    assert page.evaluate("document.documentElement.dataset.model") == base

    train.get_by_role("button", name="Use").click()
    question = train.get_by_role("group", name="anyway?")
    expect(question.get_by_role("button", name="Leave it")).to_be_focused()
    page.keyboard.press("Escape")
    expect(train.get_by_role("button", name="Use")).to_be_focused()
    page.keyboard.press("Enter")
    question.get_by_role("button", name="Use it anyway").click()
    page.wait_for_selector(f'html[data-model="{learned}"]', state="attached")
    expect(train).to_contain_text("It is at work now.")

    new = [file for label in ("stripes", "dots") for file in drawn(tmp_path / "drawn", label, 3, 2)]
    go_to(page, "Recognise")
    said = labels_of(page, new)
    right = sum(label == file.name.split("_")[0] for label, file in zip(said, new, strict=True))
    assert right >= 5, said

    compare_and_go_back(page, base, learned)
    go_to(page, "Recognise")
    assert not {"stripes", "dots"} & set(labels_of(page, drawn(tmp_path / "drawn", "dots", 2, 3)))


def compare_and_go_back(page: Page, base: str, learned: str) -> None:
    """Looks at both side by side, opens a cell's picture in History, and goes back with one click."""
    go_to(page, "Model")
    versions = page.locator("whimbrel-versions")
    expect(versions.locator(f'.versions-below [data-version="{learned}"]')).to_contain_text("at work")
    versions.get_by_role("link", name="Compare two of them").click()
    compared = page.locator("whimbrel-comparison")
    expect(compared).to_contain_text("held back")
    for which, version in (("a", base), ("b", learned)):
        compared.locator(f'select[name="compare-{which}"]').select_option(version)
    expect(compared.locator(".verdict")).to_contain_text("B is better")
    compared.locator(".cell-hit button").first.click()
    compared.locator(".judged a").first.click()
    expect(page.locator("whimbrel-history")).to_contain_text(".png")
    page.go_back()
    expect(compared.locator('select[name="compare-b"]')).to_have_value(learned)
    page.get_by_role("button", name="Back to").click()
    page.wait_for_selector(f'html[data-model="{base}"]', state="attached")
