"""The command line itself: what it teaches, how it refuses, and what happens on a mistake of our own."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import whimbrel

from desktop import cli
from desktop.logs import Redacting, start_logging

COMMANDS = [
    [],
    ["run"],
    ["serve"],
    ["doctor"],
    ["models"],
    ["models", "list"],
    ["models", "fetch"],
    ["models", "import"],
    ["models", "activate"],
    ["models", "rollback"],
    ["models", "export"],
    ["models", "compress"],
    ["training", "install"],
]


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_explains_itself(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([*words, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith(f"usage: {' '.join(['whimbrel', *words])}")
    assert max(len(line) for line in text.splitlines()) <= 110


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["fly"], "invalid choice: 'fly'"),
        (["serve", "--port", "eighty"], "'eighty' can't be used: a port is a number from 1 to 65535"),
        (["models"], "required: COMMAND"),
        (["models", "import"], "required: FILE"),
        (["serve", "--prot", "1"], "--prot"),
    ],
)
def test_a_wrong_word_is_one_line_that_names_the_help(
    words: list[str], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main(words)
    assert ended.value.code == 2
    told = capsys.readouterr().err
    assert says in told
    assert told.count("\n") == 1
    assert "--help` shows what it takes." in told


def test_every_entry_exists() -> None:
    from importlib import import_module

    samples = [["run"], ["serve"], ["doctor"], ["models", "list"], ["models", "fetch", "x"]]
    samples += [["models", "import", "x"], ["models", "activate", "x"], ["models", "rollback"]]
    samples += [["models", "export", "x"], ["models", "compress"], ["training", "install"]]
    for words in samples:
        module, _, name = cli.build_parser().parse_args(words).entry.partition(":")
        assert callable(getattr(import_module(module), name))


def test_export_offers_the_forms_that_there_are() -> None:
    from desktop.publishing_arguments import FORMS
    from store.models import export_forms

    assert FORMS == export_forms.FORMS


def test_a_mistake_of_our_own_is_a_sentence_and_a_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import desktop.doctor_command

    def broken(*_: object) -> int:
        raise RuntimeError("the floor gave way")

    monkeypatch.setattr(desktop.doctor_command, "doctor", broken)
    root = logging.getLogger()
    before, root.handlers = root.handlers, []
    try:
        assert cli.main(["doctor", "--data-dir", str(tmp_path)]) == 70
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers = before
    told = capsys.readouterr()
    log = tmp_path / "logs" / "whimbrel.log"
    assert told.err.startswith("Whimbrel made a mistake of its own (RuntimeError: the floor gave way).")
    assert str(log) in told.err
    assert "Traceback" not in told.err
    assert "the floor gave way" in log.read_text(encoding="utf-8")
    assert "in broken" in log.read_text(encoding="utf-8")


def test_python_s_own_version_flag_costs_nothing() -> None:
    told = whimbrel("--version")
    assert told.stdout.startswith("whimbrel ")
    assert told.returncode == 0


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("GET /enter?key=AbC-_123 200", "GET /enter?key=... 200"),
        ('http://127.0.0.1:2/enter?a=1&key=xyz"', 'http://127.0.0.1:2/enter?a=1&key=..."'),
        ("Cookie: whimbrel_0af3=v1.abc.def; a=b", "Cookie: whimbrel_0af3=...; a=b"),
        ("nothing secret, key=plain", "nothing secret, key=plain"),
    ],
)
def test_no_secret_reaches_a_log(text: str, kept: str) -> None:
    record = logging.LogRecord("whimbrel", logging.INFO, "", 0, "%s", (text,), None)
    assert Redacting("%(message)s").format(record) == kept


def test_a_secret_in_a_trace_is_taken_out_too() -> None:
    try:
        raise ValueError("/enter?key=hush-hush")
    except ValueError:
        record = logging.LogRecord("whimbrel", logging.INFO, "", 0, "it failed", (), sys.exc_info())
    assert "hush" not in Redacting("%(message)s").format(record)


def test_logs_are_rotated_and_a_folder_that_can_t_be_made_is_no_reason_to_stop(tmp_path: Path) -> None:
    root = logging.getLogger()
    before, level, raising = root.handlers, root.level, logging.raiseExceptions
    root.handlers = []
    try:
        start_logging(tmp_path / "logs", "info")
        for _ in range(3):
            logging.getLogger("whimbrel.test").info("x" * 600_000)
        (tmp_path / "file").write_text("")
        start_logging(tmp_path / "file" / "logs", "info")
    finally:
        for handler in root.handlers:
            handler.close()
        root.handlers, logging.raiseExceptions = before, raising
        root.setLevel(level)
    names = sorted(path.name for path in (tmp_path / "logs").iterdir())
    assert names == ["whimbrel.log", "whimbrel.log.1", "whimbrel.log.2"]


def test_matrices_are_told_of_one_thread_before_numpy_is_there(tmp_path: Path) -> None:
    program = (
        "import os, sys, desktop.cli as cli; early = 'numpy' not in sys.modules\n"
        "cli.main(['models', 'list', '--data-dir', sys.argv[1]])\n"
        "print(early, os.environ['OPENBLAS_NUM_THREADS'])"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_NUM_THREADS"}
    told = subprocess.run(
        [sys.executable, "-c", program, tmp_path], env=environment, capture_output=True, text=True, check=True
    )
    assert told.stdout.splitlines()[-1] == "True 1"
