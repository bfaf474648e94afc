"""The commands of `whimbrel collect release`; each works beside a running collector."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from desktop.collect_database import collector_of, who
from desktop.errors import PlainError
from desktop.settings import Settings
from store.collector.releases import Release, State
from store.releases.envelope import MOST_BYTES
from store.releases.keys import public_text, read_public
from store.releases.making import release_of

_STATES = {"out": "offered", "paused": "paused", "withdrawn": "withdrawn"}


def keys(settings: Settings, chosen: argparse.Namespace) -> int:
    """Set the first keys where some are named, and print those that hold."""
    with collector_of(settings, chosen, may_make=True) as collector:
        if chosen.public:
            collector.release_keys.set_first([read_public(path) for path in chosen.public], who())
        found = collector.release_keys.current()
    for key in found:
        print(public_text(key))
    if not found:
        print("There are no release keys yet: devices that enrol now take no releases.")
    return 0


def change_keys(settings: Settings, chosen: argparse.Namespace) -> int:
    """Take a signed change of keys, and print those that hold from now on."""
    with collector_of(settings, chosen) as collector:
        found = collector.release_keys.change(_read(chosen.file), who())
    for key in found:
        print(public_text(key))
    print("Enrolment codes that were made before do not fit these keys: make new ones.")
    return 0


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MOST_BYTES + 1)
    except OSError as error:
        raise PlainError(f"{path} can't be read ({error.strerror}).", "Look at its name.") from error


def put(settings: Settings, chosen: argparse.Namespace) -> int:
    """Keep a signed release."""
    envelope = release_of(chosen.folder)
    with collector_of(settings, chosen) as collector:
        manifest = collector.releases.add(
            envelope, chosen.folder, who(), percent=chosen.percent, groups=chosen.group
        )
    print(f"Release {manifest.version} ({manifest.name}, {manifest.size / 1e6:.1f} MB) is here.")
    return 0


def resume(settings: Settings, chosen: argparse.Namespace) -> int:
    """Offer a release again, or to more devices."""
    return _change(settings, chosen, "out", chosen.percent)


def pause(settings: Settings, chosen: argparse.Namespace) -> int:
    """Offer a release to nobody for now."""
    return _change(settings, chosen, "paused")


def withdraw(settings: Settings, chosen: argparse.Namespace) -> int:
    """Hand a release out to nobody any more."""
    return _change(settings, chosen, "withdrawn")


def _change(settings: Settings, chosen: argparse.Namespace, state: State, percent: int | None = None) -> int:
    with collector_of(settings, chosen) as collector:
        collector.releases.change(chosen.number, state, who(), percent)
    print(f"Release {chosen.number} is {_STATES[state]}.")
    return 0


def show(settings: Settings, chosen: argparse.Namespace) -> int:
    """List the releases with what devices said of them."""
    with collector_of(settings, chosen) as collector:
        found, counts = collector.releases.all(), collector.release_reports.counts()
    if chosen.json:
        rows = [
            {**msgspec.structs.asdict(each), "manifest_sha256": each.manifest_sha256.hex()}
            | {"reports": counts.get(each.version, {})}
            for each in found
        ]
        print(msgspec.json.encode(rows).decode())
        return 0
    for each in found:
        print(_line(each, counts.get(each.version, {})))
    return 0


def _line(release: Release, counts: dict[str, int]) -> str:
    groups = "all groups" if release.groups is None else ", ".join(release.groups)
    until = datetime.fromtimestamp(release.expires_at / 1000, UTC).strftime("%Y-%m-%d")
    said = ", ".join(f"{count} {state}" for state, count in counts.items()) or "no reports"
    return (
        f"{release.version:>6}  {release.name[:32]:<32}  {_STATES[release.state]:<9}  "
        f"{release.percent:>3} % of {groups}, before {until}; {said}"
    )
