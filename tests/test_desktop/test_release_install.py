"""`whimbrel release install`: a signed folder becomes a model of a device that knows the key."""

from __future__ import annotations

from pathlib import Path

import pytest
from releasing import YEAR, open_shop

from desktop.cli import main
from desktop.data_folder import DataFolder
from store.clock import SystemClock
from store.local.opening import open_store
from store.local.sync_store import SyncStore
from store.releases.keys import public_text
from store.sync.forms import Enrolment
from store.sync.memory import SyncMemory


def said(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    """The exit status of a command, and all that it said."""
    status = main([str(word) for word in words])
    told = capsys.readouterr()
    return status, told.out + told.err


def test_a_release_is_installed_once_and_an_older_one_never(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    now, shop, device = SystemClock().now_ms(), open_shop(tmp_path), tmp_path / "device"
    shop.signed(2, "whole", made_at=now)
    shop.signed(1, "whole", made_at=now)
    shop.signed(3, made_at=now - YEAR)

    def install(folder: str) -> tuple[int, str]:
        return said(capsys, "release", "install", tmp_path / folder, "--data-dir", device)

    status, told = install("whole-2")
    assert (status, "not among the release keys known here" in told) == (1, True)
    enrol(device, public_text(shop.key.public_key))
    status, told = install("whole-2")
    assert (status, f"Release 2 is here as {shop.version.id}" in told) == (0, True)
    assert "is not newer than 2" in install("whole-1")[1]
    assert "a time that is over" in install("head-3")[1]
    assert said(capsys, "models", "activate", shop.version.id, "--data-dir", device)[0] == 0
    with DataFolder(device).hold():
        assert "Whimbrel is running" in install("whole-2")[1]


def enrol(device: Path, root: str) -> None:
    """As if a code had named this key."""
    store = open_store(device, SystemClock())
    enrolment = Enrolment("https://centre", "a" * 32, "d" * 32, "laptop", 1, "file", (root,))
    SyncMemory(SyncStore(store.database)).enrol(enrolment)
    store.close()
