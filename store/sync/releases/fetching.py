"""Fetches the files of a release, a piece a turn: cut anywhere, it goes on from there, after a restart, too.

A piece is so small that records which come meanwhile wait for seconds, also on a thin link. Where a manifest
names mirrors they are asked first, without the token. Nothing here is believed before its hash is right.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

from store.local.folder import LOW_WATER_BYTES, free_bytes, write_whole
from store.protocol import ReleaseOffer
from store.protocol_releases import RELEASES, ReleaseOfferAnswer
from store.releases.errors import ReleaseRefused
from store.releases.files import check_file
from store.releases.making import RELEASE
from store.releases.manifest import Manifest, ReleaseFile
from store.sync.address import is_safe
from store.sync.exchange import Exchange, Line
from store.sync.verdict import Refused, Response, Retry, Stranger, answered

PIECE_BYTES = 256 * 1024
_OK, _PARTIAL = 200, 206


class Fetching:
    """Fetches into `folder`, which is its own. Raises OSError where that can't be written."""

    def __init__(self, folder: Path, exchange: Exchange) -> None:
        self._folder = folder
        self._exchange = exchange
        self._mirrors_failed = 0

    def folder_of(self, version: int) -> Path:
        """Where the files of a release are."""
        return self._folder / str(version)

    def forget_others(self, version: int | None) -> None:
        """Removes what there is of other releases; None: of all."""
        for each in self._folder.iterdir() if self._folder.is_dir() else ():
            if version is None or each.name != str(version):
                shutil.rmtree(each, ignore_errors=True)

    def envelope(self, line: Line, offer: ReleaseOffer) -> bytes | Refused:
        """The signed file that was offered."""
        kept = self.folder_of(offer.version) / RELEASE
        if kept.is_file() and _sha256(content := kept.read_bytes()) == offer.manifest_sha256:
            return content
        response = self._exchange.fetch(f"{line.enrolment.url}{RELEASES}/{offer.version}", line.token)
        if response.status != _OK or response.failure:
            return _refused(response, line)
        if _sha256(response.body) != offer.manifest_sha256:
            return Stranger("wrong-answer")
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_whole(kept, response.body)
        self._mirrors_failed = 0
        return response.body

    def piece(self, line: Line, manifest: Manifest) -> bool | Refused:
        """Fetches the next piece; True where every file is here, with its size and hash.

        Raises ReleaseRefused where a file that is whole is another one; it is fetched anew then.
        """
        folder = self.folder_of(manifest.version)
        missing = [file for file in manifest.files if not (folder / file.name).exists()]
        if not missing:
            return True
        left = sum(file.bytes for file in missing)
        if free_bytes(folder) < left + LOW_WATER_BYTES:
            return Retry("no-room")
        refused = self._next(line, manifest, missing[0], folder / f"{missing[0].name}.part")
        return False if refused is None else refused

    def _next(self, line: Line, manifest: Manifest, file: ReleaseFile, part: Path) -> Refused | None:
        have = part.stat().st_size if part.exists() else 0
        if have < file.bytes:
            end = min(have + PIECE_BYTES, file.bytes)
            found = self._ask(line, manifest, file, (have, end))
            if not isinstance(found, bytes):
                return found
            with part.open("ab") as target:
                target.write(found)
            have = end
        part.touch()
        if have >= file.bytes:
            self._keep(part, file)
        return None

    def _keep(self, part: Path, file: ReleaseFile) -> None:
        """Takes a file that is whole for what it should be, or removes it."""
        try:
            check_file(part, file)
        except ReleaseRefused:
            part.unlink()
            self._mirrors_failed += 1
            raise
        part.replace(part.with_name(file.name))

    def _ask(
        self, line: Line, manifest: Manifest, file: ReleaseFile, part: tuple[int, int]
    ) -> bytes | Refused:
        """From a mirror as long as one works, else from the collector."""
        for mirror in [each for each in manifest.mirrors if is_safe(each)][self._mirrors_failed :]:
            response = self._exchange.fetch(f"{mirror.rstrip('/')}/{file.name}", None, part)
            if _is_part(response, file, part):
                return response.body
            self._mirrors_failed += 1
        url = f"{line.enrolment.url}{RELEASES}/{manifest.version}/files/{file.name}"
        response = self._exchange.fetch(url, line.token, part)
        return response.body if _is_part(response, file, part) else _refused(response, line)


def _is_part(response: Response, file: ReleaseFile, part: tuple[int, int]) -> bool:
    """Whether it is of the length that was asked for; a server without ranges sends a small file whole."""
    whole = part == (0, file.bytes) and response.status == _OK
    right = response.status == _PARTIAL or whole
    return not response.failure and right and len(response.body) == part[1] - part[0]


def _refused(response: Response, line: Line) -> Refused:
    """What a response that is no file means."""
    found = answered(response, line.enrolment.collector_id, ReleaseOfferAnswer, 0, 0)
    return Stranger("wrong-answer") if isinstance(found, ReleaseOfferAnswer) else found


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
