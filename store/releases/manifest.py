"""What is signed of a release: which files, of which version, for whom, and until when it may be installed.

A release holds a head, or a head with its network. Of a network only its description and its plain arrays
travel; what the page loads is made of them on each device. Who gets a release, and in which order, is the
collector's to say and not signed.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from store.events import Variant
from store.models.set_files import BACKBONE_DESCRIPTION, BACKBONE_WEIGHTS, HEAD_DESCRIPTION, HEAD_WEIGHTS
from store.protocol import HexDigest, Moment, Number, Word
from store.releases.errors import ReleaseRefused

SCHEMA = 1
MOST_FILE_BYTES = 512 * 1024 * 1024
HEAD_FILES = (HEAD_DESCRIPTION, HEAD_WEIGHTS)
FILES = {"head": HEAD_FILES, "whole": (BACKBONE_DESCRIPTION, BACKBONE_WEIGHTS, *HEAD_FILES)}
_NUMBERS = re.compile(r"\d{1,9}(\.\d{1,9}){0,3}")
Kind = Literal["head", "whole"]


class ReleaseFile(Struct, frozen=True):
    """One file, by its name in a set; which set it belongs to is told by the name."""

    name: Word
    bytes: Annotated[int, Meta(ge=0, le=MOST_FILE_BYTES)]
    sha256: HexDigest


class ReleaseLabel(Struct, frozen=True):
    """What one output of the head means."""

    name: Word
    synonyms: list[str] = []


class Manifest(Struct, frozen=True):
    """A release. `version` grows with each; `expires_at` ends installing, never use.

    `app_version` is the oldest Whimbrel that may install it. `metrics` holds the figures that are shown, and
    from which confidence on the head answers. `mirrors` are addresses of folders that hold the same files.
    """

    schema: Annotated[int, Meta(ge=1)]
    version: Annotated[int, Meta(ge=1, le=2**53)]
    kind: Kind
    name: Word
    made_at: Moment
    expires_at: Moment
    app_version: Word
    architecture: Word
    alpha: float | None
    backbone_id: HexDigest
    head_id: HexDigest
    space_id: HexDigest
    variant: Variant
    temperature: Annotated[float, Meta(gt=0)]
    labels: Annotated[list[ReleaseLabel], Meta(min_length=1, max_length=100_000)]
    source: str
    licence: str
    files: list[ReleaseFile]
    metrics: dict[str, Any] = {}
    mirrors: Annotated[list[Word], Meta(max_length=16)] = []

    @property
    def size(self) -> Number:
        """Bytes of all files."""
        return sum(file.bytes for file in self.files)


class _Schema(Struct, frozen=True):
    schema: int


def encoded(manifest: Manifest) -> bytes:
    """The bytes that are signed, one field a line: a person may want to read what they sign."""
    return msgspec.json.format(msgspec.json.encode(manifest), indent=1)


def decoded(document: bytes) -> Manifest:
    """Reads a manifest whose signature was checked. Raises ReleaseRefused."""
    try:
        if msgspec.json.decode(document, type=_Schema).schema > SCHEMA:
            raise _app_too_old("This release is of a newer form than this Whimbrel knows.")
        manifest = msgspec.json.decode(document, type=Manifest)
        read_app_version(manifest.app_version)
    except (ValueError, RecursionError) as error:
        raise _wrong_form(str(error)) from error
    names = [file.name for file in manifest.files]
    if sorted(names) != sorted(FILES[manifest.kind]):
        raise _wrong_form("its files are not those of a model")
    return manifest


def read_app_version(text: str) -> tuple[int, ...]:
    """ "0.10.2" as numbers that compare; what follows them is ignored. Raises ValueError without any."""
    found = _NUMBERS.match(text)
    if found is None:
        raise ValueError(f"{text!r} is no version of Whimbrel")
    numbers = [int(number) for number in found[0].split(".")]
    return (*numbers, *[0] * (4 - len(numbers)))


def require_app(manifest: Manifest, app_version: str) -> None:
    """Raises ReleaseRefused where this Whimbrel is older than the release needs."""
    if read_app_version(app_version) < read_app_version(manifest.app_version):
        raise _app_too_old(f"This release needs Whimbrel {manifest.app_version}, and this is {app_version}.")


def _app_too_old(sentence: str) -> ReleaseRefused:
    return ReleaseRefused("app-too-old", sentence, "Update Whimbrel; until then the model here goes on.")


def _wrong_form(why: str) -> ReleaseRefused:
    return ReleaseRefused(
        "wrong-form", f"This release's manifest is not as it should be ({why}).", "Tell your team."
    )
