"""A model of the whole team's, between real processes: what one device's user says is sent, learned at the
collector, signed elsewhere and released; two devices try it and put it to work, and one of them goes back.

The pages of both are played through the local API: they record answers of the model at work with their
embeddings, and say that they found a new model's numbers right.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from collect_running import RunningCollector
from example_world import encoded, vector
from field_device import DOG, FOX, LABELS, SIZE, WOLF, write_labels
from local_records import inference, said
from releasing import tiny_model
from running import Whimbrel, running

from desktop.cli import main
from desktop.running_app import RunningApp
from store.clock import SystemClock
from store.local.opening import open_store
from store.models.registry import ModelRegistry

PATIENCE_S = 60.0
TAUGHT = 14  # pictures of each label
LEAST = 5  # pictures in the shadow, here


@pytest.fixture(autouse=True)
def _no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    """No token of a test's lands in the developer's keyring."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")


Say = Callable[..., str]


@pytest.fixture
def whimbrel(capsys: pytest.CaptureFixture[str]) -> Say:
    """What a command prints. Commands are carried out in this process; what they work on runs in others."""

    def say(*words: str | Path) -> str:
        status = main([str(word) for word in words])
        told = capsys.readouterr()
        assert status == 0, told.out + told.err
        return told.out

    return say


@dataclass
class Device:
    """A running Whimbrel with its page and its user, who calls the groups of pictures by `words`."""

    app: Whimbrel
    words: Sequence[str]
    numbers: Iterator[int] = field(default_factory=lambda: iter(range(1, 10_000)))

    def call(self, method: str, path: str, body: object = None) -> Any:
        return RunningApp(self.app.port, self.app.data_dir).call(method, path, body, long=True)

    def models(self) -> dict[str, dict[str, Any]]:
        """The versions by name."""
        return {version["name"]: version for version in self.call("GET", "/api/models")["versions"]}

    def states(self) -> dict[str, str]:
        """The state of each version, but for the network that came first."""
        found = {name: str(version["state"]) for name, version in self.models().items()}
        return {name: state for name, state in found.items() if name != tiny_model().name}

    def looks(self, group: int, count: int, answer: str, *, judged: bool) -> None:
        """Recognises pictures of a group, which the model at work calls `answer`, and says what they are."""
        [active] = [each for each in self.models().values() if each["state"] == "active"]
        records: list[object] = []
        for number in (next(self.numbers) for _ in range(count)):
            answers = [{"className": answer, "probability": 0.9, "rank": 1}]
            about = {"modelVersion": active["id"], "spaceId": active["spaceId"], "predictions": answers}
            records.append(inference(number, embedding=encoded(_numbers(group, number)), **about))
            if judged:
                truth = self.words[group]
                records.append(said(50_000 + number, number, None if truth == answer else truth))
        self.call("POST", "/api/statistics", {"sessionId": "s", "statistics": records, "deviceInfo": None})

    def until(self, done: Callable[[], object], what: str) -> None:
        """Sends, and waits until something is so."""
        ends = time.monotonic() + PATIENCE_S
        while not done():
            assert time.monotonic() < ends, f"{what}: {self.call('GET', '/api/sync')}\n{self.app.output}"
            self.call("POST", "/api/sync/now", {})
            time.sleep(0.1)

    def has_sent_all(self) -> bool:
        found = self.call("GET", "/api/sync")
        return bool(found["accounts"]["waiting"] == 0 and found["contact"]["lastMs"] is not None)

    def takes_up(self, name: str) -> None:
        """The release comes, a page finds its numbers right, and it answers beside the model at work."""
        self.until(lambda: name in self.models(), "it does not come")
        version_id = self.models()[name]["id"]
        checked = {"maxRelative": 1e-6, "backend": "wasm"}
        self.call("POST", f"/api/models/{version_id}/checks", checked)
        self.until(lambda: self.states()[name] == "shadow", "it does not answer in the shadow")


def _numbers(group: int, number: int) -> list[float]:
    """An embedding of a picture of a group."""
    drawn = np.random.default_rng(1000 + number).standard_normal(SIZE)
    return list(np.array(vector(group, number, SIZE)) + 0.4 * drawn / np.linalg.norm(drawn))


