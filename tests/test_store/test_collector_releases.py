"""Releases at the collector: what it takes, whom it offers them to, and what devices said."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import msgspec
import pytest
from collecting import Sender, enrolled, newcomer, value
from local_records import NOW
from releasing import YEAR, Shop, open_shop
from two_hands import TwoHands

from store import enrolment_code
from store.collector.database import CollectorDatabase
from store.collector.devices import Device
from store.collector.errors import NotThere, ReleaseNotTaken
from store.collector.release_files import PIECE_BYTES, find_file, pieces_of
from store.collector.releases import share_of
from store.collector.service import Collector
from store.releases.key_change import change_keys
from store.releases.keys import new_key
from store.releases.making import release_of

WHO = "admin"


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Releases 1 and 2 of the head, and 3 with its network."""
    shop = open_shop(tmp_path_factory.mktemp("shop"))
    shop.signed(1)
    shop.signed(2)
    shop.signed(3, "whole")
    return shop


@pytest.fixture
def collector(collector_database: CollectorDatabase, clock: TwoHands, shop: Shop) -> Collector:
    collector = Collector(collector_database, clock)
    collector.release_keys.set_first([shop.key.public_key], WHO)
    return collector


def folder(shop: Shop, number: int) -> Path:
    return shop.folder / f"{'whole' if number == 3 else 'head'}-{number}"


def add(collector: Collector, shop: Shop, number: int, percent: int = 100, *groups: str) -> None:
    where = folder(shop, number)
    collector.releases.add(release_of(where), where, WHO, percent=percent, groups=groups or None)


def known(collector: Collector, sender: Sender) -> Device:
    return collector.devices.of_token(sender.admitted.token)


def offered(collector: Collector, device: Device) -> int | None:
    found = collector.releases.offer_for(device)
    return None if found is None else found.version


def test_a_release_is_kept_and_given_back_byte_by_byte(collector: Collector, shop: Shop) -> None:
    add(collector, shop, 1)
    add(collector, shop, 3)
    envelope = release_of(folder(shop, 3))
    assert collector.releases.envelope(3) == envelope
    [newest, _] = collector.releases.all()
    assert (newest.version, newest.kind, newest.state) == (3, "whole", "out")
    assert newest.manifest_sha256 == hashlib.sha256(envelope).digest()
    for name in ("backbone.json", "weights.safetensors", "head.json", "head.safetensors"):
        right = (folder(shop, 3) / name).read_bytes()
        file = find_file(collector.database, 3, name)
        assert file is not None
        assert b"".join(pieces_of(collector.database, file, 0, file.size)) == right
    assert find_file(collector.database, 3, "release.json") is None
    assert find_file(collector.database, 2, "head.json") is None


def test_any_range_of_a_file_is_what_stands_there(collector: Collector, shop: Shop) -> None:
    add(collector, shop, 3)
    right = (folder(shop, 3) / "weights.safetensors").read_bytes()
    file = find_file(collector.database, 3, "weights.safetensors")
    assert file is not None
    assert file.size > 2 * PIECE_BYTES
    edge = PIECE_BYTES
    for start, end in [
        (0, 1),
        (edge - 1, edge + 1),
        (edge, 2 * edge),
        (5, file.size),
        (file.size - 1, file.size),
    ]:
        assert b"".join(pieces_of(collector.database, file, start, end)) == right[start:end]


def test_a_file_that_two_releases_share_is_kept_once(collector: Collector, shop: Shop) -> None:
    add(collector, shop, 1)
    before = value(collector.database, "SELECT count(*) FROM release_piece")
    add(collector, shop, 2)
    assert value(collector.database, "SELECT count(*) FROM release_piece") == before
    assert value(collector.database, "SELECT count(*) FROM release_file") == 4


def test_the_same_again_changes_nothing_and_an_older_one_is_refused(collector: Collector, shop: Shop) -> None:
    add(collector, shop, 2, 10)
    add(collector, shop, 2, 90)
    assert [(each.version, each.percent) for each in collector.releases.all()] == [(2, 10)]
    with pytest.raises(ReleaseNotTaken, match="not newer than release 2"):
        add(collector, shop, 1)


def test_what_no_device_would_install_is_not_taken(
    collector: Collector, clock: TwoHands, shop: Shop, tmp_path: Path
) -> None:
    where, right = tmp_path / "changed", release_of(folder(shop, 1))
    where.mkdir()
    for name in ("head.json", "head.safetensors"):
        (where / name).write_bytes((folder(shop, 1) / name).read_bytes()[::-1])
    with pytest.raises(ReleaseNotTaken, match="is not the file that was signed"):
        collector.releases.add(right, where, WHO, percent=100, groups=None)
    with pytest.raises(ReleaseNotTaken):
        collector.releases.add(right[:-1], folder(shop, 1), WHO, percent=100, groups=None)
    clock.jump(YEAR)
    with pytest.raises(ReleaseNotTaken, match="is over"):
        add(collector, shop, 1)
    assert collector.releases.all() == []
    assert value(collector.database, "SELECT count(*) FROM release_piece") == 0


