"""The JSON of checking by chance."""

from __future__ import annotations

from msgspec import Struct

from store.local.learning.audit_store import AuditState


class AuditMark(Struct, frozen=True, forbid_unknown_fields=True):
    """What became of a picture that was to be checked; `waiting` takes the other two back."""

    state: AuditState