def data_folder(folder: Path, labels: Sequence[str]) -> Path:
    """A memory in which a model over a tiny network is at work, which calls the groups by these labels."""
    folder.mkdir()
    store = open_store(folder, SystemClock())
    try:
        registry = ModelRegistry(folder / "models", store.model_versions, SystemClock())
        base = registry.add(tiny_model())
        version = write_labels(folder / "models", base, "Base", labels)
        store.model_versions.insert(version)
        registry.activate(version.id)
    finally:
        store.close()
    return folder


@pytest.fixture
def centre(tmp_path: Path, whimbrel: Say) -> Iterator[RunningCollector]:
    """The team's collector; its data folder is `centre`."""
    folder = ("--data-dir", str(tmp_path / "centre"))
    whimbrel("release", "keygen", tmp_path / "team.key", "--no-passphrase")
    whimbrel("collect", "release", "keys", tmp_path / "team.key.pub", *folder)
    collector = RunningCollector(folder).start()
    yield collector
    collector.stop()


@pytest.fixture
def devices(tmp_path: Path, centre: RunningCollector, whimbrel: Say) -> Iterator[tuple[Device, Device]]:
    """Two in the field, enrolled; the second one's user calls what the first calls fox a dog."""
    with ExitStack() as held:
        found = []
        for name, words in (("one", LABELS), ("two", (WOLF, DOG, FOX))):
            app = held.enter_context(running(data_folder(tmp_path / name, words)))
            device = Device(app, words)
            device.call("PATCH", "/api/settings", {"releaseShadowPictures": LEAST})
            device.call("POST", "/api/sync/consent", {"sharing": {"embeddings": True}})
            code = whimbrel("collect", "enrolment-code", "--data-dir", tmp_path / "centre")
            device.call("POST", "/api/sync/enrol", {"url": centre.url, "code": code.splitlines()[0]})
            found.append(device)
        yield found[0], found[1]


def test_what_one_device_taught_the_team_comes_to_work_and_goes_back_where_it_does_worse(
    tmp_path: Path, devices: tuple[Device, Device], whimbrel: Say
) -> None:
    first, second = devices
    at_centre, made = ("--data-dir", tmp_path / "centre"), tmp_path / "made"
    for group in range(3):
        first.looks(group, TAUGHT, LABELS[group], judged=True)
    first.until(first.has_sent_all, "it does not go out")

    whimbrel("release", "upload", "Base", "--data-dir", first.app.data_dir)
    database = tmp_path / "centre" / "collector.sqlite3"
    assert "3 labels" in whimbrel("train", "--database", database, "--least", "4")
    learned = json.loads(whimbrel("collect", "models", "--json", *at_centre))[-1]
    head_only = ("--number", "7", "--head-only", "--anyway")  # so few pictures pass no check
    whimbrel("collect", "release", "make", learned["id"], made, *head_only, *at_centre)
    whimbrel("release", "sign", made, "--key", tmp_path / "team.key")
    whimbrel("collect", "release", "add", made, *at_centre)

    name = learned["manifest"]["name"]
    for device in devices:
        device.takes_up(name)
        device.looks(0, LEAST, WOLF, judged=False)
        device.until(lambda who=device: who.states() == {name: "active", "Base": "shadow"}, "no change")  # type: ignore[misc]

    first.looks(1, 8, FOX, judged=True)
    second.looks(1, 8, FOX, judged=True)
    second.until(lambda: second.states() == {name: "retired", "Base": "active"}, "it does not go back")
    first.until(first.has_sent_all, "it does not go out")
    assert first.states() == {name: "active", "Base": "shadow"}

    def reported() -> dict[str, int]:
        [release] = json.loads(whimbrel("collect", "release", "list", "--json", *at_centre))
        found: dict[str, int] = release["reports"]
        return found

    second.until(lambda: reported().get("rolled-back") == 1, "the collector does not hear of it")
    assert reported() == {"downloaded": 2, "shadow": 2, "active": 2, "rolled-back": 1}
