"""Writes a bundle: whole and under its name, or not at all, in the memory of one part.

The seal stands in front and names every part, so the parts are collected in a file without a name first.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from store.bundles.bundle_file import pack
from store.bundles.forms import (
    BUNDLE,
    MOST_LINE_BYTES,
    MOST_PART_BYTES,
    MOST_PARTS,
    BundleError,
    SealedPart,
    What,
    signed_line,
    unwritable,
)
from store.export.finished_files import finished_file

SealOf = Callable[[list[SealedPart]], tuple[str, bytes]]  # the signature, and the seal as JSON


class BundleWriter:
    """Takes the parts of one bundle."""

    def __init__(self, collected: IO[bytes]) -> None:
        self._collected = collected
        self.parts: list[SealedPart] = []

    def add(self, what: What, body: bytes) -> bool:
        """Adds a part; False, and adds nothing, where the body is too large for one."""
        packed = pack(body)
        if len(packed) > MOST_PART_BYTES:
            return False
        if len(self.parts) == MOST_PARTS:
            raise _too_many()
        self._collected.write(packed)
        self.parts.append(SealedPart(what, len(packed), hashlib.sha256(packed).hexdigest()))
        return True

    def copy_to(self, file: IO[bytes], seal_of: SealOf) -> None:
        """Writes the whole bundle."""
        signature, seal = seal_of(self.parts)
        line = signed_line(signature, seal)
        if len(line) > MOST_LINE_BYTES:
            raise _too_many()
        file.write(BUNDLE + line)
        self._collected.seek(0)
        shutil.copyfileobj(self._collected, file)


@contextmanager
def new_bundle(target: Path, seal_of: SealOf, *, replace: bool) -> Iterator[BundleWriter]:
    """A bundle to add parts to, named `target` when the block ends well; without parts there is no file.

    Raises BundleError, also where there is something of that name that may not be replaced.
    """
    if target.is_dir() or (target.exists() and not replace):
        raise _taken(target)
    try:
        with tempfile.TemporaryFile(dir=target.parent) as collected:
            writer = BundleWriter(collected)
            yield writer
            if writer.parts:
                with finished_file(target, replace=replace) as file:
                    writer.copy_to(file, seal_of)
    except OSError as error:
        raise unwritable(target, error) from error


def _taken(target: Path) -> BundleError:
    return BundleError(
        "file",
        f"There is something named {target} already.",
        "Choose another name; a file can be replaced with --force.",
    )


def _too_many() -> BundleError:
    return BundleError(
        "bundle-too-many",
        "More waits than one bundle holds; nothing was written.",
        "Write it with fewer records: --most 1000000.",
    )
