"""`whimbrel export` as a process: alone, beside the app, interrupted, and refused."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import whimbrel
from local_records import inference, said, send
from running import ROOT, running

from store.clock import SystemClock
from store.local.opening import open_store

INTERRUPTED = """
import contextlib, os, signal, sys
import desktop.export_command as command
from desktop.cli import main

@contextlib.contextmanager
def shown():
    yield lambda done: os.kill(os.getpid(), getattr(signal, sys.argv[1])) if done > 0 else None

command._shown = shown
sys.exit(main(["export", *sys.argv[2:]]))
"""


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """A data folder with three answers, one of them corrected."""
    data_dir = tmp_path / "data"
    store = open_store(data_dir, SystemClock())
    send(store.statistics, inference(1), inference(2), inference(3, source="camera"), said(9, about=2))
    store.close()
    return data_dir


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "exported"
    made.mkdir()
    return made


def test_a_table(recorded: Path, folder: Path) -> None:
    target = folder / "sightings.csv"
    told = whimbrel("export", "csv", target, "--data-dir", recorded)
    assert (told.returncode, told.stdout, told.stderr) == (0, f"3 records: {target}\n", "")
    lines = list(csv.DictReader(target.read_text(encoding="utf-8-sig").splitlines()))
    assert [line["label"] for line in lines] == ["tabby", "wolf", "tabby"]


def test_filters_and_force(recorded: Path, folder: Path) -> None:
    arguments: list[str | Path] = ["export", "json", folder / "x.json", "--data-dir", recorded]
    wanted = ["--from", "2026-05-28", "--to", "2026-05-29", "--min-confidence", "0.9"]
    wanted += [
        "--label",
        "wolf",
        "--model-version",
        "starter-1a2b3c4d",
        "--source",
        "file",
        "--backend",
        "wasm",
        "--session",
        "s1",
        "--mark",
        "wrong",
        "--only-corrected",
    ]
    assert whimbrel(*arguments, *wanted).stdout.startswith("1 record: ")
    told = whimbrel(*arguments, "--no-feedback")
    assert told.returncode == 1
    assert "already" in told.stderr
    assert whimbrel(*arguments, "--no-feedback", "--force").returncode == 0
    document = json.loads((folder / "x.json").read_bytes())
    assert [record["userFeedback"] for record in document["statistics"]] == [None] * 3
    assert document["filters"]["includeUserFeedback"] is False


def test_beside_the_app_that_runs_on_the_folder(data_dir: Path, folder: Path) -> None:
    store = open_store(data_dir, SystemClock())
    send(store.statistics, inference(1))
    store.close()
    with running(data_dir):
        told = whimbrel("export", "tfrecord", folder / "x", "--gzip", "--data-dir", data_dir)
    assert (told.returncode, told.stderr) == (0, "")
    names = sorted(path.name for path in (folder / "x").iterdir())
    assert names == ["label_map.txt", "whimbrel-00000-of-00001.tfrecord.gz"]


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
@pytest.mark.parametrize("form", ["csv", "tfrecord"])
def test_who_interrupts_it_finds_nothing(
    recorded: Path, folder: Path, number: signal.Signals, status: int, form: str
) -> None:
    arguments = [number.name, form, str(folder / "x"), "--data-dir", str(recorded)]
    told = subprocess.run(
        [sys.executable, "-c", INTERRUPTED, *arguments], cwd=ROOT, capture_output=True, text=True, timeout=120
    )
    assert (told.returncode, told.stdout) == (status, ""), told.stderr
    assert "Traceback" not in told.stderr
    assert list(folder.iterdir()) == []
    assert whimbrel("export", form, folder / "x", "--data-dir", recorded).returncode == 0


@pytest.mark.parametrize(
    ("arguments", "status", "says"),
    [
        (["xml", "x"], 2, "xml"),
        (["csv", "x", "--min-confidence", "2"], 1, "minConfidence"),
        (["csv", "x", "--from", "yesterday"], 1, "from"),
        (["csv", "x", "--only-corrected", "--no-feedback"], 1, "onlyCorrected"),
        (["csv", "/no/such/folder/x"], 2, "There is no folder /no/such/folder."),
    ],
)
def test_what_can_not_be_is_one_line(recorded: Path, arguments: list[str], status: int, says: str) -> None:
    told = whimbrel("export", *arguments, "--data-dir", recorded)
    assert (told.returncode, told.stdout) == (status, "")
    assert says in told.stderr
    assert len(told.stderr.splitlines()) == 1


def test_a_folder_without_a_memory_is_said_and_stays_as_it_is(tmp_path: Path) -> None:
    told = whimbrel("export", "csv", tmp_path / "x", "--data-dir", tmp_path / "none")
    assert (told.returncode, told.stdout) == (1, "")
    assert "holds no memory" in told.stderr
    assert not (tmp_path / "none").exists()


def test_a_terminal_gets_a_bar_with_the_time_that_is_left(recorded: Path, folder: Path) -> None:
    """On a real terminal, of which standard error is one end."""
    reading, terminal = os.openpty()
    command = [sys.executable, "-m", "desktop.cli", "export", "csv", str(folder / "x.csv")]
    with subprocess.Popen(
        [*command, "--data-dir", str(recorded)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm-256color", "COLUMNS": "100"},
    ) as started:
        os.close(terminal)
        shown = b""
        with contextlib.suppress(OSError):  # how a terminal ends
            while piece := os.read(reading, 4096):
                shown += piece
        os.close(reading)
        assert started.wait(60) == 0
    assert b"Exporting" in shown
    assert re.search(rb"\d:\d\d:\d\d", shown), shown  # what is left
