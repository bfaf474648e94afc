"""A folder as people have them: many photographs, and among them files that are none or not whole."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from PIL import Image

CANNOT_BE_READ = frozenset(
    {"IMG_00003_cut.jpg", "IMG_00004_empty.jpg", "IMG_00005_text.jpg", "IMG_00006.nef"}
)
ODD_BUT_READ = frozenset({"IMG_00001_animated.gif", "IMG_00002_misnamed.jpg", "IMG_00007_without_ending"})
HUGE = "IMG_00008_huge.png"
LEFT_OUT = {"hidden": 1, "other": 1}
_COMMENT = b"\xff\xfe"


def fill(folder: Path, base: Sequence[Path], count: int, *, huge: bool = False) -> set[str]:
    """Puts `count` variants of JPEGs into a folder, and the odd ones; the names of what can be recognised."""
    folder.mkdir(parents=True)
    contents = [path.read_bytes() for path in base]
    names = [f"IMG_{number:05}.jpg" for number in range(count)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(variant(contents[number % len(contents)], number))
    _odd_ones(folder, contents[0])
    if huge:
        Image.new("RGB", (12_000, 9_000), "sienna").save(folder / HUGE)
    return {*names, *ODD_BUT_READ, *({HUGE} if huge else ())}


def variant(jpeg: bytes, number: int) -> bytes:
    """The same picture as another file: a comment after its first marker."""
    text = f"variant {number}".encode()
    return jpeg[:2] + _COMMENT + (len(text) + 2).to_bytes(2, "big") + text + jpeg[2:]


def drawn_jpegs(folder: Path, drawn: Sequence[Path]) -> list[Path]:
    """Drawn pictures as JPEGs."""
    folder.mkdir(parents=True)
    made = [folder / f"{path.stem}.jpg" for path in drawn]
    for path, target in zip(drawn, made, strict=True):
        with Image.open(path) as image:
            image.save(target, quality=90)
    return made


def _odd_ones(folder: Path, jpeg: bytes) -> None:
    frames = [Image.new("RGB", (90, 60), colour) for colour in ("navy", "teal", "olive")]
    frames[0].save(folder / "IMG_00001_animated.gif", save_all=True, append_images=frames[1:])
    frames[1].save(folder / "IMG_00002_misnamed.jpg", format="PNG")
    (folder / "IMG_00003_cut.jpg").write_bytes(jpeg[: len(jpeg) // 2])
    (folder / "IMG_00004_empty.jpg").write_bytes(b"")
    (folder / "IMG_00005_text.jpg").write_text("This was never a picture.")
    (folder / "IMG_00006.nef").write_bytes(b"MM\0*" + bytes(400))
    (folder / "IMG_00007_without_ending").write_bytes(variant(jpeg, -1))
    (folder / "notes.txt").write_text("Seen at the pond.")
    (folder / ".IMG_00001.jpg").write_bytes(jpeg)
