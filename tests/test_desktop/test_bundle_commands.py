"""`whimbrel bundle` and `whimbrel collect read`: there and back without a network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from collect_running import RunningCollector, collect_command
from local_records import inference, send
from running import running

from desktop.cli import main
from store.clock import SystemClock
from store.local.opening import open_store


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


def folder_with(path: Path, first: int, count: int) -> list[str]:
    """A data folder with so many records; the option that names it."""
    store = open_store(path, SystemClock())
    send(store.statistics, *(inference(first + number) for number in range(count)))
    store.close()
    return ["--data-dir", str(path)]


def enrolled(options: list[str], collector: RunningCollector) -> None:
    code = collect_command("enrolment-code", *collector.words).splitlines()[0]
    assert main(["sync", "enrol", collector.url, code, *options]) == 0
    assert main(["sync", "pause", *options]) == 0
    assert main(["sync", "agree", "--yes", *options]) == 0


def accounts(options: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, int]:
    capsys.readouterr()
    assert main(["sync", "status", "--json", *options]) == 0
    told = json.loads(capsys.readouterr().out.splitlines()[-1])["accounts"]
    return told["accepted"], told["waiting"]


def test_there_and_back_by_hand_and_by_a_colleague(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ("--data-dir", str(tmp_path / "collector"))
    collector = RunningCollector(words).start()
    field, office = folder_with(tmp_path / "field", 1, 4), folder_with(tmp_path / "office", 101, 1)
    file = tmp_path / "anna.whimbrel"
    receipt = f"{file}.receipt"
    try:
        for options in (field, office):
            enrolled(options, collector)
        assert main(["bundle", "write", str(file), *field]) == 1
        assert "Sending is paused." in capsys.readouterr().err
        main(["sync", "resume", *field])
        assert main(["bundle", "write", str(file), *field, "--most", "2"]) == 0
        assert "2 records in" in capsys.readouterr().out
        assert main(["bundle", "relay", str(file), *office]) == 0
        assert main(["bundle", "receipt", receipt, *office]) == 1
        assert main(["bundle", "receipt", receipt, *field]) == 0
        assert "2 records are at the collector now." in capsys.readouterr().out
        assert main(["bundle", "write", str(file), *field]) == 1
        assert "--force" in capsys.readouterr().err
        assert main(["bundle", "write", str(file), *field, "--force"]) == 0
        assert "2 events are new, 0 were here" in collect_command("read", str(file), *words)
        assert "0 events are new, 2 were here" in collect_command("read", str(file), *words)
        file.write_bytes(file.read_bytes()[:-1])
        assert "cut off" in collect_command("read", str(file), *words, status=1)
        assert main(["bundle", "receipt", receipt, *field]) == 0
        assert accounts(field, capsys) == (4, 0)
        assert main(["bundle", "write", str(file), "--force", *field]) == 0
        assert "Nothing waits" in capsys.readouterr().out
    finally:
        collector.stop()


def test_beside_the_app_that_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--data-dir", str(tmp_path / "collector"))
    collector = RunningCollector(words).start()
    field = folder_with(tmp_path / "field", 1, 3)
    file = tmp_path / "anna.whimbrel"
    enrolled(field, collector)
    collector.stop()
    main(["sync", "resume", *field])
    with running(tmp_path / "field"):
        assert main(["bundle", "write", str(file), *field]) == 0
        assert main(["bundle", "write", str(file), *field]) == 1
        assert "already" in capsys.readouterr().err
        assert main(["bundle", "write", str(file), *field, "--force"]) == 0
        assert "3 events are new" in collect_command("read", str(file), *words)
        assert main(["bundle", "relay", str(file), *field]) == 1
        assert main(["bundle", "receipt", f"{file}.receipt", *field]) == 0
        assert accounts(field, capsys) == (3, 0)
