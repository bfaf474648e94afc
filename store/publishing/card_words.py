"""Figures and names of a model card in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from store.events import ModelVersion
from store.models.exporting import Exported, Subject
from store.models.fidelity import Fidelity
from store.models.sizes import Size

FAMILIES = {
    "mobilenet_v1": "MobileNet V1",
    "mobilenet_v2": "MobileNet V2",
    "efficientnet_lite0": "EfficientNet-Lite0",
}
MADE = {
    "starter": "the starter that comes with Whimbrel",
    "fetched": "downloaded from its makers",
    "imported": "imported from a file",
    "trained": "made on the user's machine",
}
PASSED = {True: "passed", False: "failed", None: "too little is known to tell"}
_ESCAPED = str.maketrans({"<": "&lt;", ">": "&gt;", "|": "\\|", "*": "\\*", "\n": " ", "\r": " "})


def plain(text: object) -> str:
    """Somebody's words, so that they are no Markdown or HTML."""
    return str(text).translate(_ESCAPED)


def amount(count: int, what: str) -> str:
    """ "1 label", "1,000 labels"."""
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def number(value: float) -> str:
    """Three figures."""
    return f"{value:.3g}"


def size_words(size: Size) -> str:
    """ "14.5 MB, 13.4 MB when compressed with gzip"."""
    return f"{megabytes(size.plain)}, {megabytes(size.gzipped)} when compressed with gzip"


def megabytes(count: int) -> str:
    """ "14.5 MB", "0.23 MB"."""
    return f"{count / 1e6:.1f} MB" if count >= 1e6 else f"{count / 1e6:.2f} MB"  # noqa: PLR2004


def share_words(share: Mapping[str, Any] | None, of: str) -> str:
    """ "81 %, likely 77-85, of 212 pictures held back"."""
    if not share or not share.get("n") or share.get("value") is None:
        return "not measured"
    value, low, high = (round(100 * share[key]) for key in ("value", "low", "high"))
    return f"{value} %, likely {low}-{high}, of {share['n']:,} {of}"


def fidelity_words(found: Fidelity, *, lossy: bool) -> Iterator[str]:
    """What was measured, one sentence each."""
    yield f"Same first answer as the version for {found.same:,} of {found.n:,} {found.on}."
    if not lossy:
        apart = f"{100 * found.difference:.6f}".rstrip("0").rstrip(".")
        yield f"Its probabilities differ by {apart} % of the largest at most; 0.1 % is allowed."
    if found.right is not None and found.right_before is not None:
        yield f"Right for {found.right:,} of them, the version for {found.right_before:,}."
    elif lossy:
        yield "Its accuracy was not measured: no pictures with a known label are kept."


def outcome(exported: Exported) -> str:
    """What came of an export, in a few sentences."""
    told = fidelity_words(exported.fidelity, lossy=exported.options.is_lossy)
    return " ".join([f"Saved as {exported.folder.name}, {size_words(exported.size)}.", *told])


def compressed_words(version: ModelVersion) -> str:
    """What a smaller form is, in a few sentences."""
    facts: Any = version.metrics["compressed"]
    before, size = facts["sizeBefore"], facts["size"]
    told = [
        f"{version.name} is ready to be used: {megabytes(size['gzipped'])} instead of "
        f"{megabytes(before['gzipped'])} when compressed with gzip.",
        f"Same first answer for {facts['same']:,} of {facts['n']:,} {facts['on']}.",
    ]
    if facts["right"] is not None:
        told.append(f"Right for {facts['right']:,} of them, instead of {facts['rightBefore']:,}.")
    return " ".join(told)


def truth_words(exported: Exported) -> Iterator[str]:
    """How true an export is, what was taken away from it, and what its file says of itself."""
    options = exported.options
    for sentence in fidelity_words(exported.fidelity, lossy=options.is_lossy):
        yield f"- {sentence}"
    if options.quantise:
        yield f"- Weights: {options.quantise}"
    if options.prune:
        yield f"- Pruned: {100 * options.prune:.0f} % of the weights of each 1 by 1 convolution are 0"
    if options.form == "tflite-int8":
        yield f"- The ranges of its 8-bit numbers were found on {exported.representative}"


def input_words(given: Subject, exported: Exported) -> Iterator[str]:
    """How to make a picture ready."""
    ours, form = given.backbone.preprocessing, exported.options.form
    if form == "teachable-machine":
        yield "- Its library crops and scales by itself: the whole centred square, pixel / 127 - 1"
        if ours.crop_fraction != 1:
            yield f"- It was measured on the middle {100 * ours.crop_fraction:g} % of that square"
        return
    yield f"- The centred square, {100 * ours.crop_fraction:g} % of the short side"
    yield f"- Reduced to {ours.size} by {ours.size} pixels by a triangle filter as wide as the reduction, RGB"
    yield f"- (pixel - {ours.offset:g}) / {ours.scale:g}, pixel 0..255"
    for side in ("input", "output"):
        yield from _tensor_words(side, exported.facts.get(side))


def _tensor_words(side: str, facts: object) -> Iterator[str]:
    if isinstance(facts, dict) and facts.get("scale"):
        yield (
            f"- Its {side} is {facts['type']}: value = {facts['scale']:.6g} (number - {facts['zero']}), "
            f"shape {facts['shape']}"
        )
