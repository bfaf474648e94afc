"""A model of the whole team's, between real processes: what one device's user says is sent, learned at the
collector, signed elsewhere and released; two devices try it and put it to work, and one of them goes back.

The pages of both are played through the local API: they record answers of the model at work with their
embeddings, and say that they found a new model's numbers right.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from collect_running import RunningCollector
from field_device import DOG, FOX, LABELS, WOLF
from running import running
from team_device import Device, Say, data_folder

pytestmark = pytest.mark.usefixtures("no_keyring")

TAUGHT = 14  # pictures of each label
LEAST = 5  # pictures in the shadow, here


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
