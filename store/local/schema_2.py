"""Schema 2: the outbox. Never changed again once it was released."""

from __future__ import annotations

STATEMENTS: tuple[str, ...] = ()
