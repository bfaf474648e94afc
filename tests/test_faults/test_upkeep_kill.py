"""A removal that is killed in the middle is finished at the next start, with the same result and account."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from local_records import body_of, said, send, send_body, sha256_of
from running import ROOT
from two_hands import TwoHands
from upkeep_support import count, full_inference, opened

from store.local.opening import LocalStore

CHILD = ROOT / "tests" / "support" / "upkeep_child.py"
KILLED = -9
PICTURE = {"sha256": sha256_of("the one"), "fileName": "very-own-name.jpg"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """500 answers, the last 300 about one picture, five of the rest checked."""
    store, _ = opened(tmp_path / "data", TwoHands())
    for start in range(1, 500, 100):
        batch = [full_inference(number) for number in range(start, start + 100)]
        batch = [one if int(one["id"][-4:], 16) <= 200 else one | {"picture": PICTURE} for one in batch]
        send_body(store.statistics, body_of(*batch))
    send(store.statistics, *(said(1000 + number, about=number) for number in range(1, 6)))
    store.backups.make()
    store.close()
    return tmp_path / "data"


def child(folder: Path, what: str, job: int) -> int:
    command = [sys.executable, str(CHILD), str(folder), what, PICTURE["sha256"], str(job)]
    path = {"PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests' / 'support'}"}
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **path}, check=False).returncode


def killed_until_done(folder: Path, what: str) -> int:
    """Kills at the second job of each start, then at the third and so on; how many kills it took."""
    kills = 0
    while (status := child(folder, what, 2 + kills)) != 0:
        assert status == KILLED
        kills += 1
        assert kills < 40
    return kills


def reopened(folder: Path) -> LocalStore:
    return opened(folder, TwoHands())[0]


def test_an_erasure_is_finished_whenever_it_was_killed(folder: Path) -> None:
    assert killed_until_done(folder, "erasure") >= 3
    store = reopened(folder)
    (entry,) = store.upkeep.entries()
    assert (entry.state, entry.done.amounts.answers.count, entry.done.amounts.thumbnails.count) == (
        "done", 300, 1
    )  # fmt: skip
    assert (count(store, "record"), count(store, "picture")) == (205, 200)
    whole = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    assert PICTURE["fileName"].encode() not in whole
    assert PICTURE["sha256"].encode() not in whole
    store.close()


def test_a_retention_is_finished_whenever_it_was_killed(folder: Path) -> None:
    assert killed_until_done(folder, "retention") >= 4
    store = reopened(folder)
    (entry,) = store.upkeep.entries()
    gone = entry.done.amounts
    assert (entry.state, gone.answers.count, gone.embeddings.count) == ("done", 445, 495)
    assert (count(store, "record"), count(store, "embedding")) == (60, 5)
    with store.database.read() as db:
        kept = db.execute_sql("SELECT count(*) FROM picture WHERE thumbnail IS NOT NULL").fetchone()
    assert kept == (5,)
    store.close()
