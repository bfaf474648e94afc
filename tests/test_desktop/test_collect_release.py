"""`whimbrel collect release`: from keys to a release that is offered, by the command line alone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from releasing import open_shop

from desktop.cli import main
from store.clock import SystemClock
from store.releases.key_change import change_keys
from store.releases.keys import new_key, public_text, write_key


def said(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    """The exit status of a command, and all that it said."""
    status = main(["collect", "release", *[str(word) for word in words]])
    told = capsys.readouterr()
    return status, told.out + told.err


def test_from_keys_to_an_offered_release(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shop, where = open_shop(tmp_path), ("--data-dir", tmp_path / "centre")
    public = write_key(shop.key, tmp_path / "team.key", b"")
    assert "no release keys yet" in said(capsys, "keys", *where)[1]
    assert said(capsys, "keys", public, *where) == (0, public_text(shop.key.public_key) + "\n")
    shop.signed(4, made_at=SystemClock().now_ms())
    status, told = said(capsys, "add", tmp_path / "head-4", "--percent", "10", "--group", "field", *where)
    assert (status, "Release 4 (Small 0" in told) == (0, True)
    assert said(capsys, "pause", "4", *where)[1] == "Release 4 is paused.\n"
    assert said(capsys, "resume", "4", "--percent", "60", *where)[1] == "Release 4 is offered.\n"
    [release] = json.loads(said(capsys, "list", "--json", *where)[1])
    assert (release["version"], release["percent"], release["groups"]) == (4, 60, ["field"])
    assert "60 % of field" in said(capsys, "list", *where)[1]
    assert said(capsys, "withdraw", "4", *where)[1] == "Release 4 is withdrawn.\n"
    status, told = said(capsys, "resume", "4", *where)
    assert (status, "for good" in told) == (1, True)
    status, told = said(capsys, "add", tmp_path / "absent", *where)
    assert (status, "holds no release.json" in told) == (1, True)


def test_keys_are_changed_by_a_signed_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new, where = new_key(), new_key(), ("--data-dir", tmp_path / "centre")
    said(capsys, "keys", write_key(old, tmp_path / "old", b""), *where)
    change = tmp_path / "change.json"
    change.write_bytes(change_keys([old.public_key], [new.public_key], old))
    status, told = said(capsys, "change-keys", change, *where)
    assert (status, told.splitlines()[0]) == (0, public_text(new.public_key))
    assert said(capsys, "change-keys", change, *where)[0] == 1
    assert said(capsys, "change-keys", tmp_path / "absent", *where)[0] == 1


def test_a_percentage_is_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for wrong in ("101", "-1", "x"):
        with pytest.raises(SystemExit):
            main(["collect", "release", "resume", "4", "--percent", wrong])
    assert "is no percentage" in capsys.readouterr().err
