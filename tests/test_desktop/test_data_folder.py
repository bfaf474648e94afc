from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from desktop.data_folder import DataFolder, FolderInUseError, Instance
from desktop.errors import PlainError

ROOT = Path(__file__).resolve().parents[2]


def test_a_missing_folder_is_made_for_its_user_alone(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path / "a" / "data")
    folder.prepare()
    assert list(folder.path.iterdir()) == []
    if os.name == "posix":
        assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_a_file_in_its_place_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "data").write_text("a letter")
    for path in (tmp_path / "data", tmp_path / "data" / "below"):
        with pytest.raises(PlainError, match="is a file, or lies in one"):
            DataFolder(path).prepare()


def test_one_holder_at_a_time(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    with folder.hold():
        assert other_process_holds(tmp_path) == "in use"
    assert other_process_holds(tmp_path) == "held"


def other_process_holds(path: Path) -> str:
    """What another process meets that tries to hold the folder."""
    program = f"""
from pathlib import Path
from desktop.data_folder import DataFolder, FolderInUseError
try:
    with DataFolder(Path({str(path)!r})).hold():
        print("held")
except FolderInUseError:
    print("in use")
"""
    told = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return told.stdout.strip()


def test_holding_twice_in_one_process_is_refused_too(tmp_path: Path) -> None:
    with DataFolder(tmp_path).hold(), pytest.raises(FolderInUseError), DataFolder(tmp_path).hold():
        pass


def test_where_the_instance_answers_is_written_and_taken_away(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    assert folder.running() is None
    forget = folder.say_running(21_000)
    assert folder.running() == Instance(os.getpid(), 21_000)
    forget()
    assert folder.running() is None


@pytest.mark.parametrize("content", ["", "{", "[]", '{"pid": 1}', '{"pid": "x", "port": 1}'])
def test_damage_in_the_note_of_the_instance_is_no_instance(tmp_path: Path, content: str) -> None:
    (tmp_path / "running.json").write_text(content)
    assert DataFolder(tmp_path).running() is None
