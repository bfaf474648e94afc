"""The diagnostics file tells what helps and nothing of the user's own: secrets are planted everywhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command_line import whimbrel
from local_records import NOW, HandClock, inference, said, send, uuid

import desktop.diagnostics as module
from desktop.data_folder import DataFolder
from desktop.diagnostics import Diagnostics
from desktop.redaction import GONE, PICTURE_LINE, Redactor
from desktop.settings import load
from desktop.settings_file import ProgramSettings
from store.local.opening import open_store

SECRET, TOKEN, KEY = "5ec2e7" * 10 + "abcd", "whd_planted-token_0123", "cGxhbnRlZCBwcml2YXRlIGtleQ=="
FOLDER, PICTURE = "/home/beispiel/Bilder vom Herbst", "Anna am See (3).JPG"
PLANTED = (
    SECRET, TOKEN, KEY, "Bilder vom Herbst", "Anna am See", "Greta", "berta.example", "berta@", "hunter2",
    "beispielrechner", "10.20.30.40", "/media/", "Geheimer Ordner", "hush-hush", "Otto",
)  # fmt: skip
LOG = f"""\
2026-11-25 10:00:00,000 INFO whimbrel: Whimbrel 1 serves {{data}} on port 21000
2026-11-25 10:00:01,000 WARNING whimbrel.store: {FOLDER}/{PICTURE} could not be read
2026-11-25 10:00:02,000 WARNING whimbrel.store: [Errno 13] Permission denied: '/media/Geheimer Ordner/x'
2026-11-25 10:00:03,000 WARNING whimbrel.store: /media/Geheimer Ordner: no such folder
2026-11-25 10:00:04,000 INFO whimbrel.http: 200 GET /api/session 1.5 ms
2026-11-25 10:00:05,000 ERROR whimbrel.sync: https://berta:hunter2@berta.example:8443/x answered with {TOKEN}
2026-11-25 10:00:06,000 ERROR whimbrel.sync: Authorization: Bearer hush-hush, by 10.20.30.40
2026-11-25 10:00:07,000 ERROR whimbrel: Gretas Hund is no label; write to berta@berta.example
Traceback (most recent call last):
  File "{{data}}/../x.py", line 1, in run
