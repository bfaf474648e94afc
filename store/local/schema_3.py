"""Schema 3: figures added up by the hour. Never changed again once it was released."""

from __future__ import annotations

STATEMENTS: tuple[str, ...] = ()
