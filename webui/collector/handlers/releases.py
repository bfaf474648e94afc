"""Model releases for devices: `/api/sync/v1/releases/...`. Files are streamed, whole or from a byte on."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator

from store.collector.handing_in import Part
from store.collector.release_files import KeptFile, find_file, pieces_of
from store.collector.releases import no_release
from store.protocol import ReleaseOffer
from store.protocol_releases import (
    MOST_PART_BYTES,
    ModelAnswer,
    ModelRequest,
    ReleaseKeysAnswer,
    ReleaseOfferAnswer,
    ReleaseReport,
    ReleaseReported,
)
from webui import problems
from webui.base_handler import Authentication
from webui.collector.collector_handler import CollectorHandler
from webui.collector.refusals import problem_of

_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")
_NUMBER = re.compile(r"[1-9]\d{0,15}")
_PARTIAL = 206


class ReleaseOfferHandler(CollectorHandler):
    """Which release a device should have; a batch's answer says it, too, but who has nothing to send asks."""

    authentication = Authentication.TOKEN

    async def get(self) -> None:
        """The newest one for the device that asks."""
        offer = await self.call(self.collector.releases.offer_for, self.device)
        self.answer(
            ReleaseOfferAnswer(
                collector_id=self.collector.id.hex(),
                server_time=self.collector.clock.now_ms(),
                release=None if offer is None else ReleaseOffer(offer.version, offer.manifest_sha256.hex()),
                withdrawn=await self.call(self.collector.releases.withdrawn),
            )
        )


class ReleaseKeysHandler(CollectorHandler):
    """The keys that sign releases, and how they changed."""

    authentication = Authentication.TOKEN

    async def get(self) -> None:
        """The keys that hold, and every signed change in order."""
        keys = await self.call(self.collector.release_keys.current)
        changes = await self.call(self.collector.release_keys.changes)
        self.answer(
            ReleaseKeysAnswer(
                collector_id=self.collector.id.hex(),
                server_time=self.collector.clock.now_ms(),
                keys=[base64.b64encode(key).decode() for key in keys],
                changes=[base64.b64encode(change).decode() for change in changes],
            )
        )


class ReleaseHandler(CollectorHandler):
    """The signed manifest of a release."""

    authentication = Authentication.TOKEN

    async def get(self, version: str) -> None:
        """The envelope, byte by byte as it was signed."""
        envelope = await self.call(self.collector.releases.envelope, _number(version))
        self.set_header("Content-Type", "application/json")
        await self.finish(envelope)


class ReleaseFileHandler(CollectorHandler):
    """The files of a release. Thin links take hours for one, so they take no place from those who send."""

    authentication = Authentication.TOKEN
    counted = False

    async def get(self, version: str, name: str) -> None:
        """A file, or from an asked byte on."""
        file = await self.call(find_file, self.collector.database, _number(version), name)
        if file is None:
            raise problem_of(no_release(_number(version)))
        start, end = self._range(file)
        self.set_header("Content-Type", "application/octet-stream")
        self.set_header("Content-Length", str(end - start))
        self.set_header("Accept-Ranges", "bytes")
        self.set_header("ETag", _tag(file))
        await self._stream(pieces_of(self.collector.database, file, start, end))

    def _range(self, file: KeptFile) -> tuple[int, int]:
        """Which bytes are asked for, from and up to (exclusive); 206 where that is a part."""
        asked = _RANGE.fullmatch(self.request.headers.get("Range", ""))
        if asked is None or self.request.headers.get("If-Range", _tag(file)) != _tag(file):
            return 0, file.size
        start, last = int(asked[1]), int(asked[2] or file.size - 1)
        if start >= file.size or last < start:
            raise problems.from_status(problems.RANGE.status)
        end = min(last + 1, file.size)
        self.set_status(_PARTIAL)
        self.set_header("Content-Range", f"bytes {start}-{end - 1}/{file.size}")
        return start, end

    async def _stream(self, pieces: Iterator[bytes]) -> None:
        while piece := await self.call(next, pieces, b""):
            self.write(piece)
            await self.flush()
        await self.finish()


class ModelHandler(CollectorHandler):
    """Takes models from devices, part by part."""

    authentication = Authentication.TOKEN
    body_limit = 4 * MOST_PART_BYTES + 1024 * 1024

    async def post(self) -> None:
        """Keeps a part, and says which is wanted next."""
        request = self.versioned(self.body(), ModelRequest)
        self.check_device(request.device_id)
        try:
            document = base64.b64decode(request.manifest, validate=True)
            content = base64.b64decode(request.content, validate=True)
        except ValueError:
            raise problems.from_status(422) from None
        part = Part(request.file, request.start, content) if request.file else None
        wanted = await self.call(self.collector.handing_in.take, self.device, document, part)
        collector_id, now = self.collector.id.hex(), self.collector.clock.now_ms()
        self.answer(ModelAnswer(collector_id, now, wanted.file, wanted.start, wanted.model))


class ReleaseReportHandler(CollectorHandler):
    """Takes what became of a release on a device."""

    authentication = Authentication.TOKEN

    async def post(self, version: str) -> None:
        """Keeps the report."""
        report = self.versioned(self.body(), ReleaseReport)
        self.check_device(report.device_id)
        number, note = _number(version), self.collector.release_reports.note
        await self.call(note, self.device, number, report.state, report.figures)
        self.answer(ReleaseReported(self.collector.id.hex(), self.collector.clock.now_ms()))


def _number(text: str) -> int:
    """The number in the address. Raises Problem where it is none."""
    if not _NUMBER.fullmatch(text):
        raise problems.from_status(404)
    return int(text)


def _tag(file: KeptFile) -> str:
    return f'"{file.sha256.hex()}"'
