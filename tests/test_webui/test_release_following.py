"""A device fetches what a real collector offers, over a real socket: in pieces, cut, damaged, withdrawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from collector_serving import ServedCollector, new_collector
from field_device import DOG, FOX, WOLF, FieldDevice, write_labels
from releasing import Shop, open_shop
from two_hands import TwoHands

from store.collector.rate_buckets import Rate
from store.collector.release_reports import Report
from store.collector.service import Limits
from store.releases.key_change import change_keys
from store.releases.keys import new_key
from store.releases.making import release_of
from store.sync.releases import fetching
from store.sync.releases.following import ASK_EVERY_S
from store.sync.transport import HttpTransport, Part
from store.sync.verdict import Response

OFTEN = Rate(10_000, 10_000)


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    shop = open_shop(tmp_path_factory.mktemp("shop"))
    shop.signed(1)
    shop.signed(2, "whole")
    return shop


@pytest.fixture
def served(shop: Shop, tmp_path: Path) -> Iterator[ServedCollector]:
    with new_collector(tmp_path, TwoHands(), Limits(OFTEN, OFTEN, OFTEN)) as found:
        found.collector.release_keys.set_first([shop.key.public_key], "admin")
        yield found


class Link(HttpTransport):
    """The way to the collector, which may do harm to a part of a file before the device sees it."""

    def __init__(self) -> None:
        super().__init__("Whimbrel/test", connect_s=5, read_s=10)
        self.harm: Callable[[str, Response], Response] = lambda _url, response: response
        self.parts: list[Part] = []
        self.tokens: list[str | None] = []

    def get(self, url: str, token: str | None, part: Part | None = None) -> Response:
        response = super().get(url, token, part)
        self.tokens.append(token)
        if part is None:
            return response
        self.parts.append(part)
        return self.harm(url, response)


@pytest.fixture
def link() -> Link:
    return Link()


@pytest.fixture
def device(tmp_path: Path, shop: Shop, served: ServedCollector, link: Link) -> Iterator[FieldDevice]:
    made = FieldDevice(tmp_path / "device", shop, link)
    made.works_with("Base")
    made.joins(served.url, served.collector.devices.new_code("admin"))
    yield made
    made.close()


def add(served: ServedCollector, shop: Shop, name: str) -> None:
    folder = shop.folder / name
    served.collector.releases.add(release_of(folder), folder, "admin", percent=100, groups=None)


def reports(served: ServedCollector, version: int) -> list[Report]:
    return served.collector.release_reports.of(version)


def states(served: ServedCollector, version: int) -> set[str]:
    return {each.state for each in reports(served, version)}


def an_hour_later(device: FieldDevice) -> None:
    device.clock.now += int(ASK_EVERY_S * 1000) + 1


def test_a_head_comes_with_a_batch_s_answer_and_its_collector_hears_of_it(
    device: FieldDevice, served: ServedCollector, shop: Shop, link: Link
) -> None:
    device.turns()
    assert device.course() == ""
    add(served, shop, "head-1")
    device.look(1, 0)
    device.turns()
    assert device.course() == "check"
    assert [version.name for version in device.registry.list() if version.state == "candidate"] == ["Small 0"]
    assert states(served, 1) == {"downloaded"}
    came = sum(end - start for start, end in link.parts)
    assert (came < 20_000, reports(served, 1)[0].figures) == (True, {"bytes": came})


def test_who_has_nothing_to_send_asks_once_an_hour(
    device: FieldDevice, served: ServedCollector, shop: Shop
) -> None:
    device.turns()
    add(served, shop, "head-1")
    device.turns()
    assert device.course() == ""
    an_hour_later(device)
    device.turns()
    assert device.course() == "check"


def test_a_network_comes_in_pieces_and_goes_on_where_it_was_cut(
    tmp_path: Path, served: ServedCollector, shop: Shop, link: Link, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "PIECE_BYTES", 50_000)
    add(served, shop, "whole-2")
    device = FieldDevice(tmp_path / "bare", shop, link, network=False)
    device.joins(served.url, served.collector.devices.new_code("admin"))
    link.harm = lambda _url, response: Response(failure="cut") if len(link.parts) == 3 else response
    outcome = device.turns()
    assert (device.course(), outcome.phase) == ("fetch", "idle")
    device.close()
    device.transport = again = Link()
    half = Response(206, "text/html", b"<html>")
    again.harm = lambda _url, response: half if len(again.parts) == 2 else response
    device.start()
    for _ in range(4):
        device.clock.now += 60_000
        device.turns()
    assert device.course() == "check"
    spoilt = link.parts.pop(2), again.parts.pop(1)
    whole = sum((shop.folder / "whole-2" / name).stat().st_size for name in fetched(shop))
    assert sum(end - start for start, end in link.parts + again.parts) == whole
    assert set(spoilt) < set(again.parts), "each of them was asked for once more"
    [version] = device.registry.list()
    assert device.registry.verify(version) == []
    assert not any((device.folder / "data" / "releases").iterdir())
    device.close()


def fetched(shop: Shop) -> list[str]:
    made = {"manifest.json", "release.json"}
    return [each.name for each in (shop.folder / "whole-2").iterdir() if each.name not in made]


def test_what_was_changed_on_the_way_is_fetched_anew_and_never_used(
    device: FieldDevice, served: ServedCollector, shop: Shop, link: Link
) -> None:
    def harm(_url: str, response: Response) -> Response:
        body = bytes([response.body[0] ^ 1]) + response.body[1:]
        return Response(response.status, response.content_type, body)

    link.harm = harm
    add(served, shop, "head-1")
    device.turns()
    assert device.course() == "fetch"
    link.harm = lambda _url, response: response
    device.clock.now += 60_000
    device.turns()
    assert device.course() == "check"


def test_a_login_page_in_the_place_of_a_file_is_none(
    device: FieldDevice, served: ServedCollector, shop: Shop, link: Link
) -> None:
    link.harm = lambda _url, _response: Response(200, "text/html", b"<html>Log in</html>")
    add(served, shop, "head-1")
    device.turns()
    assert device.course() == "fetch"
    assert not list((device.folder / "data" / "releases").glob("*/*.json.part"))


def test_records_go_out_while_a_release_does_not_come(
    device: FieldDevice, served: ServedCollector, shop: Shop, link: Link
) -> None:
    link.harm = lambda _url, _response: Response(failure="timeout")
    add(served, shop, "head-1")
    device.turns()
    device.look(3, 0, judged=False)
    assert device.turns().phase == "idle"
    assert device.sync.engine.state().accounts.waiting == 0


def test_a_head_without_its_network_is_refused_and_the_collector_hears_why(
    tmp_path: Path, served: ServedCollector, shop: Shop, link: Link
) -> None:
    add(served, shop, "head-1")
    device = FieldDevice(tmp_path / "bare", shop, link, network=False)
    device.joins(served.url, served.collector.devices.new_code("admin"))
    device.turns()
    assert device.course() == "over"
    assert [(each.state, each.figures) for each in reports(served, 1)] == [
        ("refused", {"code": "no-network"})
    ]
    an_hour_later(device)
    asked = len(link.parts)
    device.turns()
    assert len(link.parts) == asked
    device.close()


def test_what_needed_a_newer_whimbrel_is_taken_after_the_update(
    device: FieldDevice, served: ServedCollector, shop: Shop
) -> None:
    device.close()
    device.transport, device.app_version = Link(), "0.0.9"
    device.start()
    add(served, shop, "head-1")
    device.turns()
    assert device.course() == "over"
    assert [each.figures for each in reports(served, 1)] == [{"code": "app-too-old"}]
    device.close()
    device.transport, device.app_version = Link(), "1.0"
    device.start()
    device.turns()
    assert device.course() == "check"


def test_what_was_withdrawn_before_it_came_to_work_never_does(
    device: FieldDevice, served: ServedCollector, shop: Shop
) -> None:
    add(served, shop, "head-1")
    device.turns()
    [version] = [each for each in device.registry.list() if each.name == "Small 0"]
    device.page_tries(version.id)
    device.sync.trial.step()
    assert device.registry.find(version.id).state == "shadow"
    served.collector.releases.change(1, "withdrawn", "admin")
    an_hour_later(device)
    device.turns()
    assert (device.course(), device.registry.find(version.id).state) == ("over", "candidate")


def test_a_newer_release_takes_the_place_of_one_that_is_tried(
    device: FieldDevice, served: ServedCollector, shop: Shop, tmp_path: Path
) -> None:
    add(served, shop, "head-1")
    device.turns()
    [version] = [each for each in device.registry.list() if each.name == "Small 0"]
    device.page_tries(version.id)
    device.sync.trial.step()
    other = write_labels(shop.models, shop.version, "Newer", (WOLF, DOG, FOX))
    newer = Shop(shop.models, other, shop.key, tmp_path)
    newer.signed(2)
    add(served, newer, "head-2")
    an_hour_later(device)
    device.turns()
    assert (device.course(), device.registry.find(version.id).state) == ("check", "candidate")
    assert states(served, 2) == {"downloaded"}


def test_after_a_change_of_keys_it_is_taken_by_the_change_alone(
    device: FieldDevice, served: ServedCollector, shop: Shop, tmp_path: Path
) -> None:
    other = Shop(shop.models, shop.version, new_key(), tmp_path)
    other.signed(3)
    change = change_keys([shop.key.public_key], [other.key.public_key], shop.key)
    served.collector.release_keys.change(change, "admin")
    folder = tmp_path / "head-3"
    served.collector.releases.add(release_of(folder), folder, "admin", percent=100, groups=None)
    device.turns()
    assert device.course() == "check"


def test_who_does_not_want_releases_gets_none(
    device: FieldDevice, served: ServedCollector, shop: Shop, link: Link
) -> None:
    device.store.settings.put_all({"takeReleases": False}).result()
    add(served, shop, "head-1")
    device.turns()
    assert (device.course(), link.parts) == ("", [])


def test_a_mirror_is_asked_first_without_the_token_and_the_collector_where_it_fails(
    device: FieldDevice, served: ServedCollector, shop: Shop, link: Link, tmp_path: Path
) -> None:
    mirrored = Shop(shop.models, shop.version, shop.key, tmp_path)
    mirrored.signed(4, mirrors=(f"{served.url}/nothing", "http://mirror.example/", "file:///etc"))
    folder = tmp_path / "head-4"
    served.collector.releases.add(release_of(folder), folder, "admin", percent=100, groups=None)
    device.turns()
    assert device.course() == "check"
    assert link.tokens.count(None) == 1  # later files come from the collector at once
