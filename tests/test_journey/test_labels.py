"""Labels on the Model place: counts that lead to their records, a rename, a merge, and taking that back."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import Page, drop, generated_pictures, wait_finished, wait_saved
from playwright.sync_api import expect
from running import Whimbrel

pytestmark = pytest.mark.browser


def correct(page: Page, file: Path, label: str) -> None:
    """Says by keys what a picture is."""
    page.locator(f'[data-picture="{file.name}"]').first.click()
    page.keyboard.press("w")
    page.get_by_label("What is it?").fill(label)
    page.keyboard.press("Enter")


def test_a_label_is_renamed_merged_and_had_back(page: Page, app: Whimbrel, tmp_path: Path) -> None:
    files = generated_pictures(tmp_path / "drawn", 3)
    drop(page, files)
    wait_finished(page, [file.name for file in files])
    for file, label in zip(files, ("wulf", "wulf", "fox"), strict=True):
        correct(page, file, label)
    wait_saved(page, app, "feedback", 3)
    page.get_by_role("link", name="Model").or_(page.get_by_role("button", name="Model")).first.click()
    section = page.locator("whimbrel-labels")
    rows = section.locator("tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.first).to_contain_text("wulf")
    expect(rows.first).to_contain_text("2, 6 more needed")

    section.get_by_role("button", name="Rename or merge wulf").click()
    field = section.get_by_label("Call “wulf”")
    expect(field).to_be_focused()
    field.fill("fox")
    expect(section.get_by_role("button", name="Merge into “fox”")).to_be_enabled()
    field.fill("grey wolf")
    page.keyboard.press("Enter")
    expect(rows.first).to_contain_text("grey wolf")
    expect(section.get_by_role("button", name="Rename or merge grey wolf")).to_be_focused()
    expect(section.locator(".label-changes li")).to_contain_text("“wulf” is called “grey wolf”.")

    section.get_by_role("button", name="Rename or merge fox").click()
    section.get_by_label("Call “fox”").fill("Grey Wolf")
    section.get_by_role("button", name="Merge into “grey wolf”").click()
    expect(rows).to_have_count(1)
    expect(rows.first).to_contain_text("3, 5 more needed")

    changes = section.locator(".label-changes li")
    expect(changes).to_have_count(2)
    changes.first.get_by_role("button", name="Undo").click()
    expect(rows).to_have_count(2)
    expect(changes.first).to_contain_text("undone")
    expect(changes.first.get_by_role("button")).to_have_count(0)

    rows.filter(has_text="grey wolf").get_by_role("link").last.click()
    expect(page.locator("whimbrel-history")).to_contain_text(files[0].name)
    expect(page.locator("whimbrel-history")).to_contain_text(files[1].name)
    expect(page.locator("whimbrel-history")).not_to_contain_text(files[2].name)
    assert "label=grey+wolf" in page.url