def test_without_keys_or_with_others_none_is_taken(collector_database: CollectorDatabase, shop: Shop) -> None:
    collector = Collector(collector_database, TwoHands())
    with pytest.raises(ReleaseNotTaken, match="not among the release keys"):
        add(collector, shop, 1)
    collector.release_keys.set_first([new_key().public_key], WHO)
    with pytest.raises(ReleaseNotTaken, match="not among the release keys"):
        add(collector, shop, 1)


def test_more_percent_keeps_those_that_are_in(collector: Collector, shop: Shop) -> None:
    add(collector, shop, 1, 0)
    one = known(collector, enrolled(collector))
    devices = [msgspec.structs.replace(one, id=number.to_bytes(16, "big")) for number in range(2000)]
    before: set[bytes] = set()
    for percent in (0, 10, 50, 100):
        collector.releases.change(1, "out", WHO, percent)
        [release] = collector.releases.all()
        inside = {device.id for device in devices if release.is_for(device)}
        assert before <= inside
        assert abs(len(inside) - 20 * percent) < 100
        before = inside
    firsts = [[device.id for device in devices if share_of(version, device.id) < 0.1] for version in (1, 2)]
    assert firsts[0] != firsts[1]


def test_only_the_named_groups_get_it(collector: Collector, shop: Shop) -> None:
    add(collector, shop, 1)
    add(collector, shop, 2, 100, "field", "boat")
    one = known(collector, enrolled(collector))
    assert offered(collector, one) == 1
    assert offered(collector, msgspec.structs.replace(one, group="boat")) == 2
    assert offered(collector, msgspec.structs.replace(one, group="office")) == 1


def test_paused_withdrawn_and_over_are_offered_to_nobody(
    collector: Collector, clock: TwoHands, shop: Shop
) -> None:
    one = known(collector, enrolled(collector))
    assert offered(collector, one) is None
    add(collector, shop, 1)
    add(collector, shop, 2, 40)
    collector.releases.change(2, "out", WHO, 100)
    assert offered(collector, one) == 2
    collector.releases.change(2, "paused", WHO)
    assert offered(collector, one) == 1
    collector.releases.change(2, "out", WHO)
    assert offered(collector, one) == 2
    collector.releases.change(2, "withdrawn", WHO)
    assert offered(collector, one) == 1
    assert find_file(collector.database, 2, "head.json") is None
    for missing in (lambda: collector.releases.envelope(2), lambda: collector.releases.change(9, "out", WHO)):
        with pytest.raises(NotThere):
            missing()
    with pytest.raises(ReleaseNotTaken, match="for good"):
        collector.releases.change(2, "out", WHO)
    clock.jump(YEAR)
    assert offered(collector, one) is None


def test_reports_are_kept_one_for_each_state(collector: Collector, clock: TwoHands, shop: Shop) -> None:
    add(collector, shop, 1)
    first, second = (known(collector, enrolled(collector, name)) for name in ("ada", "bo"))
    reports = collector.release_reports
    reports.note(first, 1, "active", {"right": 0.75, "n": 40})
    clock.run(5)
    reports.note(first, 1, "active", {"right": 0.8, "n": 50})
    reports.note(first, 1, "rolled-back", {})
    reports.note(second, 1, "active", {})
    assert reports.counts() == {1: {"active": 2, "rolled-back": 1}}
    said = [(each.device, each.state, each.at, each.figures) for each in reports.of(1)]
    assert ("ada", "active", NOW + 5, {"right": 0.8, "n": 50}) in said
    assert len(said) == 3
    with pytest.raises(NotThere):
        reports.note(first, 7, "active", {})


def test_codes_carry_the_keys_that_hold(collector: Collector, shop: Shop) -> None:
    code = enrolment_code.parse(collector.devices.new_code(WHO))
    assert code.fingerprint == enrolment_code.roots_fingerprint([shop.key.public_key])
    assert collector.devices.enrol(code.text, newcomer("laptop")).token


def test_keys_are_set_once_and_then_changed_by_signed_changes(collector: Collector, shop: Shop) -> None:
    new = new_key()
    keys = collector.release_keys
    keys.set_first([shop.key.public_key], WHO)
    with pytest.raises(ReleaseNotTaken, match="were set before"):
        keys.set_first([new.public_key], WHO)
    with pytest.raises(ReleaseNotTaken):
        keys.change(change_keys([new.public_key], [shop.key.public_key], new), WHO)
    change = change_keys([shop.key.public_key], [new.public_key, shop.key.public_key], shop.key)
    assert set(keys.change(change, WHO)) == {new.public_key, shop.key.public_key} == set(keys.current())
    assert keys.changes() == [change]
    audit = [(entry.what, json.dumps(entry.details)) for entry in collector.log()]
    assert audit[0] == ("release-keys-set", '{"number": 2, "keys": 2}')


def test_no_keys_or_three_are_not_set(collector_database: CollectorDatabase) -> None:
    keys = Collector(collector_database, TwoHands()).release_keys
    for wrong in ([], [bytes([number]) * 32 for number in range(3)]):
        with pytest.raises(ReleaseNotTaken, match="can't hold"):
            keys.set_first(wrong, WHO)
    assert keys.current() == ()
