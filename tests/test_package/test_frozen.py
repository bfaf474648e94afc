"""What is different where there is no interpreter: the packaged program starts its processes as itself."""

from __future__ import annotations

import os
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import pytest
from running import ROOT

from desktop.errors import PlainError
from desktop.frozen import give_back
from desktop.training_commands import install
from store.frozen import TRAINER
from store.models.export_child import MODULE as EXPORTS
from store.models.training_component import training_python
from store.training.runs.modes import CHILD, command_of
from store.training.trainer import CHILDREN, NOT_OURS

FROZEN = [sys.executable, "-m", "desktop.frozen"]


def program(*words: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """What PyInstaller freezes, run by an interpreter, as the program that it becomes."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(
        [*FROZEN, *words], cwd=cwd, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_it_is_the_command_line() -> None:
    told = program("--version")
    assert (told.returncode, told.stderr) == (0, "")
    assert told.stdout.startswith("whimbrel ")


def test_it_runs_the_training_child_and_no_other_module(tmp_path: Path) -> None:
    child = program("-m", CHILD, str(tmp_path), cwd=tmp_path)  # its standard input is at its end at once
    assert (child.returncode, child.stderr) == (4, ""), "the child ends as one whose parent is dead"
    other = program("-m", "http.server", "0")
    assert other.returncode == NOT_OURS
    assert other.stderr == "This program is started by Whimbrel: open Whimbrel instead.\n"


def test_every_process_that_is_started_by_its_module_is_known() -> None:
    assert set(CHILDREN) == {CHILD, EXPORTS, "store.training.foreign_models"}


def frozen_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Has this process take itself for the packaged program in a folder; where its trainer would be."""
    program = folder / "whimbrel" / "whimbrel"
    program.parent.mkdir(parents=True)
    program.touch()
    (folder / "bin").mkdir()
    (folder / "bin" / "whimbrel").symlink_to(program)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(folder / "bin" / "whimbrel"))
    return folder / TRAINER / TRAINER


def test_a_head_is_learned_by_the_program_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen_in(tmp_path, monkeypatch)
    assert command_of("head", tmp_path / "job") == [sys.executable, "-m", CHILD, str(tmp_path / "job")]


def test_the_trainer_is_found_in_the_folder_beside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = frozen_in(tmp_path, monkeypatch)
    assert training_python({}) is None
    trainer.parent.mkdir()
    trainer.touch()
    assert training_python({}) == trainer


def test_what_pip_would_install_is_a_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    frozen_in(tmp_path, monkeypatch)
    with pytest.raises(PlainError, match=f"Install the package {TRAINER} beside it"):
        install(None, Namespace())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"LD_LIBRARY_PATH": "/bundle:/own", "LD_LIBRARY_PATH_ORIG": "/own"}, {"LD_LIBRARY_PATH": "/own"}),
        ({"LD_LIBRARY_PATH": "/bundle", "HOME": "/home/zoe"}, {"HOME": "/home/zoe"}),
        ({"QT_PLUGIN_PATH": "/bundle/plugins", "QML2_IMPORT_PATH": "/bundle/qml"}, {}),
        ({"HOME": "/home/zoe"}, {"HOME": "/home/zoe"}),
    ],
)
def test_other_programs_get_the_systems_libraries(before: dict[str, str], after: dict[str, str]) -> None:
    give_back(before)
    assert before == after
