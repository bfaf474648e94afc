"""Pictures that were labelled differently are found, settled once, and settled anew, on both databases."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from collecting import Sender, enrolled, inference, rows, said_of

from store.collector.errors import NotThere, WrongEntry
from store.collector.service import Collector
from store.protocol_beside import SharedLabel


@pytest.fixture
def devices(collector: Collector) -> tuple[Sender, Sender]:
    return enrolled(collector), enrolled(collector, "other")


def picture(name: str) -> bytes:
    return hashlib.sha256(name.encode()).digest()


def says(collector: Collector, sender: Sender, name: str, **said: Any) -> dict[str, Any]:
    """A device recognises a picture as an owl, and its user says something of that."""
    answer = sender.event(inference(name, "owl"))
    collector.take(sender.batch(answer, sender.event(said_of(answer["event_id"], **said))))
    collector.count()
    return answer


def differing(collector: Collector) -> dict[bytes, tuple[str, str]]:
    return {bytes(each.picture): (each.one, each.other) for each in collector.settling.differing()}


def test_what_differs_is_found(collector: Collector, devices: tuple[Sender, Sender]) -> None:
    one, other = devices
    for name, mine, theirs in (("a", "kite", "kite"), ("b", "kite", "kestrel"), ("c", "owl", "kestrel")):
        says(collector, one, name, isCorrect=mine == "owl", correctedLabel=None if mine == "owl" else mine)
        says(collector, other, name, isCorrect=False, correctedLabel=theirs)
    says(collector, one, "d", isCorrect=None)
    assert differing(collector) == {picture("b"): ("kestrel", "kite"), picture("c"): ("kestrel", "owl")}
    assert collector.settling.how_many() == 2
    first, second = sorted((picture("b"), picture("c")))
    assert [collector.settling.next(after) for after in (b"", first, second)] == [first, second, first]


def test_synonyms_do_not_differ(collector: Collector, devices: tuple[Sender, Sender]) -> None:
    one, other = devices
    says(collector, one, "a", isCorrect=False, correctedLabel="kestrel")
    says(collector, other, "a", isCorrect=False, correctedLabel="windhover")
    assert collector.settling.how_many() == 1
    collector.labels.put(SharedLabel("kestrel", None, ["windhover"]), "ada")
    assert collector.settling.how_many() == 0
    assert collector.settling.case(picture("a")).labels == [("kestrel", 2)]


def test_a_settlement_stands_until_it_is_undone(collector: Collector, devices: tuple[Sender, Sender]) -> None:
    one, other = devices
    says(collector, one, "a", isCorrect=False, correctedLabel="kite")
    says(collector, other, "a", isCorrect=False, correctedLabel="kestrel")
    collector.labels.put(SharedLabel("kestrel", None, ["windhover"]), "ada")
    made = collector.settling.settle(picture("a"), "windhover", "lars")
    assert (made.label, made.settled_by) == ("kestrel", "lars")
    assert collector.settling.case(picture("a")).settlement == made
    assert (collector.settling.how_many(), collector.settling.next()) == (0, None)
    with pytest.raises(WrongEntry, match="lars has settled this picture meanwhile, as “kestrel”"):
        collector.settling.settle(picture("a"), None, "ada")
    assert collector.settling.undo(made.id, "ada") == picture("a")
    assert collector.settling.how_many() == 1
    with pytest.raises(NotThere):
        collector.settling.undo(made.id, "ada")
    collector.settling.settle(picture("a"), None, "ada")
    newest, older = collector.settling.settled()
    assert (newest.label, newest.settled_by, newest.undone_at) == (None, "ada", None)
    assert (older.label, older.undone_by) == ("kestrel", "ada")
    log = [row[0] for row in rows(collector.database, "SELECT what FROM audit ORDER BY id")]
    assert log[-3:] == ["settled", "settlement-undone", "settled"]


def test_nobody_settles_what_nobody_spoke_of(collector: Collector) -> None:
    with pytest.raises(NotThere):
        collector.settling.settle(picture("a"), "kite", "lars")


def test_what_is_erased_takes_its_settlement_along(
    collector: Collector, devices: tuple[Sender, Sender]
) -> None:
    one, other = devices
    mine = says(collector, one, "a", isCorrect=False, correctedLabel="kite")
    theirs = says(collector, other, "a", isCorrect=False, correctedLabel="kestrel")
    collector.settling.settle(picture("a"), "kite", "lars")
    collector.erasing.erase(one.device_id, [bytes.fromhex(mine["event_id"])])
    assert collector.settling.case(picture("a")).settlement is not None
    collector.erasing.erase(other.device_id, [bytes.fromhex(theirs["event_id"])])
    assert collector.settling.settled() == []


def test_the_small_picture_is_found_wherever_it_came(
    collector: Collector, devices: tuple[Sender, Sender]
) -> None:
    one, other = devices
    with_crop = inference("a")
    without = {name: value for name, value in inference("b").items() if name != "crop"}
    first, second = one.event(with_crop), other.event(without)
    late = {**said_of(second["event_id"]), "kind": "attachment", "crop": with_crop["crop"]}
    collector.take(one.batch(first))
    collector.take(other.batch(second))
    assert collector.settling.with_crop([picture("a"), picture("b")]) == {picture("a")}
    collector.take(other.batch(other.event(late)))
    assert collector.settling.with_crop([picture("a"), picture("b")]) == {picture("a"), picture("b")}
    assert collector.settling.crop(picture("b")) == b"crop of a"
    assert collector.settling.crop(picture("c")) is None
