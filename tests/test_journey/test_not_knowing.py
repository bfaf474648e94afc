"""A calibrated model that is not sure says that it does not know; its guesses stay in view and on record."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from driving import answers, drop, generated_pictures, open_page, wait_finished, wait_saved
from head_versions import add_head, starter_head
from playwright.sync_api import BrowserContext
from running import running

from store.training.heads.reject import reject_facts

pytestmark = pytest.mark.browser


def test_below_the_threshold_it_does_not_know_and_the_user_may_have_it_answer_all_the_same(
    data_dir: Path, context: BrowserContext, tmp_path: Path
) -> None:
    base = starter_head(data_dir)
    faint = [(kernel * np.float32(0.2), bias) for kernel, bias in base.layers]
    logits = np.stack([np.linspace(0, 5, 200), np.zeros(200)], axis=1)
    metrics = {"temperature": 1.0, "reject": reject_facts(logits, 1.0, np.arange(200) % 10 != 0)}
    labels = tuple(label.name for label in base.labels)
    unsure = add_head(data_dir, "Unsure", faint, labels, metrics)
    with running(data_dir) as app:
        page = open_page(app, context)
        [file] = generated_pictures(tmp_path / "drawn", 1)
        drop(page, [file])
        wait_finished(page, [file.name])
        assert page.locator("[data-unknown]").count() == 0, "the starter's confidence is not calibrated"
        page.evaluate(
            """id => fetch(`/api/models/${id}/activate`, {method: 'POST',
                   headers: {'Content-Type': 'application/json'}, body: '{}'})""",
            unsure.id,
        )
        page.wait_for_selector(f'html[data-model="{unsure.id}"]', state="attached")
        second = file.rename(file.with_name("second.png"))
        drop(page, [second])
        wait_finished(page, [second.name])
        page.locator(f'[data-picture="{second.name}"]').first.click()
        page.locator(".unknown").wait_for()
        assert page.locator("ol[aria-label=Guesses] > li").count() == 5
        found = answers(page)
        assert found[second.name]["unknown"] == "true"
        assert "unknown" not in found[file.name]
        record = wait_saved(page, app, "inference", 2)[-1]
        assert record["predictions"][0]["className"] == found[second.name]["label"]
        page.screenshot(path=tmp_path / "unknown.png")
        page.goto(f"{app.origin}/#/model")
        choice = page.locator("select[name=reject-below]")
        choice.wait_for()
        words = page.locator("whimbrel-reject").inner_text()
        assert "of those answers are wrong (likely " in words
        choice.scroll_into_view_if_needed()
        page.screenshot(path=tmp_path / "reject.png")
        choice.select_option("")
        page.goto(f"{app.origin}/#/")
        page.wait_for_function("() => document.querySelector('[data-unknown]') === null")
