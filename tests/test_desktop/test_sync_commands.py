"""`whimbrel sync`, on a folder alone and through the app that runs on it."""

from __future__ import annotations

import io
import json
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from local_records import inference, send, uuid_bytes
from paper_collector import PaperCollector, paper_server, refusal, says
from running import running

from desktop.cli import main
from store import enrolment_code
from store.clock import SystemClock
from store.local.opening import open_store

CODE = enrolment_code.make().text


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = open_store(tmp_path / "data", SystemClock())
    send(store.statistics, *(inference(number) for number in range(1, 4)))
    store.close()
    return tmp_path / "data"


@pytest.fixture
def collector() -> PaperCollector:
    return PaperCollector()


@pytest.fixture
def address(collector: PaperCollector) -> Iterator[str]:
    with paper_server(collector) as (port, _):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(autouse=True)
def nobody_types(monkeypatch: pytest.MonkeyPatch, no_keyring: None) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO())


def test_a_folder_alone_is_sent_from(
    folder: Path, collector: PaperCollector, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    def sync(*words: str, status: int = 0) -> str:
        assert main(["sync", "--data-dir", str(folder), *words]) == status
        return capsys.readouterr().out

    assert "Everything stays on this computer." in sync(status=1)
    assert json.loads(sync("preview", "--most", "2"))["last_seq"] == 2
    assert main(["sync", "agree", "--data-dir", str(folder)]) == 2
    assert "nobody could be asked" in capsys.readouterr().err
    sync("agree", "--yes", "--file-names")
    sync("enrol", CODE, address)
    collector.refused = {uuid_bytes(2).hex(): "conflict"}
    assert "rejected               1  (conflict 1)" in sync("--once")
    assert "another record under the same number" in sync("rejected")
    sync("rejected", "--export", str(folder / "rejected.json"))
    assert json.loads((folder / "rejected.json").read_bytes())[0]["record"]["kind"] == "inference"
    assert "1 are not sent" in sync("rejected", "--discard")
    state = json.loads(sync("status", "--json"))
    assert (state["accounts"]["accepted"], state["accounts"]["dropped"]) == (2, {"discarded": 1})
    assert "Whimbrel" not in (folder / "device-secrets.json").read_text()
    sync("withdraw", "all", "--yes")
    sync("--once", status=1)
    assert [one.scope for one in collector.withdrawn] == ["all"]
    sync("leave")
    assert not (folder / "device-secrets.json").exists()


def test_what_cannot_be_sent_now_is_said_and_waits(
    folder: Path, collector: PaperCollector, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--data-dir", str(folder)]
    assert main(["sync", "agree", "--yes", *options]) == main(["sync", "enrol", address, CODE, *options]) == 0
    collector.harms = [says(refusal(500))]
    assert main(["sync", "--once", *options]) == 1
    told = capsys.readouterr()
    assert "could not take" in told.out
    assert "Next try in" in told.err
    assert main(["sync", *options]) == 0


def test_a_running_app_sends_by_itself_and_on_command(
    folder: Path, collector: PaperCollector, address: str, capsys: pytest.CaptureFixture[str]
) -> None:
    arrived = threading.Event()
    handle = collector.handle

    def watched(path: str, body: bytes, token: str | None) -> object:
        told = handle(path, body, token)
        if len(collector.kept) >= 3:
            arrived.set()
        return told

    collector.handle = watched  # type: ignore[method-assign, assignment]
    options = ["--data-dir", str(folder)]
    with running(folder):
        assert main(["sync", "agree", "--yes", *options]) == 0
        assert main(["sync", "enrol", address, CODE, *options]) == 0
        assert arrived.wait(60)
        assert main(["sync", "--once", *options]) == 0
        assert json.loads(_last(capsys, main(["sync", "status", "--json", *options])))["phase"] == "idle"
        assert main(["sync", "preview", *options]) == 0
        assert "Nothing waits" in capsys.readouterr().out
        assert main(["sync", "pause", *options]) == main(["sync", "resume", *options]) == 0
        assert main(["sync", "leave", *options]) == 0


def _last(capsys: pytest.CaptureFixture[str], status: int) -> str:
    assert status == 0
    return capsys.readouterr().out.strip().splitlines()[-1]
