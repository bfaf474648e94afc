"""What every test may use."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Playwright, sync_playwright
from postgres_server import PostgresServer, postgres_server, programs
from running import ROOT, SHARED
from two_hands import TwoHands

from store.collector import days
from store.collector.database import CollectorDatabase
from store.collector.opening import make_if_new, open_database

LONGEST = ("test_schema_cases.py", "test_backends.py", "test_models_training.py")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files begin first, so that none is left alone with one worker at the end."""
    items.sort(key=lambda item: item.path.name not in LONGEST)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real photographs and model files beside the repository; skips where it is missing."""
    if not SHARED.is_dir():
        pytest.skip(f"The shared folder {SHARED} is not here; the tests on small made files still run.")
    return SHARED


@pytest.fixture(autouse=True)
def _no_settings_from_outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """Settings of the developer's own must not decide how a test goes."""
    for name in [name for name in os.environ if name.startswith("WHIMBREL_")]:
        monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def prepared_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder in which the starter is set up and nothing is recorded yet. Not to be written to."""
    folder = tmp_path_factory.mktemp("prepared") / "data"
    command = [sys.executable, "-m", "desktop.cli", "models", "fetch", "starter", "--data-dir", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def _copied(source: Path, target: Path) -> Path:
    """A copy of a data folder; the model files, which nobody changes, are the same ones on the disk."""
    shutil.copytree(source, target, copy_function=_link_models)
    return target


def _link_models(source: str, target: str) -> None:
    if Path(source).suffix in (".bin", ".safetensors"):
        os.link(source, target)
    else:
        shutil.copy2(source, target)


@pytest.fixture
def data_dir(prepared_data: Path, tmp_path: Path) -> Path:
    """A copy of the prepared data folder for one test."""
    return _copied(prepared_data, tmp_path / "data")


@pytest.fixture(scope="module")
def lasting_data_dir(prepared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy that the tests of one file share."""
    return _copied(prepared_data, tmp_path_factory.mktemp("lasting") / "data")


@pytest.fixture
def prepared_copy(prepared_data: Path, tmp_path: Path) -> Path:
    """A second copy, for tests with two."""
    return _copied(prepared_data, tmp_path / "second")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL server for this run; skips where there is none to start."""
    found = programs()
    if found is None:
        pytest.skip("PostgreSQL is not installed here; `dev.py setup` as root brings Debian's.")
    with postgres_server(found) as server:
        yield server


@pytest.fixture(params=["sqlite", "postgresql"])
def collector_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A collector's empty database, once of each kind; SQLite's still has to be made."""
    if request.param == "sqlite":
        return str(tmp_path / "collector.sqlite3")
    server: PostgresServer = request.getfixturevalue("postgres")
    return server.collector_database()


@pytest.fixture
def collector_database(collector_url: str) -> Iterator[CollectorDatabase]:
    """The same, open and with its schema, made at the time of `TwoHands`."""
    database = open_database(collector_url)
    make_if_new(database, TwoHands())
    with database.write() as session:
        days.count(session, TwoHands())
    yield database
    database.close()


@pytest.fixture(scope="module")
def playwright() -> Iterator[Playwright]:
    """Playwright's driver, ended with the module: while it lives, this thread has a running event loop, where
    neither a second driver nor `asyncio.run` can start."""
    with sync_playwright() as started:
        yield started


@pytest.fixture
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """No token of a test's lands in the developer's keyring."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
