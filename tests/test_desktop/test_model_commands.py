"""`whimbrel models ...` directly on a data folder, and through the app that runs on it."""

from __future__ import annotations

import contextlib
import json
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from command_line import whimbrel
from running import running


def versions(data_dir: Path) -> list[dict[str, Any]]:
    """What `models list --json` says."""
    told = whimbrel("models", "list", "--json", "--data-dir", data_dir)
    assert told.returncode == 0, told.stderr
    found: list[dict[str, Any]] = json.loads(told.stdout)
    return found


def active(data_dir: Path) -> str:
    """The id of the version at work, read from the database itself."""
    with closing(sqlite3.connect(f"file:{data_dir}/whimbrel.sqlite3?mode=ro", uri=True)) as database:
        rows = database.execute("SELECT id FROM model_version WHERE state = 'active'").fetchall()
    assert len(rows) == 1
    return str(rows[0][0])


@pytest.fixture
def bird_model(shared: Path) -> tuple[Path, Path]:
    """A real TFLite classifier with its label file."""
    models = shared / "models"
    return models / "mobilenet_v2_1.0_224_inat_bird_quant.tflite", models / "inat_bird_labels.txt"


def test_a_fresh_folder_has_none_and_says_how_to_get_one(tmp_path: Path) -> None:
    told = whimbrel("models", "list", "--data-dir", tmp_path)
    assert told.returncode == 0
    assert "whimbrel models fetch starter" in told.stdout


def test_the_first_model_is_put_to_work_and_listed_with_a_star(data_dir: Path) -> None:
    (starter,) = versions(data_dir)
    assert (starter["state"], starter["made"], starter["labelCount"]) == ("active", "starter", 1000)
    told = whimbrel("models", "list", "--data-dir", data_dir)
    assert told.stdout.startswith(f"*  {starter['id']}  active  1,000 labels  starter")


def test_fetching_what_is_there_changes_nothing(data_dir: Path) -> None:
    before = versions(data_dir)
    told = whimbrel("models", "fetch", "starter", "--data-dir", data_dir)
    assert told.returncode == 0
    assert "is here and at work" in told.stdout
    assert versions(data_dir) == before


def test_an_import_is_a_candidate_until_it_is_activated(
    data_dir: Path, bird_model: tuple[Path, Path]
) -> None:
    starter = active(data_dir)
    told = whimbrel("models", "import", bird_model[0], "--labels", bird_model[1], "--data-dir", data_dir)
    assert told.returncode == 0, told.stderr
    birds = next(version["id"] for version in versions(data_dir) if version["id"] != starter)
    assert told.stdout.splitlines()[-1] == f"Put it to work with: whimbrel models activate {birds}"
    assert active(data_dir) == starter
    assert whimbrel("models", "activate", birds[:-3], "--data-dir", data_dir).returncode == 0
    assert active(data_dir) == birds
    assert whimbrel("models", "rollback", "--data-dir", data_dir).returncode == 0
    assert active(data_dir) == starter


def test_a_running_app_does_it_itself(data_dir: Path, bird_model: tuple[Path, Path]) -> None:
    with running(data_dir) as app:
        starter = active(data_dir)
        arguments: list[str | Path] = ["models", "import", bird_model[0], "--labels", bird_model[1]]
        told = whimbrel(*arguments, "--activate", "--data-dir", data_dir)
        assert told.returncode == 0, told.stderr
        birds = active(data_dir)
        assert told.stdout.endswith(f"is now at work: {birds}\n")
        assert {version["id"] for version in versions(data_dir)} == {starter, birds}
        assert whimbrel("models", "rollback", "--data-dir", data_dir).returncode == 0
        assert active(data_dir) == starter
        assert whimbrel("models", "activate", birds, "--data-dir", data_dir).returncode == 0
        assert active(data_dir) == birds
        assert app.process is not None
        assert app.process.poll() is None


def test_a_proxy_in_the_environment_is_not_asked_for_the_local_app(data_dir: Path) -> None:
    with running(data_dir):
        proxy = "http://127.0.0.1:9"
        told = whimbrel("models", "list", "--data-dir", data_dir, HTTP_PROXY=proxy, http_proxy=proxy)
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize("with_app", [False, True], ids=["alone", "with the app"])
@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["activate", "no-such-model"], "no-such-model"),
        (["fetch", "mobilenet_v9"], "no base model"),
        (["fetch", "mobilenet_v2", "--alpha", "0.25"], "not offered with alpha 0.25"),
        (["import", "README.md"], "README.md"),
    ],
)
def test_what_can_t_be_done_is_one_line(
    data_dir: Path, arguments: list[str], says: str, with_app: bool
) -> None:
    def told() -> tuple[int, str, str]:
        done = whimbrel("models", *arguments, "--data-dir", data_dir)
        return done.returncode, done.stdout, done.stderr.splitlines()[-1]

    if with_app:
        with running(data_dir):
            status, printed, sentence = told()
    else:
        status, printed, sentence = told()
    assert (status, printed) == (1, "")
    assert says in sentence
    assert "Traceback" not in sentence


