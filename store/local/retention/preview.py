"""What would go, for people: by kind how much, from when to when, and where History lists it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import msgspec

from store.local.removal import KINDS, Amounts
from store.local.retention.doomed import Share, amounts_of

_LISTS: dict[str, dict[str, str]] = {
    "answers": {"kind": "inference"},
    "feedback": {"kind": "feedback"},
    "events": {"kind": "event"},
    "attachments": {"kind": "attachment"},
    "embeddings": {"kind": "inference"},
    "thumbnails": {"kind": "inference"},
    "crops": {"kind": "inference"},
    "pictures": {"kind": "inference"},
}


class Item(msgspec.Struct, frozen=True, rename={"first": "from", "last": "to"}):
    """One kind; times in ms since the epoch; `records` is a query of `GET /api/records` and of History."""

    kind: str
    count: int
    bytes: int
    first: int | None
    last: int | None
    records: str


class Preview(msgspec.Struct, frozen=True):
    """All that would go."""

    items: list[Item]
    amounts: Amounts

    @property
    def is_empty(self) -> bool:
        """Whether nothing would go."""
        return not self.items


def preview_of(found: dict[str, Share], more: dict[str, str] | None = None) -> Preview:
    """The preview of these shares; `more` narrows the lists in History, to a picture or a session."""
    items = [_item(kind, found[kind], more or {}) for kind in KINDS if found[kind].amount.count > 0]
    return Preview(items, amounts_of(found))


def _item(kind: str, share: Share, more: dict[str, str]) -> Item:
    query: dict[str, Any] = _LISTS[kind] | more
    if not more and share.first is not None and share.last is not None:
        query |= {"from": share.first, "to": share.last + 1}
    return Item(kind, share.amount.count, share.amount.bytes, share.first, share.last, urlencode(query))
