"""Devices of a team, each a running Whimbrel: their pages and users are played through the local API.

They record answers of the model at work with their embeddings, and say that they found a new model's numbers
right.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from example_world import encoded, vector
from field_device import SIZE, write_labels
from local_records import inference, said
from releasing import tiny_model
from running import Whimbrel

from desktop.cli import main
from desktop.running_app import RunningApp
from store.clock import SystemClock
from store.local.opening import open_store
from store.models.registry import ModelRegistry

PATIENCE_S = 60.0
Say = Callable[..., str]


def sayer(capsys: pytest.CaptureFixture[str]) -> Say:
    """Carries out a command in this process, which must succeed, and gives what it prints."""

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
        model = (active["id"], active["spaceId"])
        numbers = [next(self.numbers) for _ in range(count)]
        records = looked_at(model, group, numbers, answer, self.words[group] if judged else None)
        self.call("POST", "/api/statistics", {"sessionId": "s", "statistics": records, "deviceInfo": None})

    def until(self, done: Callable[[], object], what: str, every_s: float = 0.1) -> None:
        """Sends, and waits until something is so."""
        ends = time.monotonic() + PATIENCE_S
        while not done():
            assert time.monotonic() < ends, f"{what}: {self.call('GET', '/api/sync')}\n{self.app.output}"
            self.call("POST", "/api/sync/now", {})
            time.sleep(every_s)

    def has_sent_all(self) -> bool:
        found = self.call("GET", "/api/sync")
        return bool(found["accounts"]["waiting"] == 0 and found["contact"]["lastMs"] is not None)

    def is_right(self, name: str) -> None:
        """A page finds the numbers of a version right."""
        checked = {"maxRelative": 1e-6, "backend": "wasm"}
        self.call("POST", f"/api/models/{self.models()[name]['id']}/checks", checked)

    def takes_up(self, name: str) -> None:
        """The release comes, a page finds its numbers right, and it answers beside the model at work."""
        self.until(lambda: name in self.models(), "it does not come")
        self.is_right(name)
        self.until(lambda: self.states()[name] == "shadow", "it does not answer in the shadow")


def looked_at(
    model: tuple[str, str], group: int, numbers: Sequence[int], answer: str, truth: str | None
) -> list[object]:
    """The records of pictures of a group: the model (its id and its space) calls them `answer`, their user
    calls them `truth`, or says nothing."""
    records: list[object] = []
    for number in numbers:
        answers = [{"className": answer, "probability": 0.9, "rank": 1}]
        about = {"modelVersion": model[0], "spaceId": model[1], "predictions": answers}
        records.append(inference(number, embedding=encoded(_numbers(group, number)), **about))
        if truth is not None:
            records.append(said(50_000 + number, number, None if truth == answer else truth))
    return records


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
