"""The program itself: its folder, the settings that a start reads, diagnostics, how the run before ended."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import httpx
import pytest
from serving import Served


def rows(answer: httpx.Response) -> dict[str, dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return {row["name"]: row for row in answer.json()["settings"]}


def written(served: Served) -> dict[str, Any]:
    return tomllib.loads((served.data_dir / "settings.toml").read_text(encoding="utf-8"))


def test_the_folder_is_told_by_kind(served: Served, page: httpx.Client) -> None:
    found = page.get("/api/program").json()
    assert found["dataDir"] == str(served.data_dir)
    kinds = {one["kind"]: one["bytes"] for one in found["storage"]}
    assert kinds["other"] > 0 and {"records", "thumbnails", "backups"} <= set(kinds)
    assert found["free"] > 0


def test_without_a_screen_no_folder_is_shown(served: Served, page: httpx.Client) -> None:
    assert page.get("/api/program").json()["canShow"] is False
    refused = page.post("/api/program/show-folder", json={})
    assert refused.status_code == 409 and str(served.data_dir) in refused.json()["detail"]
    assert served.folders_shown == []


@pytest.mark.skipif("sys.platform != 'linux'", reason="elsewhere there always is a screen")
def test_with_one_the_data_folder_and_no_other_is_shown(
    served: Served, page: httpx.Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "xdg-open").write_text("#!/bin/sh\n")
    (tmp_path / "xdg-open").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    served.services.program.program_settings.environment["DISPLAY"] = ":7"  # type: ignore[attr-defined]
    assert page.post("/api/program/show-folder", json={"path": "/etc"}).status_code == 422
    assert page.post("/api/program/show-folder", json={}).json() == {"dataDir": str(served.data_dir)}
    assert served.folders_shown == [served.data_dir]


def test_settings_are_written_beside_a_user_s_own_notes_and_taken_out_again(
    served: Served, page: httpx.Client
) -> None:
    file = served.data_dir / "settings.toml"
    file.write_text("# of mine\nport = 21000 # the old one\n\nwindow = false\n")
    before = rows(page.get("/api/program/settings"))
    assert (before["port"]["now"], before["port"]["next"], before["port"]["source"]) == (None, 21000, "file")
    changed = rows(page.patch("/api/program/settings", json={"port": 21005, "log_level": "debug"}))
    assert (changed["port"]["now"], changed["port"]["next"]) == (None, 21005)
    assert (changed["log_level"]["now"], changed["log_level"]["source"]) == ("debug", "file")
    assert file.read_text().startswith("# of mine\nport = 21005\n\nwindow = false\n")
    gone = rows(page.patch("/api/program/settings", json={"port": None, "log_level": None}))
    assert (gone["port"]["written"], gone["port"]["source"]) == (None, "default")
    assert written(served) == {"window": False}
    assert "# of mine" in file.read_text()


@pytest.mark.parametrize(
    "changes",
    [
        {"port": "eighty"},
        {"port": True},
        {"port": 0},
        {"window": "perhaps"},
        {"log_level": "loud"},
        {"log_level": ["info"]},
        {"data_dir": "/elsewhere"},
        {"unheard": 1},
        {"open_browser": False, "unheard": 1},
    ],
)
def test_what_a_setting_can_t_be_changes_nothing(
    served: Served, page: httpx.Client, changes: dict[str, object]
) -> None:
    refused = page.patch("/api/program/settings", json=changes)
    assert refused.status_code == 422, refused.text
    assert not (served.data_dir / "settings.toml").exists()


def test_a_file_that_is_no_toml_is_said_and_left(served: Served, page: httpx.Client) -> None:
    file = served.data_dir / "settings.toml"
    file.write_text("port = \n")
    for answer in (page.get("/api/program/settings"), page.patch("/api/program/settings", json={"port": 1})):
        assert answer.status_code == 422 and "not valid TOML" in answer.json()["detail"]
    assert file.read_text() == "port = \n"


def test_a_file_that_can_t_be_written_is_said(served: Served, page: httpx.Client) -> None:
    (served.data_dir / ".settings.toml").mkdir()  # where the new one would be made
    refused = page.patch("/api/program/settings", json={"window": False})
    assert refused.status_code == 500 and "Nothing was changed" in refused.json()["detail"]


def test_diagnostics_are_given_to_be_read(served: Served, page: httpx.Client) -> None:
    found = page.get("/api/program/diagnostics").json()
    assert found["name"].startswith("whimbrel-diagnostics-2") and found["name"].endswith(".txt")
    assert "== What the doctor finds ==" in found["text"] and str(served.data_dir) not in found["text"]


def test_the_end_of_the_run_before_is_told_until_it_is_dismissed(served: Served, page: httpx.Client) -> None:
    assert page.get("/api/session").json()["crash"] is None
    assert page.get("/api/program/crash").status_code == 404
    crashes = served.services.program.crashes  # type: ignore[attr-defined]
    try:
        raise ZeroDivisionError("at /home/anna/x")
    except ZeroDivisionError as error:
        crashes.write("ended", error)
    assert page.get("/api/session").json()["crash"]["kind"] == "ended"
    report = page.get("/api/program/crash").json()
    assert "ZeroDivisionError: at [path]" in report["text"]
    assert report["text"].index("ZeroDivisionError") < report["text"].index("What the doctor finds")
    assert page.delete("/api/program/crash").status_code == 200
    assert page.get("/api/session").json()["crash"] is None
    assert page.get("/api/program/crash").status_code == 404
