"""`whimbrel release`: a key, a release, its signature and its check, by the command line alone."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import whimbrel
from releasing import tiny_model

from desktop import release_commands
from desktop.cli import main
from desktop.data_folder import DataFolder
from store.clock import SystemClock
from store.local.opening import open_store
from store.models.registry import ModelRegistry


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a small model."""
    folder = DataFolder(tmp_path / "data")
    folder.prepare()
    store = open_store(folder.path, SystemClock())
    ModelRegistry(folder.models, store.model_versions, SystemClock()).add(tiny_model())
    store.close()
    return folder.path


def said(capsys: pytest.CaptureFixture[str], *words: str | Path) -> tuple[int, str]:
    """The exit status of a command, and all that it said."""
    status = main([str(word) for word in words])
    told = capsys.readouterr()
    return status, told.out + told.err


def test_from_key_to_verified_release(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    key, folder = tmp_path / "team.key", tmp_path / "seven"
    assert said(capsys, "release", "keygen", key, "--no-passphrase")[0] == 0
    status, told = said(capsys, "release", "make", "Small 0", folder, "--number", "7", "--data-dir", data)
    assert (status, "Release 7: Small 0, 3 labels, network and labels" in told) == (0, True)
    verify = ("release", "verify", folder, "--root", f"{key}.pub")
    assert "holds no release.json" in said(capsys, *verify)[1]
    assert said(capsys, "release", "sign", folder, "--key", key)[0] == 0
    status, told = said(capsys, *verify)
    assert (status, told.splitlines()[-1]) == (0, "It is signed, whole, and may be installed.")
    status, told = said(capsys, *verify, "--after", "7")
    assert (status, "is not newer than 7" in told) == (1, True)
    with (folder / "weights.safetensors").open("r+b") as file:
        file.seek(-1, 2)
        last = file.read(1)
        file.seek(-1, 2)
        file.write(bytes([last[0] ^ 1]))
    status, told = said(capsys, *verify)
    assert (status, "is not the file that was signed" in told) == (1, True)
    assert said(capsys, "release", "sign", folder, "--key", key)[0] == 1


def test_a_head_alone_is_small_and_other_keys_do_not_verify_it(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "head"
    for name in ("old", "new"):
        said(capsys, "release", "keygen", tmp_path / name, "--no-passphrase")
    made = said(
        capsys, "release", "make", "Small 0", folder, "--number", "1", "--head-only", "--data-dir", data
    )
    assert "the labels alone" in made[1]
    said(capsys, "release", "sign", folder, "--key", tmp_path / "old")
    status, told = said(capsys, "release", "verify", folder, "--root", tmp_path / "new.pub")
    assert (status, "not among the release keys known here" in told) == (1, True)
    rotate = ("release", "rotate", tmp_path / "change.json", "--key", tmp_path / "old")
    keys = ("--was", tmp_path / "old.pub", "--now", tmp_path / "new.pub")
    assert said(capsys, *rotate, *keys)[0] == 0
    assert (tmp_path / "change.json").stat().st_size > 0


def test_a_locked_key_asks_for_its_passphrase(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = iter([b"heather", b"gorse", b"heather"])
    monkeypatch.setattr(release_commands, "_passphrase", lambda _question: next(given))
    key, folder = tmp_path / "team.key", tmp_path / "nine"
    assert said(capsys, "release", "keygen", key)[0] == 0
    said(capsys, "release", "make", "Small 0", folder, "--number", "9", "--data-dir", data)
    assert said(capsys, "release", "sign", folder, "--key", key)[0] == 1
    assert said(capsys, "release", "sign", folder, "--key", key)[0] == 0


@pytest.mark.parametrize("wrong", [("--number", "0"), ("--number", "1", "--days", "0")])
def test_no_number_or_no_time_makes_no_release(wrong: tuple[str, ...], tmp_path: Path, data: Path) -> None:
    told = whimbrel("release", "make", "Small 0", tmp_path / "made", *wrong, "--data-dir", data)
    assert (told.returncode, (tmp_path / "made").exists()) == (2, False)