def test_a_missing_file_is_a_sentence(data_dir: Path) -> None:
    told = whimbrel("models", "import", "/no/such/model.tflite", "--data-dir", data_dir)
    assert told.returncode == 2
    assert told.stderr == "There is no /no/such/model.tflite. Check the name.\n"


@pytest.mark.parametrize("with_app", [False, True], ids=["alone", "with the app"])
def test_export_writes_a_folder_and_says_how_true_it_is(
    data_dir: Path, tmp_path: Path, with_app: bool
) -> None:
    target = tmp_path / "exported"
    arguments: list[str | Path] = ["models", "export", active(data_dir), "--form", "tfjs", "--out", target]
    with running(data_dir) if with_app else contextlib.nullcontext():
        told = whimbrel(*arguments, "--data-dir", data_dir)
        again = whimbrel(*arguments, "--data-dir", data_dir)
    assert told.returncode == 0, told.stderr
    assert "Same first answer as the version for 8 of 8 generated pictures." in told.stdout
    written = sorted(path for path in target.rglob("*") if path.is_file())
    assert {"MODEL_CARD.md", "labels.txt", "model.json"} < {path.name for path in written}
    assert all(str(path) in told.stdout for path in written)
    assert sum(path.stat().st_size for path in written) > 18_000_000
    assert again.returncode == 1
    assert "is there already and is not an empty folder" in again.stderr.splitlines()[-1]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["export", "x", "--prune", "1.5"], "1.5 is not a share of weights"),
        (["export", "x", "--form", "tfjs", "--quantise", "uint8"], "There is no model “x”"),
        (["compress", "--loss", "-1"], "-1 points cannot be lost"),
    ],
)
def test_what_export_and_compress_refuse(data_dir: Path, arguments: list[str], says: str) -> None:
    told = whimbrel("models", *arguments, "--data-dir", data_dir)
    assert told.returncode in (1, 2)
    assert says in told.stderr


def test_the_doctor_finds_a_damaged_model_file(data_dir: Path) -> None:
    assert whimbrel("doctor", "--data-dir", data_dir).returncode == 0
    victim = max((data_dir / "models").rglob("*.bin"), key=lambda path: path.stat().st_size)
    content = bytearray(victim.read_bytes())
    content[1000] ^= 1
    victim.unlink()
    victim.write_bytes(content)
    told = whimbrel("doctor", "--data-dir", data_dir)
    assert told.returncode == 1
    assert victim.name in told.stdout
    assert "1 problem found." in told.stdout


def test_the_doctor_beside_a_running_app(data_dir: Path) -> None:
    with running(data_dir) as app:
        told = whimbrel("doctor", "--data-dir", data_dir)
        assert told.returncode == 0, told.stdout
        assert f"port {app.port})" in told.stdout
        assert "SQLite 3." in told.stdout


def test_the_doctor_changes_nothing_in_a_folder_that_is_not_there(tmp_path: Path) -> None:
    told = whimbrel("doctor", "--data-dir", tmp_path / "none")
    assert told.returncode == 0, told.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_doctor_finds_a_damaged_memory_and_leaves_it(data_dir: Path) -> None:
    database = data_dir / "whimbrel.sqlite3"
    content = bytearray(database.read_bytes())
    content[4096 : 4096 * 3] = b"\xff" * 8192
    database.write_bytes(content)
    told = whimbrel("doctor", "--data-dir", data_dir)
    assert told.returncode == 1
    assert str(database) in told.stdout or "memory" in told.stdout
    assert database.read_bytes() == bytes(content)


def test_the_doctor_finds_a_secret_that_others_can_read(data_dir: Path) -> None:
    shutil.copyfile(Path(__file__), data_dir / "secret")
    (data_dir / "secret").chmod(0o644)
    told = whimbrel("doctor", "--data-dir", data_dir)
    assert told.returncode == 1
    assert f"chmod 600 {data_dir / 'secret'}" in told.stdout
