"""The commands of `whimbrel release`. But for `make`, none opens a data folder or a connection."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime
from pathlib import Path

from desktop.data_folder import DataFolder
from desktop.errors import PlainError
from desktop.installed import app_version
from desktop.settings import Settings
from store.clock import SystemClock
from store.export.finished_files import finished_file
from store.releases.errors import ReleaseError
from store.releases.files import check_files
from store.releases.key_change import change_keys
from store.releases.keys import SigningKey, is_locked, new_key, public_text, read_key, read_public, write_key
from store.releases.making import Terms, manifest_of, release_of
from store.releases.making import make as make_folder
from store.releases.making import sign as sign_folder
from store.releases.manifest import Manifest
from store.releases.verifying import Standing, accept

_DAY_MS = 24 * 3_600_000


def keygen(settings: Settings, chosen: argparse.Namespace) -> int:  # noqa: ARG001 - every command's signature
    """Make a key pair, and print the public half."""
    passphrase = b"" if chosen.no_passphrase else _new_passphrase()
    key = new_key()
    public = write_key(key, chosen.file, passphrase)
    print(public_text(key.public_key))
    print(f"Keep {chosen.file} away from the collector and from other people; {public} is for everybody.")
    return 0


def make(settings: Settings, chosen: argparse.Namespace) -> int:
    """Write a version of the registry into a folder, unsigned."""
    from desktop.models_access import models_of  # noqa: PLC0415 - the other commands need no memory
    from store.models.registry import find_version  # noqa: PLC0415

    terms = terms_of(chosen)
    folder = DataFolder(settings.data_dir)
    with models_of(folder) as models:
        version = find_version(models.list(), chosen.version)
        manifest = make_folder(folder.models, version, terms, chosen.folder)
    say_made(manifest, chosen.folder)
    return 0


def terms_of(chosen: argparse.Namespace) -> Terms:
    """What the arguments of a release to be made say. Raises PlainError."""
    if chosen.number < 1 or chosen.days <= 0:
        raise PlainError("A release has a number of 1 or more, and days above 0.", "Give such ones.", 2)
    return Terms(
        version=chosen.number,
        kind="head" if chosen.head_only else "whole",
        made_at=SystemClock().now_ms(),
        lasts_ms=int(chosen.days * _DAY_MS),
        app_version=chosen.needs or app_version(),
        mirrors=tuple(chosen.mirror),
    )


def say_made(manifest: Manifest, folder: Path) -> None:
    """Says what was made, and what comes next."""
    print(_words(manifest))
    print(f"It is in {folder}, unsigned.")
    print(f"Sign it with: whimbrel release sign {folder} --key FILE")


def sign(settings: Settings, chosen: argparse.Namespace) -> int:  # noqa: ARG001
    """Say what is about to be signed, and sign it."""
    document, manifest = manifest_of(chosen.folder)
    print(_words(manifest))
    path = sign_folder(chosen.folder, document, _key(chosen.key))
    print(f"Signed: {path}")
    return 0


def verify(settings: Settings, chosen: argparse.Namespace) -> int:  # noqa: ARG001
    """Check a release as a device with these keys would, and say what it is."""
    keys = tuple(read_public(path) for path in chosen.root)
    standing = Standing(keys, chosen.after, SystemClock().now_ms(), app_version())
    manifest = accept(release_of(chosen.folder), standing)
    check_files(chosen.folder, manifest)
    print(_words(manifest))
    print("It is signed, whole, and may be installed.")
    return 0


def rotate(settings: Settings, chosen: argparse.Namespace) -> int:  # noqa: ARG001
    """Write a signed change of keys."""
    before, after = [[read_public(path) for path in paths] for paths in (chosen.was, chosen.now)]
    change = change_keys(before, after, _key(chosen.key))
    with finished_file(chosen.file, replace=False) as file:
        file.write(change)
    print(f"The change is in {chosen.file}. Keep it: devices take the changes one after the other.")
    return 0


def _words(manifest: Manifest) -> str:
    what = "the labels alone" if manifest.kind == "head" else "network and labels"
    until = datetime.fromtimestamp(manifest.expires_at / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    return (
        f"Release {manifest.version}: {manifest.name}, {len(manifest.labels):,} labels, {what}, "
        f"{manifest.size / 1e6:.1f} MB, for Whimbrel {manifest.app_version} and later, "
        f"to be installed before {until} UTC."
    )


def _key(path: Path) -> SigningKey:
    return read_key(path, _passphrase("Passphrase: ") if is_locked(path) else b"")


def _new_passphrase() -> bytes:
    first = _passphrase("Passphrase for the new key: ")
    if sys.stdin.isatty() and first != _passphrase("Once more: "):
        raise PlainError("The two are not the same.", "Start again.", 2)
    if not first:
        raise ReleaseError("There is no passphrase.", "Give one, or --no-passphrase.")
    return first


def _passphrase(question: str) -> bytes:
    """Asked for where somebody sits there, else the first line of standard input."""
    if sys.stdin.isatty():
        return getpass.getpass(question).encode()
    return sys.stdin.readline().rstrip("\r\n").encode()