ValueError: token=hush-hush of beispielrechner
"""


def failed(number: int) -> dict[str, object]:
    """A picture that could not be read."""
    told = {"stage": "decode", "code": "unreadable", "detail": {"fileName": PICTURE, "says": "Greta"}}
    return {"kind": "event", "id": uuid(number), "timestamp": NOW + number, **told}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> DataFolder:
    """A data folder full of what must not get out."""
    data = DataFolder(tmp_path / "data")
    store = open_store(data.path, HandClock())
    picture = {"sha256": "ab" * 32, "fileName": PICTURE, "path": f"{FOLDER}/{PICTURE}"}
    send(store.statistics, inference(1, picture=picture), said(2, about=1, label="Greta"))
    send(store.statistics, failed(3), failed(4))
    store.settings.put("theme", "sun").result()
    store.settings.put("trialVersion", "nach Otto benannt").result()
    figures = [{"backend": "wasm", "threads": 2, "correct": True, "medianMs": 33.5}]
    store.settings.put("backendFigures", {"key": "x", "figures": figures}).result()
    store.close()
    (data.path / "secret").write_text(f"{SECRET}\n")
    (data.path / "device-secrets.json").write_text(json.dumps({"token": TOKEN, "private_key": KEY}))
    data.logs.mkdir()
    (data.logs / "whimbrel.log").write_text(LOG.replace("{data}", str(data.path)))
    (data.path / "settings.toml").write_text("port = 21005\n")
    monkeypatch.setattr("socket.gethostname", lambda: "beispielrechner")
    return data


def file_of(folder: DataFolder, crash: str | None = None) -> str:
    settings = ProgramSettings(load({"data_dir": folder.path}, {}), {}, {})
    return Diagnostics(folder, settings, HandClock()).text(crash)


def test_nothing_of_the_user_s_own_is_in_it(folder: DataFolder) -> None:
    text = file_of(folder, f"RuntimeError: {FOLDER}/{PICTURE}\nValueError: {SECRET} {TOKEN} hush-hush.jpg")
    assert [planted for planted in PLANTED if planted.lower() in text.lower()] == []
    assert str(folder.path) not in text


def test_what_helps_is_in_it(folder: DataFolder) -> None:
    text = file_of(folder)
    for told in (
        "Whimbrel ",
        "The memory is sound",
        "port = 21005   (file)",
        'theme = "sun"',
        "record event                2",
        "record inference            1",
        'backend "wasm", threads 2, correct true, relativeError null, medianMs 33.5',
        "2 times decode unreadable, last 2026-",
        "INFO whimbrel: Whimbrel 1 serves [data folder] on port 21000",
        f"10:00:01,000 WARNING whimbrel.store: {PICTURE_LINE}",
        "WARNING whimbrel.store: [Errno 13] Permission denied: '[path]'",
        "INFO whimbrel.http: 200 GET /api/session 1.5 ms",
        "Traceback (most recent call last):",
    ):
        assert told in text, told


def test_it_is_made_of_a_folder_that_is_not_there_and_beside_a_damaged_memory(tmp_path: Path) -> None:
    assert "== What is remembered ==\nnothing" in file_of(DataFolder(tmp_path / "none"))
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "whimbrel.sqlite3").write_bytes(b"no database" * 1000)
    text = file_of(DataFolder(tmp_path / "bad"))
    assert "== What is remembered ==\nThis could not be found out (DatabaseError" in text
    assert "log_level" in text


def test_the_log_is_read_from_its_end_and_over_its_turn(folder: DataFolder) -> None:
    (folder.logs / "whimbrel.log.1").write_text("".join(f"old {number}\n" for number in range(500)))
    lines = module.last_lines(folder.logs, 20)
    assert len(lines) == 20
    assert lines[8] == "old 499" and lines[-1].startswith("ValueError")


def test_the_command_writes_it_once_and_says_that_nothing_is_sent(folder: DataFolder, tmp_path: Path) -> None:
    target = tmp_path / "told.txt"
    done = whimbrel("doctor", "--data-dir", folder.path, "--diagnostics", target)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Nothing was sent" in done.stdout
    assert "== Failures by kind ==" in target.read_text(encoding="utf-8")
    again = whimbrel("doctor", "--data-dir", folder.path, "--diagnostics", target)
    assert again.returncode == 1 and "already" in again.stderr


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("C:\\Users\\Anna B\\Bilder\\x: no", "[path]: no"),
        ("\\\\server\\teil 1\\a", "[path]"),
        ("see ~/Bilder von hier, then", "see [path], then"),
        ("in 'Bilder/am See, hier' now", "in '[path]' now"),
        ("file:///home/a/b.txt", "[path]"),
        ("28/s and/or 3.5 / 4", "28/s and/or 3.5 / 4"),
        ("http://127.0.0.1:21000/enter?key=abc", "http://127.0.0.1/"),
        ("postgresql://u:p@db.example/x", "postgresql://[host]/"),
        ("id 0193a7b2-1111-7222-8333-123456789abc", "id 0193a7b2-1111-7222-8333-123456789abc"),
        ("sha256 " + "0a" * 32, f"sha256 {GONE}"),
        ("exit code: 3", "exit code: 3"),
        ("code: K7QF-XYZ", f"code: {GONE}"),
        ("one 1.2.3.4 two 127.0.0.1", "one [address] two 127.0.0.1"),
        ("apsw 3.54.1.0", "apsw 3.54.1.0"),
        ("saw it in film.mp4 today", PICTURE_LINE),
        ("Root has annas things", f"Root has {GONE} things"),
    ],
)
def test_one_line(text: str, kept: str) -> None:
    assert Redactor({}, ["anna", "root", "ab"], ["apsw 3.54.1.0"]).text(text) == kept
