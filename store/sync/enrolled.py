"""What a device must have of its enrolment before anything goes by file."""

from __future__ import annotations

import base64

from store.sync.forms import Enrolment, SyncError


def not_enrolled() -> SyncError:
    """The error for a device without a collector."""
    return SyncError(
        "This device belongs to no collector yet.",
        "Enrol it once where there is a network, with the code that your team gave you.",
    )


def receipt_key_of(home: Enrolment) -> bytes:
    """The collector's key. Raises SyncError where none came with the enrolment."""
    try:
        key = base64.b64decode(home.receipt_key, validate=True)
    except ValueError:
        key = b""
    if not key:
        raise SyncError(
            "This device does not know the key by which its collector signs receipts.",
            "Enrol it again with a new code; it stays the same device, and nothing is lost.",
        )
    return key
