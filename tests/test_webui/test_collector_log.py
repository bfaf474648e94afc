"""The collector's log in words: every line that is written has some, and none is lost."""

from __future__ import annotations

import re

import pytest
from repository import ROOT

from store.collector.audit import AuditEntry
from webui.collector import log_words
from webui.collector.log_words import doer, done

LAPTOP, HASH = "ab" * 16, "0f" * 32
DEVICES = {LAPTOP: "laptop"}
_NOTED = re.compile(r'(?:\bnote|_changed)\b[^"=]{0,60}"([a-z-]+)"')


@pytest.mark.parametrize(
    ("what", "details", "words"),
    [
        ("code-made", {"group": None, "lasts_ms": 1}, "made a code for a device"),
        ("code-made", {"group": "field", "lasts_ms": 1}, "made a code for a device of the group field"),
        ("device-revoked", {"device": LAPTOP}, "put out the device laptop"),
        ("settled", {"picture": HASH, "label": None}, "settled the picture 0f0f0f0f0f0f as one that can't be told"),  # noqa: E501
        ("label-set", {"label": "fox", "before": "fox"}, "wrote the label fox"),
        ("label-set", {"label": "fox", "before": "Fuchs"}, "changed the label Fuchs to fox"),
        ("release-added", {"version": 7, "percent": 0, "groups": ["a"]}, "added release 7, for 0 % of a"),
        ("release-changed", {"version": 7, "state": "withdrawn", "percent": None}, "withdrew release 7"),
        ("release-changed", {"version": 7, "state": "out", "percent": 5}, "offered release 7 to 5 % of its devices"),  # noqa: E501
        ("release-changed", {"version": 7}, "release-changed, version 7"),
        ("something-new", {"of": LAPTOP, "not": None}, "something-new, of laptop"),
    ],
)  # fmt: skip
def test_what_was_done_is_said(what: str, details: dict[str, object], words: str) -> None:
    entry = AuditEntry(1, LAPTOP, what, details)
    assert (doer(entry, DEVICES), done(entry, DEVICES)) == ("laptop", words)


def test_there_are_words_for_all_that_is_noted() -> None:
    sources = [*(ROOT / "store/collector").glob("*.py"), *(ROOT / "webui/collector").rglob("*.py")]
    noted = {what for path in sources for what in _NOTED.findall(path.read_text())}
    assert noted == set(log_words._WORDING)
