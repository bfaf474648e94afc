"""`whimbrel train`, directly on a data folder and through the app that runs on it."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import whimbrel
from running import running
from training_world import fill, training_world


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A data folder with enough to learn from."""
    with training_world(tmp_path / "data") as world:
        fill(world)
    return tmp_path / "data"


def states(folder: Path) -> list[str]:
    with training_world(folder) as world:
        return [version.state for version in world.models.registry.list()]


def test_it_says_what_it_does_and_what_came_of_it(folder: Path) -> None:
    told = whimbrel("train", "--data-dir", folder)
    assert told.returncode == 0, told.stderr
    result, hint = told.stdout.splitlines()
    assert result.startswith("Learned from 96 pictures: right for 100 % of 24 pictures held back, likely ")
    assert hint.startswith("Put it to work with: whimbrel models activate learned-from-96-pictures-")
    assert "Learning 3 labels from 96 pictures." in told.stderr.splitlines()
    assert states(folder) == ["active", "candidate"]


def test_what_did_not_pass_is_not_put_to_work(folder: Path) -> None:
    told = whimbrel("train", "--activate", "--data-dir", folder)
    assert told.returncode == 1
    assert "These pictures are too few to know." in told.stderr
    assert states(folder) == ["active", "candidate"]
    version = told.stderr.split()[-1]
    assert whimbrel("models", "activate", version, "--data-dir", folder).returncode == 1
    assert whimbrel("models", "activate", version, "--anyway", "--data-dir", folder).returncode == 0
    assert states(folder) == ["retired", "active"]


def test_too_few_pictures_are_one_sentence(folder: Path) -> None:
    told = whimbrel("train", "--least", "50", "--data-dir", folder)
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.strip() == (
        "There are too few pictures to learn from: two labels with at least 50 each are needed. "
        "Confirm or correct 10 more of “curlew” and 10 more of “godwit”."
    )
    assert "cannot train like that" in whimbrel("train", "--least", "1", "--data-dir", folder).stderr


def test_a_folder_without_a_memory_is_said(tmp_path: Path) -> None:
    told = whimbrel("train", "--data-dir", tmp_path / "nothing")
    assert (told.returncode, told.stderr[:31]) == (1, "There is nothing to learn from:")
    assert not (tmp_path / "nothing").exists()


def test_a_running_app_does_it_itself(folder: Path) -> None:
    with running(folder) as app:
        told = whimbrel("train", "--data-dir", folder)
        assert told.returncode == 0, told.stderr
        assert told.stdout.startswith("Learned from 96 pictures: right for 100 %")
        assert app.rows("SELECT state, asked_by FROM training_run") == [("done", "user")]
        assert app.process is not None
        assert app.process.poll() is None
