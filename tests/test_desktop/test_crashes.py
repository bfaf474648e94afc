"""An end that nobody wanted leaves a report, and the next start offers it; an orderly end leaves nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from local_records import HandClock
from running import ROOT, Whimbrel, running

from desktop.crashes import KEPT, CrashReports
from desktop.errors import PlainError
from desktop.running_app import RunningApp

ENDING = """
import sys, faulthandler, desktop.run, desktop.cli
def end(*_):
    {how}
desktop.run._Start.served = end
sys.exit(desktop.cli.main(["serve", "--no-browser", "--data-dir", sys.argv[1]]))
"""


def end_by(how: str, data_dir: Path) -> int:
    """A start that is ready and then ends like that; returns its exit status."""
    command = [sys.executable, "-c", ENDING.format(how=how), str(data_dir)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, timeout=120, check=False).returncode


def told(app: Whimbrel) -> tuple[str | None, str]:
    """What the session says of the run before, and the report."""
    asking = RunningApp(app.port, app.data_dir)
    crash = asking.call("GET", "/api/session")["crash"]
    return (None, "") if crash is None else (crash["kind"], asking.call("GET", "/api/program/crash")["text"])


@pytest.fixture
def reports(tmp_path: Path) -> CrashReports:
    return CrashReports(tmp_path, HandClock())


def test_an_exception_that_nobody_caught_is_offered_at_the_next_start(tmp_path: Path) -> None:
    assert end_by("raise RuntimeError('the floor gave way')", tmp_path) == 70
    with running(tmp_path) as app:
        kind, report = told(app)
        assert kind == "ended"
        assert "RuntimeError: the floor gave way" in report and "in end" in report
        RunningApp(app.port, tmp_path).call("DELETE", "/api/program/crash")
        assert told(app) == (None, "")
    with running(tmp_path) as app:
        assert told(app) == (None, "")


def test_a_crash_of_the_machine_code_is_offered_too(tmp_path: Path) -> None:
    assert end_by("faulthandler._sigsegv()", tmp_path) == -signal.SIGSEGV
    with running(tmp_path) as app:
        kind, report = told(app)
        assert kind == "ended"
        assert "Fatal Python error: Segmentation fault" in report and "in end" in report
        app.process.kill()  # type: ignore[union-attr]
        app.process.wait()  # type: ignore[union-attr]
    assert (tmp_path / "logs" / "fault.txt").read_text() == ""  # who is killed can't say anything


def test_a_thread_that_ends_is_a_part(reports: CrashReports) -> None:
    with reports.watching():
        for error in (ValueError("in a thread"), SystemExit(1)):
            thread = threading.Thread(target=_raise, args=(error,))
            thread.start()
            thread.join()
        found = reports.newest()
    assert found is not None and found.kind == "part"
    assert "ValueError: in a thread" in found.text()


def _raise(error: BaseException) -> None:
    raise error


def test_an_error_with_a_sentence_for_people_is_no_crash(reports: CrashReports, tmp_path: Path) -> None:
    with pytest.raises(PlainError), reports.watching():
        raise PlainError("The port is taken.", "Name another one.")
    assert reports.newest() is None and list(tmp_path.iterdir()) == []


def test_some_are_kept_and_the_newest_is_told(tmp_path: Path) -> None:
    clock = HandClock()
    reports = CrashReports(tmp_path, clock)
    for number in range(KEPT + 2):
        clock.now += 1
        reports.write("ended", ValueError(f"number {number}"))
    assert len(list(tmp_path.glob("crash-*"))) == KEPT
    newest = reports.newest()
    assert newest is not None and newest.at == clock.now and f"number {KEPT + 1}" in newest.text()
    reports.dismiss()
    assert reports.newest() is None and len(list(tmp_path.glob("crash-*"))) == KEPT


def test_a_folder_that_takes_nothing_stops_nobody(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    reports = CrashReports(tmp_path / "file" / "logs", HandClock())
    with reports.watching():
        reports.write("part", ValueError("lost"))
    assert reports.newest() is None
    assert os.listdir(tmp_path) == ["file"]  # noqa: PTH208
