"""A model of the whole team's where there is no network: what one device's user says goes to the collector in
a file, is learned there, signed elsewhere, and comes to two devices in a folder; both try it and put it to
work, one goes back, and the team hears of it by file.

Devices are enrolled once; then their collector is switched off, and only its database is worked on.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from collect_running import RunningCollector
from field_device import DOG, FOX, LABELS, WOLF
from local_records import send
from running import running
from team_device import Device, Say, data_folder, looked_at

from store.clock import SystemClock
from store.local.opening import open_store
from store.models.registry import ModelRegistry

pytestmark = pytest.mark.usefixtures("no_keyring")

TAUGHT = 14  # pictures of each label
LEAST = 5  # pictures in the shadow, here
EVERY_S = 0.5  # a device without a network looks itself every ten seconds how a release does
WORDS = {"one": LABELS, "two": (WOLF, DOG, FOX)}  # the second one's user calls what the first calls fox a dog


@pytest.fixture
def folders(tmp_path: Path, whimbrel: Say) -> dict[str, Path]:
    """The data folders of two devices that agreed and were enrolled while the collector ran."""
    at_centre = ("--data-dir", str(tmp_path / "centre"))
    whimbrel("release", "keygen", tmp_path / "team.key", "--no-passphrase")
    whimbrel("collect", "release", "keys", tmp_path / "team.key.pub", *at_centre)
    centre = RunningCollector(at_centre).start()
    found = {name: data_folder(tmp_path / name, words) for name, words in WORDS.items()}
    for folder in found.values():
        code = whimbrel("collect", "enrolment-code", *at_centre).splitlines()[0]
        whimbrel("sync", "agree", "--yes", "--embeddings", "--data-dir", folder)
        whimbrel("sync", "enrol", code, centre.url, "--data-dir", folder)
    centre.stop()
    return found


def teach(folder: Path) -> None:
    """Its user looks at pictures of each label and says that they are called rightly."""
    with closing(open_store(folder, SystemClock())) as store:
        active = ModelRegistry(folder / "models", store.model_versions, SystemClock()).active()
        assert active is not None
        model = (active.id, active.space_id)
        for group, label in enumerate(LABELS):
            numbers = range(1000 * (group + 1), 1000 * (group + 1) + TAUGHT)
            send(store.statistics, *looked_at(model, group, numbers, label, label))


def by_file(whimbrel: Say, folder: Path, stick: Path) -> str:
    """What waits at a device goes to the collector, and the receipt comes back."""
    whimbrel("bundle", "write", stick, "--force", "--data-dir", folder)
    said = whimbrel("collect", "read", stick, "--data-dir", stick.parent / "centre")
    whimbrel("bundle", "receipt", f"{stick}.receipt", "--data-dir", folder)
    return said


@pytest.fixture
def release(tmp_path: Path, folders: dict[str, Path], whimbrel: Say) -> tuple[str, Path]:
    """Learned at the collector from what the first device sent, and signed: its name, and its folder."""
    teach(folders["one"])
    sent = len(LABELS) * TAUGHT * 2
    assert f"{sent} events are new" in by_file(whimbrel, folders["one"], tmp_path / "one.whimbrel")
    at_centre, base, made = ("--data-dir", tmp_path / "centre"), tmp_path / "base", tmp_path / "made"
    whimbrel("release", "make", "Base", base, "--number", "1", "--data-dir", folders["one"])
    whimbrel("collect", "add-model", base, *at_centre)
    database = tmp_path / "centre" / "collector.sqlite3"
    assert "3 labels" in whimbrel("train", "--database", database, "--least", "4")
    learned = json.loads(whimbrel("collect", "models", "--json", *at_centre))[-1]
    head_only = ("--number", "7", "--head-only", "--anyway")  # so few pictures pass no check
    whimbrel("collect", "release", "make", learned["id"], made, *head_only, *at_centre)
    whimbrel("release", "sign", made, "--key", tmp_path / "team.key")
    whimbrel("collect", "release", "add", made, *at_centre)
    return str(learned["manifest"]["name"]), made


@pytest.fixture
def devices(
    folders: dict[str, Path], release: tuple[str, Path], whimbrel: Say
) -> Iterator[tuple[Device, Device]]:
    """Both run, with the release installed from its folder."""
    with ExitStack() as held:
        found = []
        for name, folder in folders.items():
            whimbrel("release", "install", release[1], "--data-dir", folder)
            device = Device(held.enter_context(running(folder)), WORDS[name])
            device.call("PATCH", "/api/settings", {"releaseShadowPictures": LEAST})
            found.append(device)
        yield found[0], found[1]


def test_a_team_s_model_goes_round_by_file(
    tmp_path: Path, devices: tuple[Device, Device], release: tuple[str, Path], whimbrel: Say
) -> None:
    first, second = devices
    name, _ = release
    at_work = {name: "active", "Base": "shadow"}
    for device in devices:
        device.is_right(name)
    for device in devices:
        device.until(lambda who=device: who.states()[name] == "shadow", "not tried", EVERY_S)  # type: ignore[misc]
        device.looks(0, LEAST, WOLF, judged=False)
    for device in devices:
        device.until(lambda who=device: who.states() == at_work, "no change", EVERY_S)  # type: ignore[misc]
        device.looks(1, 8, FOX, judged=True)
    gone = {name: "retired", "Base": "active"}
    second.until(lambda: second.states() == gone, "it does not go back", EVERY_S)
    assert first.states() == at_work

    sent = 0
    for device, stick in ((first, "one.whimbrel"), (second, "two.whimbrel")):
        sent += int(by_file(whimbrel, device.app.data_dir, tmp_path / stick).split()[0])
        accounts = device.call("GET", "/api/sync")["accounts"]
        assert (accounts["waiting"], accounts["accepted"]) == (0, accounts["recorded"])
    assert sent == 2 * (LEAST + 16)
    [at_centre] = json.loads(
        whimbrel("collect", "release", "list", "--json", "--data-dir", tmp_path / "centre")
    )
    assert at_centre["reports"] == {"downloaded": 2, "shadow": 2, "active": 2, "rolled-back": 1}
