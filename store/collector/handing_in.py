"""Takes models that devices hand in, part by part, at whatever instance each part arrives.

The collector says which part it wants next, so that a device goes on where it was cut. Of each device the
parts of one model are kept, the last that it began.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from msgspec import Struct

from store.collector.database import CollectorDatabase, Session
from store.collector.devices import Device
from store.collector.errors import ReleaseNotTaken
from store.collector.models import Models
from store.collector.release_files import copy_known
from store.releases.errors import ReleaseRefused
from store.releases.manifest import Manifest, ReleaseFile, decoded

MOST_BYTES = 256 * 1024 * 1024
_HAVE = "SELECT coalesce(sum(length(body)), 0) FROM model_part WHERE device_id = ? AND sha256 = ?"
_KNOWN = "SELECT 1 FROM release_piece WHERE sha256 = ? LIMIT 1"
_ADD = "INSERT INTO model_part (device_id, sha256, first, body) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING"
_BEGUN = "SELECT DISTINCT sha256 FROM model_part WHERE device_id = ?"
_DROP_FILE = "DELETE FROM model_part WHERE device_id = ? AND sha256 = ?"
_DROP = "DELETE FROM model_part WHERE device_id = ?"
_BODIES = "SELECT first FROM model_part WHERE device_id = ? AND sha256 = ? ORDER BY first"
_BODY = "SELECT body FROM model_part WHERE device_id = ? AND sha256 = ? AND first = ?"


class Part(Struct, frozen=True):
    """Bytes of a file from `start` on."""

    file: str
    start: int
    content: bytes


class Wanted(Struct, frozen=True):
    """What is to be sent next; `model` is set instead where the model is whole and kept."""

    file: str = ""
    start: int = 0
    model: str = ""


class HandingIn:
    """Takes models from devices."""

    def __init__(self, database: CollectorDatabase, models: Models) -> None:
        self._database = database
        self._models = models

    def take(self, device: Device, document: bytes, part: Part | None) -> Wanted:
        """Keeps a part of the model that an unsigned manifest describes, if it is the one that is wanted.

        Raises ReleaseNotTaken, with which its parts are gone, where the model is none or not sound.
        """
        manifest = _read(document)
        with self._database.write() as session:
            if part is None:
                _forget_others(session, device, manifest)
            else:
                _keep(session, device, manifest, part)
            missing = [(file, _have(session, device, file)) for file in manifest.files]
        for file, have in missing:
            if have < file.bytes:
                return Wanted(file.name, have)
        return Wanted(model=self._whole(device, document, manifest))

    def _whole(self, device: Device, document: bytes, manifest: Manifest) -> str:
        """Checks and keeps a model of which all is here."""
        try:
            with tempfile.TemporaryDirectory(prefix="whimbrel-model-") as made:
                for file in manifest.files:
                    self._write(device, file, Path(made) / file.name)
                return self._models.add(document, Path(made), f"device {device.name}").id
        finally:
            with self._database.write() as session:
                session.change(_DROP, (device.id,))

    def _write(self, device: Device, file: ReleaseFile, path: Path) -> None:
        sha256 = bytes.fromhex(file.sha256)
        if copy_known(self._database, file, path):
            return
        with path.open("wb") as target:
            with self._database.read() as session:
                starts = [first for (first,) in session.rows(_BODIES, (device.id, sha256))]
            for first in starts:
                with self._database.read() as session:
                    ((body,),) = session.rows(_BODY, (device.id, sha256, first))
                target.write(body)


def _read(document: bytes) -> Manifest:
    try:
        manifest = decoded(document)
    except ReleaseRefused as refusal:
        raise ReleaseNotTaken(refusal.sentence, refusal.advice) from refusal
    if manifest.size > MOST_BYTES:
        raise ReleaseNotTaken(
            f"The model has {manifest.size / 1e6:,.0f} MB, and {MOST_BYTES / 1e6:,.0f} MB are taken.",
            "Bring it to the collector as a folder: whimbrel collect add-model.",
        )
    return manifest


def _keep(session: Session, device: Device, manifest: Manifest, part: Part) -> None:
    """Parts come in their order: one that is not the next of its file is let go, and asked for again."""
    for file in manifest.files:
        have = _have(session, device, file)
        if file.name == part.file and have == part.start and have + len(part.content) <= file.bytes:
            row = (device.id, bytes.fromhex(file.sha256), part.start, part.content)
            session.change(_ADD, row)


def _have(session: Session, device: Device, file: ReleaseFile) -> int:
    """How many bytes of a file are here; all, where a model or release with the same one is."""
    sha256 = bytes.fromhex(file.sha256)
    if session.rows(_KNOWN, (sha256,)):
        return file.bytes
    return int(session.rows(_HAVE, (device.id, sha256))[0][0])


def _forget_others(session: Session, device: Device, manifest: Manifest) -> None:
    wanted = {bytes.fromhex(file.sha256) for file in manifest.files}
    for (sha256,) in session.rows(_BEGUN, (device.id,)):
        if bytes(sha256) not in wanted:
            session.change(_DROP_FILE, (device.id, bytes(sha256)))
