"""`whimbrel retention` and `whimbrel erase`, on a folder alone and through the app that runs on it."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import pytest
from local_records import said, send, sha256_of
from running import ROOT, running
from upkeep_support import count, fill, full_inference

from store.clock import SystemClock
from store.local.opening import open_store

NAME = b"a picture that nobody else has"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = open_store(tmp_path / "data", SystemClock())
    fill(store, 1, 3)
    own = {"sha256": hashlib.sha256(NAME).hexdigest(), "fileName": "own.jpg"}
    send(store.statistics, full_inference(4, picture=own), said(5, about=4))
    store.close()
    return tmp_path / "data"


def whimbrel(folder: Path, *words: str, status: int = 0) -> str:
    command = [sys.executable, "-m", "desktop.cli", *words, "--data-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == status, done.stdout + done.stderr
    return done.stdout + done.stderr


def left(folder: Path) -> int:
    store = open_store(folder, SystemClock())
    try:
        return count(store, "record")
    finally:
        store.close()


def test_the_limits_are_shown_and_nothing_is_over_them(folder: Path) -> None:
    shown = whimbrel(folder, "retention", "show")
    assert "embeddings                       730 days, at most 2,048 MB" in shown
    assert "Nothing is over these limits now." in shown
    assert whimbrel(folder, "retention", "run") == "Nothing is over its limits; nothing was removed.\n"


def test_a_picture_is_erased_by_its_file(folder: Path, tmp_path: Path) -> None:
    picture = tmp_path / "own.jpg"
    picture.write_bytes(NAME)
    refused = whimbrel(folder, "erase", "--picture", str(picture), status=2)
    assert "1 corrections and marks" in refused
    assert "Nothing was removed, since nobody could be asked. Add --yes." in refused
    assert left(folder) == 5
    said_then = whimbrel(folder, "erase", "--picture", str(picture), "--yes")
    assert "Removed:\n          1 answers" in said_then
    assert left(folder) == 3
    assert "remembers nothing of that" in whimbrel(folder, "erase", "--picture", str(picture), "--yes")


def test_copies_of_an_interrupted_training_go_with_an_erasure(folder: Path) -> None:
    copy = folder / "runs" / "01890000-0000-7000-8000-000000000001" / "examples.safetensors"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(NAME)
    whimbrel(folder, "erase", "--everything", "--yes")
    assert not copy.exists()


def test_through_the_running_app(folder: Path) -> None:
    with running(folder) as app:
        assert app.port
        assert "Nothing is over these limits" in whimbrel(folder, "retention", "show")
        gone = whimbrel(folder, "erase", "--picture", sha256_of("picture 1"), "--yes")
        assert "1 answers" in gone
        everything = whimbrel(folder, "erase", "--everything", "--yes")
        assert "3 answers" in everything
    assert left(folder) == 0


def test_what_is_not_there(tmp_path: Path, folder: Path) -> None:
    assert "holds no memory" in whimbrel(tmp_path / "nowhere", "retention", "show", status=1)
    assert "There is no file" in whimbrel(folder, "erase", "--picture", "nowhere.jpg", status=2)
    whimbrel(folder, "erase", status=2)
