"""A correction counts at once for pictures like it, beside the model's answer, until it is undone."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import Page, answers, drop, generated_pictures, open_page, wait_finished, wait_saved
from head_versions import add_head, starter_head
from PIL import Image
from playwright.sync_api import BrowserContext
from running import Whimbrel, running
from teaching import correct, learned

pytestmark = pytest.mark.browser

AT_ONCE_MS = 1_000
_SEEN = """async name => {
    const begun = performance.now();
    const seen = () => document.querySelector(`[data-picture="${name}"]`)?.dataset.learning;
    while (!seen()) await new Promise(requestAnimationFrame);
    return performance.now() - begun;
}"""


def alike_and_other(folder: Path) -> tuple[Path, Path, Path, Path]:
    """Three pictures of one scene, from a step aside each, and one of another."""
    drawn = generated_pictures(folder, 1)
    other = folder / "other.png"
    Image.effect_mandelbrot((320, 240), (-3, -2.5, 2, 2.5), 100).convert("RGB").save(other)
    with Image.open(drawn[0]) as image:
        width, height = image.size
        for number in (1, 2):
            box = (5 * number, 0, width - 6 + number, height - 4 * number)
            image.crop(box).save(folder / f"aside_{number}.png")
    return drawn[0], folder / "aside_1.png", folder / "aside_2.png", other


def test_a_correction_is_seen_within_a_second_and_taken_back_by_an_undo(
    page: Page, app: Whimbrel, tmp_path: Path
) -> None:
    first, second, third, other = alike_and_other(tmp_path / "drawn")
    drop(page, [first, second, other])
    wait_finished(page, [first.name, second.name, other.name])
    model_says = answers(page)[second.name]["label"]
    correct(page, first.name, "my wolf")
    assert page.evaluate(_SEEN, second.name) < AT_ONCE_MS
    assert learned(page) == {first.name: None, second.name: "my wolf", other.name: None}
    drop(page, [third])
    wait_finished(page, [third.name])
    assert learned(page)[third.name] == "my wolf"
    page.locator(f'[data-picture="{second.name}"]').first.click()
    shown = page.locator(".learned").inner_text()
    assert "learning: my wolf" in shown
    assert "from 1 picture that you marked" in shown
    assert page.locator(".answer-first .answer-label").inner_text() == model_says
    records = wait_saved(page, app, "inference", 4)
    assert "my wolf" not in {each["className"] for record in records for each in record["predictions"]}
    page.keyboard.press("Control+z")
    page.wait_for_function("() => document.querySelector('[data-learning]') === null")


def test_what_was_said_before_counts_on_the_next_visit_until_a_training_has_learned_it(
    data_dir: Path, context: BrowserContext, tmp_path: Path
) -> None:
    base = starter_head(data_dir)
    names = ("my wolf", *(label.name for label in base.labels[1:]))
    trained = add_head(data_dir, "Trained", base.layers, names)
    first, second, third, _ = alike_and_other(tmp_path / "drawn")
    with running(data_dir) as app:
        page = open_page(app, context)
        drop(page, [first])
        wait_finished(page, [first.name])
        correct(page, first.name, "my wolf")
        wait_saved(page, app, "feedback", 1)
        page.close()
        page = open_page(app, context)
        drop(page, [second])
        wait_finished(page, [second.name])
        page.wait_for_function("() => document.querySelector('[data-learning=\"my wolf\"]') !== null")
        page.evaluate(
            """id => fetch(`/api/models/${id}/activate`, {method: 'POST',
                   headers: {'Content-Type': 'application/json'}, body: '{}'})""",
            trained.id,
        )
        page.wait_for_selector(f'html[data-model="{trained.id}"]', state="attached")
        page.wait_for_function("() => document.querySelector('[data-learning]') === null")
        drop(page, [third])
        wait_finished(page, [third.name])
        assert learned(page)[third.name] is None
