"""Models that devices hand in at a collector, part by part."""

from __future__ import annotations

from pathlib import Path

import pytest
from collecting import enrolled, value
from releasing import Shop, open_shop
from two_hands import TwoHands

from store.collector.devices import Device
from store.collector.errors import ReleaseNotTaken
from store.collector.handing_in import HandingIn, Part, Wanted
from store.collector.service import Collector
from store.releases.making import MANIFEST

STEP = 50_000


@pytest.fixture(scope="module")
def draft(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model with its network, as a device makes it for that."""
    shop: Shop = open_shop(tmp_path_factory.mktemp("shop"))
    return shop.make(1, "whole")


def device_of(collector: Collector, name: str = "laptop") -> Device:
    return collector.devices.of_token(enrolled(collector, name).admitted.token)


def part(draft: Path, wanted: Wanted) -> Part:
    content = (draft / wanted.file).read_bytes()[wanted.start : wanted.start + STEP]
    return Part(wanted.file, wanted.start, content)


def hand_in(taking: HandingIn, device: Device, draft: Path, most: int = 100) -> Wanted:
    """Sends what is wanted, at most so many parts; what is wanted then."""
    document = (draft / MANIFEST).read_bytes()
    wanted = taking.take(device, document, None)
    for _ in range(most):
        if wanted.model:
            break
        wanted = taking.take(device, document, part(draft, wanted))
    return wanted


def staged(collector: Collector) -> int:
    return int(value(collector.database, "SELECT count(*) FROM model_part"))


def test_a_model_is_kept_when_all_of_it_came_wherever_it_was_cut(collector: Collector, draft: Path) -> None:
    device = device_of(collector)
    cut = hand_in(collector.handing_in, device, draft, most=3)
    assert (cut.model, cut.start > 0) == ("", True)
    other_instance = Collector(collector.database, TwoHands()).handing_in
    assert other_instance.take(device, (draft / MANIFEST).read_bytes(), None) == cut
    whole = hand_in(other_instance, device, draft)
    [model] = collector.models.all()
    assert (whole.model, model.added_by) == (model.id, "device laptop")
    assert staged(collector) == 0


def test_what_is_there_is_not_sent_again(collector: Collector, draft: Path) -> None:
    first = hand_in(collector.handing_in, device_of(collector), draft)
    document = (draft / MANIFEST).read_bytes()
    assert collector.handing_in.take(device_of(collector, "other"), document, None) == first


def test_parts_that_are_not_wanted_change_nothing(collector: Collector, draft: Path) -> None:
    device, document = device_of(collector), (draft / MANIFEST).read_bytes()
    wanted = hand_in(collector.handing_in, device, draft, most=2)
    good = part(draft, wanted)
    for wrong in (
        Part(good.file, good.start + 1, good.content),
        Part(good.file, 0, good.content),
        Part("release.json", 0, good.content),
        Part(good.file, good.start, bytes(2**20)),
    ):
        assert collector.handing_in.take(device, document, wrong) == wanted
    taken = collector.handing_in.take(device, document, good)
    assert collector.handing_in.take(device, document, good) == taken
    assert hand_in(collector.handing_in, device, draft).model


def test_another_file_in_its_place_is_refused_and_forgotten(collector: Collector, draft: Path) -> None:
    device, document = device_of(collector), (draft / MANIFEST).read_bytes()
    wanted = collector.handing_in.take(device, document, None)
    with pytest.raises(ReleaseNotTaken):
        while not wanted.model:
            good = part(draft, wanted)
            changed = Part(good.file, good.start, bytes([good.content[0] ^ 1]) + good.content[1:])
            wanted = collector.handing_in.take(device, document, changed)
    assert (collector.models.all(), staged(collector)) == ([], 0)
    assert value(collector.database, "SELECT count(*) FROM release_piece") == 0


def test_what_one_device_sends_is_not_another_s(collector: Collector, draft: Path) -> None:
    hand_in(collector.handing_in, device_of(collector), draft, most=2)
    wanted = collector.handing_in.take(device_of(collector, "b"), (draft / MANIFEST).read_bytes(), None)
    assert wanted.start == 0


def test_a_model_that_is_begun_takes_the_place_of_one_that_was_not_ended(
    collector: Collector, draft: Path, tmp_path: Path
) -> None:
    device = device_of(collector)
    hand_in(collector.handing_in, device, draft, most=2)
    (tmp_path / "other").mkdir()
    other = open_shop(tmp_path / "other", seed=1).make(1, "whole")
    collector.handing_in.take(device, (other / MANIFEST).read_bytes(), None)
    assert staged(collector) == 0


def test_what_is_no_manifest_is_refused(collector: Collector) -> None:
    for document in (b"", b"{}", b"\xff"):
        with pytest.raises(ReleaseNotTaken):
            collector.handing_in.take(device_of(collector), document, None)
