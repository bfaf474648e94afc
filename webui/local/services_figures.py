"""What the handlers of figures need from the store."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from store.local.figures.forms import Performance
from store.local.figures.windows import Asked

if TYPE_CHECKING:
    from store.local.figures.totals import Totals  # loads numpy


class FigureStore(Protocol):
    """Adds up what is remembered."""

    def performance(self, asked: Asked) -> Performance:
        """The figures of a window. Blocks, up to about a second while much is new."""

    def totals(self) -> Totals:
        """Everything since the beginning. Blocks as `performance` does."""

    def catch_up(self, patience_s: float) -> bool:
        """Adds what is new; False if so many seconds did not suffice. Blocks."""

    def note_request(self, method: str, route: str, status: str, seconds: float) -> None:
        """Notes one answered request; does not block."""

    def close(self) -> None:
        """Hands the last measurements to the writer; does not block."""
