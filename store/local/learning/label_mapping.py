"""What labels count as after renaming and merging: pure, made of the changes that stand."""

from __future__ import annotations

from collections.abc import Sequence


class LabelMapping:
    """The changes one after the other: each makes what then counts as `old` count as `new`."""

    def __init__(self, steps: Sequence[tuple[str, str]]) -> None:
        """`steps` are pairs (old, new), the earliest first."""
        self._steps = tuple(steps)
        self._known: dict[str, str] = {}

    def of(self, label: str) -> str:
        """What a label counts as now; itself where nothing changed it."""
        found = self._known.get(label)
        if found is None:
            found = label
            for old, new in self._steps:
                if found == old:
                    found = new
            self._known[label] = found
        return found

    def names(self, label: str) -> set[str]:
        """Every name that counts as this label now; empty where it counts as another itself."""
        found = {label}
        for old, new in reversed(self._steps):
            found.discard(old)
            if new in found:
                found.add(old)
        return found

    def then(self, old: str, new: str) -> LabelMapping:
        """With one more change after these."""
        return LabelMapping((*self._steps, (old, new)))
