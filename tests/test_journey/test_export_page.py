"""Exporting a version from the Model place: where it went and how true it is, or one sentence why not."""

from __future__ import annotations

from pathlib import Path

import pytest
from driving import open_page
from playwright.sync_api import BrowserContext, expect
from running import running

from store.models.importing import import_file
from store.models.training_component import VARIABLE

pytestmark = pytest.mark.browser
WRITTEN_MS = 90_000


def test_a_version_is_exported_into_the_downloads(
    data_dir: Path, tmp_path: Path, context: BrowserContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    downloads = tmp_path / "Downloads"
    downloads.mkdir()
    monkeypatch.setenv("XDG_DOWNLOAD_DIR", str(downloads))
    monkeypatch.setenv(VARIABLE, "nothing of that name")
    with running(data_dir) as app:
        page = open_page(app, context)
        page.goto(f"{app.origin}/#/model")
        export = page.locator("whimbrel-export-version")
        export.get_by_role("button", name="Export…").click()
        expect(export.locator("select").first).to_be_focused()
        export.get_by_label("with").select_option("uint8")
        export.get_by_label("For").select_option("teachable-machine")
        expect(export.get_by_label("with")).to_be_disabled()
        export.get_by_role("button", name="Save in Downloads").click()
        expect(export).to_contain_text("Same first answer as the version for 8 of 8", timeout=WRITTEN_MS)
        [folder] = downloads.iterdir()
        expect(export).to_contain_text(str(folder))
        assert len(import_file(folder).labels) == 1000

        export.get_by_role("button", name="Export…").click()
        export.get_by_label("For").select_option("keras")
        export.get_by_role("button", name="Save in Downloads").click()
        expect(export.get_by_role("alert")).to_contain_text("needs the training component")
        assert list(downloads.iterdir()) == [folder]
