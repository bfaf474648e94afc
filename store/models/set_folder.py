"""A set on the disk: a folder named by a hash, written whole or not at all, checked without reading a number.

Its description (`backbone.json`, `head.json`) has a map `files` of every other file's size and SHA-256.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

SET_ID = re.compile("[0-9a-f]{64}")
_PARTIAL = ".partial-"
_CHUNK = 1 << 20


def canonical_json(value: object) -> str:
    """JSON with sorted keys and no spaces: the same text for the same value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def identity_hash(identity: Mapping[str, object]) -> str:
    """SHA-256 of an identity's canonical JSON, hex."""
    return hashlib.sha256(canonical_json(identity).encode()).hexdigest()


def write_set(models: Path, set_id: str, fill: Callable[[Path], None]) -> Path:
    """Has `fill` write the files of a set into a temporary folder, then moves that into place, on the disk.

    A folder that stood there before is replaced. Raises OSError; then the set is as it was before.
    """
    models.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=models))
    try:
        fill(partial)
        for file in partial.iterdir():
            _sync(file)
        _sync(partial)
        _move(partial, models / set_id)
        _sync(models)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return models / set_id


def remove_partial(models: Path) -> None:
    """Removes what a crash left of sets that were being written. Not while one is."""
    for folder in models.glob(f"{_PARTIAL}*"):
        shutil.rmtree(folder, ignore_errors=True)


def write_description(folder: Path, name: str, description: Mapping[str, object]) -> None:
    """Writes a set's description, with the size and hash of every file that is there already."""
    files = {file.name: _facts(file) for file in sorted(folder.iterdir())}
    text = json.dumps({**description, "files": files}, ensure_ascii=False, allow_nan=False)
    (folder / name).write_text(text + "\n", encoding="utf-8")


def problems(folder: Path, name: str, identity_of: Callable[[Mapping[str, Any]], object]) -> Iterator[str]:
    """What is wrong with a set: one sentence each, none for a sound one. `identity_of` recomputes its id."""
    try:
        description = json.loads((folder / name).read_text(encoding="utf-8"))
        whole = identity_of(description) == folder.name
        files = dict(description["files"])
    except FileNotFoundError:
        yield f"{folder / name} is missing."
        return
    except (OSError, ValueError, KeyError, TypeError) as error:
        yield f"{folder / name} cannot be read ({type(error).__name__})."
        return
    if not whole:
        yield f"{folder / name} is not the one that was written: its contents have another hash."
    for file, facts in files.items():
        yield from _file_problems(folder / file, facts)


def _file_problems(file: Path, facts: Mapping[str, object]) -> Iterator[str]:
    if not file.is_file():
        yield f"{file} is missing."
    elif _facts(file) != facts:
        yield f"{file} has changed since it was written."


def _facts(file: Path) -> dict[str, object]:
    return {"bytes": file.stat().st_size, "sha256": _sha256(file)}


def _sha256(file: Path) -> str:
    whole = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            whole.update(chunk)
    return whole.hexdigest()


def _move(partial: Path, target: Path) -> None:
    """Renames into place. A damaged set that is there goes aside first: folders do not replace folders."""
    if not target.exists():
        partial.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=_PARTIAL, dir=target.parent))
    target.rename(aside / target.name)
    partial.rename(target)
    shutil.rmtree(aside, ignore_errors=True)


def _sync(path: Path) -> None:
    """Has the system write a file's contents, or (but on Windows) a folder's entries, to the disk."""
    if path.is_dir() and os.name == "nt":
        return
    handle = os.open(path, os.O_RDONLY if os.name != "nt" else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
