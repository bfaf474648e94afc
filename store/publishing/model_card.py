"""MODEL_CARD.md: what the registry knows of a version and what was measured of an export, and nothing else.

After Mitchell et al. 2019, "Model Cards for Model Reporting". What was not measured is said to be so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from store.events import ModelVersion
from store.models.exporting import Exported, Subject
from store.models.gate_words import gates_of
from store.publishing.card_words import (
    FAMILIES,
    MADE,
    PASSED,
    amount,
    input_words,
    number,
    plain,
    share_words,
    size_words,
    truth_words,
)

MOST_NAMED = 50  # labels


def model_card(given: Subject, exported: Exported, parent: ModelVersion | None) -> str:
    """The card as Markdown; `parent` is the version that this one was made from, None where there is none."""
    version = given.version
    parts = [
        ("", _head(given, exported)),
        ("What it was made from", _origin(given, parent)),
        ("How good it is", _quality(version)),
        ("Its checks", _gates(version)),
        ("How true this export is", truth_words(exported)),
        ("How a picture enters", input_words(given, exported)),
        ("What it must not be used for", _limits(version)),
    ]
    return "\n\n".join(_section(title, list(lines)) for title, lines in parts) + "\n"


def _section(title: str, lines: list[str]) -> str:
    return "\n".join([f"## {title}", "", *lines] if title else lines)


def _head(given: Subject, exported: Exported) -> Iterator[str]:
    version = given.version
    yield f"# {plain(version.name)}"
    yield ""
    yield (
        f"Tells {amount(len(given.labels), 'label')} in pictures. Exported by Whimbrel as "
        f"`{exported.options.form}`, {size_words(exported.size)}."
    )
    yield ""
    yield f"Version `{version.id}`, of {_day(version)} (UTC)."


def _day(version: ModelVersion) -> str:
    return datetime.fromtimestamp(version.created_at / 1000, UTC).date().isoformat()


def _origin(given: Subject, parent: ModelVersion | None) -> Iterator[str]:
    version, backbone = given.version, given.backbone
    width = "" if version.alpha is None else f", width {version.alpha:g}"
    yield f"- Network: {FAMILIES.get(version.architecture, version.architecture)}{width}, " + (
        f"{backbone.network.embedding_size:,} numbers of a picture before the labels"
    )
    yield f"- Came about: {MADE[version.made]}"
    yield f"- From: {plain(version.source)}"
    if parent is not None:
        yield f"- Parent: {plain(parent.name)} (`{parent.id}`)"
    elif version.parent_id is not None:
        yield f"- Parent: `{version.parent_id}`"
    yield f"- Licence of the base model: {plain(version.licence)}"
    yield from _pictures(version.metrics)
    named = given.labels[:MOST_NAMED]
    more = len(given.labels) - len(named)
    rest = f" and {more:,} more, in labels.txt" if more else ""
    yield f"- Labels: {', '.join(map(plain, named))}{rest}"


def _pictures(metrics: Mapping[str, Any]) -> Iterator[str]:
    counts = metrics.get("counts")
    if not isinstance(counts, dict):
        yield "- Pictures that it was learned from: not known here"
        return
    learned, sure, held = (counts.get(side, 0) for side in ("train", "calibration", "holdout"))
    yield (
        f"- Pictures: {learned + sure + held:,} with a word of the user's: {learned:,} to learn from, "
        f"{sure:,} to find out how sure it may be, {held:,} held back to judge it by"
    )
    if "trainingSetHash" in metrics:
        yield f"- Hash of all of these (SHA-256): `{metrics['trainingSetHash']}`"


def _quality(version: ModelVersion) -> Iterator[str]:
    metrics: Mapping[str, Any] = version.metrics
    yield f"- Accuracy: {share_words(metrics.get('accuracy'), 'pictures held back')}"
    if metrics.get("parentAccuracy"):
        yield f"- The parent's, on the same: {share_words(metrics['parentAccuracy'], 'pictures held back')}"
    temperature, error = metrics.get("temperature"), metrics.get("ece")
    if temperature is None:
        yield "- Calibration: not measured; its probabilities may be too high or too low"
    else:
        found = "not measured, too few pictures were held back" if error is None else number(error)
        yield f"- Calibration: temperature {number(temperature)}; expected calibration error {found}"
    yield from _by_label(metrics.get("perClass") or [])


def _by_label(shares: list[Mapping[str, Any]]) -> Iterator[str]:
    if not shares:
        return
    yield ""
    yield "| label | right of pictures held back |"
    yield "|---|---|"
    for each in shares[:MOST_NAMED]:
        label = "none of these" if each["label"] is None else plain(each["label"])
        yield f"| {label} | {share_words(each, 'pictures')} |"


def _gates(version: ModelVersion) -> Iterable[str]:
    gates = gates_of(version)
    if not gates:
        return ["None: it was not learned or made smaller here."]
    return [f"- {plain(gate['name'])}, {PASSED[gate['passed']]}: {plain(gate['sentence'])}" for gate in gates]


def _limits(version: ModelVersion) -> Iterator[str]:
    yield (
        "Do not use it where a wrong answer can harm a person, an animal or a right: it was made to sort "
        "pictures, and people have to look at what it says."
    )
    yield ""
    if not isinstance(version.metrics.get("counts"), dict):
        yield "How good it is for other pictures than those of its makers was not measured."
    else:
        yield "It was judged by pictures of one user's; how good it is for those of others was not measured."
    yield "It gives one of its labels to every picture, also to one that shows none of them."
