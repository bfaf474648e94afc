"""Whether a device may install a release: signed, newer than the last, not over, and for this Whimbrel."""

from __future__ import annotations

from msgspec import Struct

from store.releases import envelope as envelopes
from store.releases.errors import ReleaseRefused
from store.releases.manifest import Manifest, decoded, require_app


class Standing(Struct, frozen=True):
    """Where a device stands: its release keys (raw), the last release that it installed (0: none), the
    time in milliseconds, and its Whimbrel's version.
    """

    keys: tuple[bytes, ...]
    last_version: int
    now_ms: int
    app_version: str


def accept(envelope: bytes, standing: Standing) -> Manifest:
    """The manifest of a release that may be installed now. Raises ReleaseRefused."""
    manifest = signed_manifest(envelope, standing.keys)
    require_app(manifest, standing.app_version)
    if manifest.version <= standing.last_version:
        raise ReleaseRefused(
            "not-newer",
            f"Release {manifest.version} is not newer than {standing.last_version}, installed before.",
            "To go back, use the Model place; a release never takes a device back.",
        )
    if standing.now_ms >= manifest.expires_at:
        raise ReleaseRefused(
            "expired",
            f"Release {manifest.version} was to be installed before a time that is over.",
            "Look at this machine's clock; if that is right, ask your team for a newer release.",
        )
    return manifest


def signed_manifest(envelope: bytes, keys: tuple[bytes, ...]) -> Manifest:
    """The manifest in an envelope that one of these keys signed, whether or not it may be installed now.

    Raises ReleaseRefused.
    """
    return decoded(envelopes.opened(envelope, envelopes.RELEASE_TYPE, keys))
