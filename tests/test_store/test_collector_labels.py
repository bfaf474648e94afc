"""The shared label list: names mean one label each, whatever is renamed or merged, on both databases."""

from __future__ import annotations

import pytest
from collecting import enrolled

from store.collector import label_csv, labels
from store.collector.errors import NotThere, WrongEntry
from store.collector.service import Collector
from store.protocol_beside import SharedLabel


def put(collector: Collector, name: str, *synonyms: str, old: str | None = None) -> None:
    collector.labels.put(SharedLabel(name, None, list(synonyms)), "ada", old=old)


def listed(collector: Collector) -> dict[str, list[str]]:
    return {label.name: label.synonyms for label in collector.labels.all()}


def test_labels_with_their_synonyms(collector: Collector) -> None:
    collector.labels.put(SharedLabel("  grey   wolf ", " Canis lupus ", ["wolf", "wolf", " "]), "ada")
    assert collector.labels.all() == [SharedLabel("grey wolf", "Canis lupus", ["wolf"])]
    for name in ("", " ", "a\x07b", "x" * 257):
        with pytest.raises(WrongEntry, match="cannot be the name of a label"):
            put(collector, name)


def test_a_name_means_one_label(collector: Collector) -> None:
    put(collector, "kestrel", "windhover")
    put(collector, "kite")
    for name, synonyms, says in (
        ("kite", (), "There is a label “kite” already"),
        ("windhover", (), "“windhover” counts as “kestrel”"),
        ("owl", ("windhover",), "“windhover” counts as “kestrel”"),
        ("owl", ("kite",), "“kite” is a label of its own"),
    ):
        with pytest.raises(WrongEntry, match=says):
            put(collector, name, *synonyms)
    assert listed(collector) == {"kestrel": ["windhover"], "kite": []}


def test_an_old_name_stays_a_synonym(collector: Collector) -> None:
    put(collector, "kestrel", "windhover")
    put(collector, "common kestrel", "windhover", old="kestrel")
    assert listed(collector) == {"common kestrel": ["kestrel", "windhover"]}
    put(collector, "windhover", "kestrel", old="common kestrel")
    assert listed(collector) == {"windhover": ["common kestrel", "kestrel"]}
    put(collector, "kite")
    with pytest.raises(WrongEntry, match="There is a label “kite” already"):
        put(collector, "kite", old="windhover")
    with pytest.raises(NotThere):
        put(collector, "owl", old="eagle")


def test_merging_takes_the_synonyms_along(collector: Collector) -> None:
    put(collector, "kestrel", "windhover")
    put(collector, "falcon", "hawk")
    collector.labels.merge("kestrel", "falcon", "ada")
    assert listed(collector) == {"falcon": ["hawk", "kestrel", "windhover"]}
    with pytest.raises(NotThere):
        collector.labels.merge("kestrel", "falcon", "ada")
    with pytest.raises(WrongEntry):
        collector.labels.merge("falcon", "falcon", "ada")
    collector.labels.remove("falcon", "ada")
    assert listed(collector) == {}


def test_the_tag_says_whether_the_list_changed(collector: Collector) -> None:
    sender = enrolled(collector)
    assert collector.take(sender.batch()).labels is None
    put(collector, "kestrel")
    first = collector.take(sender.batch()).labels
    put(collector, "kite")
    second = collector.take(sender.batch()).labels
    collector.labels.remove("kite", "ada")
    assert first is not None
    assert second not in (None, first)
    assert collector.take(sender.batch()).labels == first == collector.labels.shared()[0]


def test_a_table_is_taken_whole_or_not_at_all(collector: Collector) -> None:
    put(collector, "kestrel", "windhover")
    collector.labels.put(SharedLabel("kite", "Milvus", []), "ada")
    table = (
        "﻿Label\tScientific name\tsynonyms\nkestrel\tFalco tinnunculus\tsparrowhawk | \nkite\t\tglede\n\nowl"
    )
    assert collector.labels.take(label_csv.read(table.encode()), "ada") == 3
    assert collector.labels.all() == [
        SharedLabel("kestrel", "Falco tinnunculus", ["sparrowhawk", "windhover"]),
        SharedLabel("kite", "Milvus", ["glede"]),
        SharedLabel("owl", None, []),
    ]
    before = listed(collector)
    with pytest.raises(WrongEntry, match="“glede” counts as “kite”"):
        collector.labels.take(label_csv.read(b"name,synonyms\nraven,\nmagpie,glede"), "ada")
    assert listed(collector) == before


def test_a_table_comes_back_as_it_was_written() -> None:
    all_labels = [
        SharedLabel("a, b", "=1+1", ["x", "y"]),
        SharedLabel("-minus", None, []),
        SharedLabel("'quoted", None, []),
        SharedLabel("Käuzchen", "Athene noctua", ["Steinkauz"]),
    ]
    written = label_csv.written(all_labels)
    assert b"'=1+1" in written
    assert [(each.name, each.scientific) for each in label_csv.read(written)] == [
        (each.name, each.scientific) for each in all_labels
    ]


@pytest.mark.parametrize(
    ("table", "says"), [(b"\xff", "UTF-8"), (b"", "first line"), (b"a,b\nc", "first line")]
)
def test_what_is_no_table_is_refused(table: bytes, says: str) -> None:
    with pytest.raises(WrongEntry, match=says):
        label_csv.read(table)


def test_a_list_that_devices_would_not_read_is_refused(
    collector: Collector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(labels, "MOST_LABELS_BYTES", 200)
    put(collector, "kestrel")
    with pytest.raises(WrongEntry, match="devices don't read"):
        put(collector, "kite", "x" * 200)
    assert listed(collector) == {"kestrel": []}
