"""How long work is told of on the command line: by rich's bar where somebody looks, else in sentences."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator

Progress = Callable[[str, float], None]


@contextlib.contextmanager
def shown() -> Iterator[Progress]:
    """A bar on a terminal, else each new sentence once; on standard error."""
    if not sys.stderr.isatty():
        yield _Sentences()
        return
    from rich.console import Console  # noqa: PLC0415 - only for people
    from rich.progress import Progress as Bar  # noqa: PLC0415

    with Bar(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=1.0)
        yield lambda sentence, done: bar.update(task, description=sentence, completed=done)


class _Sentences:
    """Prints a sentence when it changes."""

    def __init__(self) -> None:
        self._last = ""

    def __call__(self, sentence: str, _: float) -> None:
        if sentence != self._last:
            self._last = sentence
            print(sentence, file=sys.stderr, flush=True)
