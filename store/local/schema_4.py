"""Schema 4: retention and erasure. Never changed again once it was released."""

from __future__ import annotations

STATEMENTS: tuple[str, ...] = ()
