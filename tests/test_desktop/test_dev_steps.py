"""The steps of the set-up: done once, again when an input changes, resumed, failures in a sentence."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from build_scripts import _steps
from build_scripts._commands import COMMANDS, HELP, main
from build_scripts._steps import Step, StepError, command, do


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository of its own for the steps."""
    monkeypatch.setattr(_steps, "ROOT", tmp_path)
    monkeypatch.setattr(_steps, "CACHE", tmp_path / ".cache")
    (tmp_path / "sources" / "node_modules").mkdir(parents=True)
    (tmp_path / "sources" / "a.txt").write_text("one")
    return tmp_path


def step(here: Path, work: Callable[[], None]) -> Step:
    return Step("Something", here / "made" / "stamp", (here / "sources",), work)


def test_a_step_is_done_once_and_again_when_an_input_changes(here: Path) -> None:
    done: list[str] = []
    steps = [step(here, lambda: done.append("x"))]
    do(steps)
    do(steps)
    assert done == ["x"]
    (here / "sources" / "node_modules" / "thing.js").write_text("not an input")
    do(steps)
    assert done == ["x"]
    (here / "sources" / "a.txt").write_text("two")
    do(steps)
    assert done == ["x"] * 2
    (here / "sources" / "b.txt").write_text("")
    do(steps)
    assert done == ["x"] * 3


def test_an_interrupted_step_is_done_again_and_those_before_it_are_not(here: Path) -> None:
    done: list[str] = []

    def interrupted() -> None:
        done.append("second")
        if len(done) < 3:
            raise KeyboardInterrupt

    first = Step("First", here / "first", (), lambda: done.append("first"))
    with pytest.raises(KeyboardInterrupt):
        do([first, step(here, interrupted)])
    do([first, step(here, interrupted)])
    do([first, step(here, interrupted)])
    assert done == ["first", "second", "second"]


def test_a_failure_shows_the_end_of_the_output_without_pip_s_noise(capfd: pytest.CaptureFixture[str]) -> None:
    program = (
        "import sys; print('WARNING: Location x is ignored: it is neither a file nor a directory.');"
        "print('\\n'.join(f'line {n}' for n in range(100))); sys.exit(3)"
    )
    with pytest.raises(StepError, match=r"failed \(above\)\. Do this\."):
        command([sys.executable, "-c", program], "Do this.")
    shown = capfd.readouterr().err
    assert "line 99" in shown
    assert "line 70" not in shown
    assert "ignored" not in shown


def test_a_missing_program_is_a_sentence() -> None:
    with pytest.raises(StepError, match=r"no-such-program could not be started .* Do this\."):
        command(["no-such-program"], "Do this.")


def test_the_output_is_given_back() -> None:
    assert command([sys.executable, "-c", "print('hello')"], "") == "hello\n"


def test_every_command_is_in_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == main(["--help"]) == main(["help"]) == 0
    assert capsys.readouterr().out == HELP * 3
    for name in COMMANDS:
        assert f"\n  {name}" in HELP or name == "h"


def test_an_unknown_command_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tests"]) == 2
    assert capsys.readouterr().err.startswith("dev.py knows no command 'tests'.")


def test_an_old_python_is_told_so() -> None:
    """dev.py itself must parse on interpreters that can't run the rest."""
    import ast

    source = (Path(__file__).resolve().parents[2] / "build_scripts" / "dev.py").read_text(encoding="utf-8")
    tree = ast.parse(source, feature_version=(3, 7))
    checks = [node.lineno for node in tree.body if isinstance(node, ast.If)]
    imports = [
        node.lineno for node in tree.body if isinstance(node, ast.ImportFrom) and node.module != "pathlib"
    ]
    assert checks[0] < imports[0]
