"""A release on a device: tried beside the model at work, put to work, watched, and taken back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from field_device import DOG, FOX, LABELS, WOLF, FieldDevice, write_labels
from releasing import Shop, open_shop

from store.events import ModelVersion
from store.local.sync_store import SyncStore
from store.sync.forms import Enrolment
from store.sync.memory import SyncMemory
from store.sync.releases.forms import Course, Told
from store.sync.releases.memory import ReleaseMemory
from store.sync.releases.trial import LEAST_PICTURES

COLLECTOR = "c0" * 16
MIXED = (WOLF, DOG, FOX)  # right about wolves alone


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    return open_shop(tmp_path_factory.mktemp("shop"))


@pytest.fixture
def device(tmp_path: Path, shop: Shop) -> Iterator[FieldDevice]:
    made = FieldDevice(tmp_path / "device", shop)
    SyncMemory(SyncStore(made.store.database)).enrol(
        Enrolment("https://collector.example", COLLECTOR, "de" * 16, "laptop", 1, "file")
    )
    made.store.settings.put_all({LEAST_PICTURES: 5}).result()
    yield made
    made.close()


def memory(device: FieldDevice) -> ReleaseMemory:
    return ReleaseMemory(SyncStore(device.store.database))


def arrived(device: FieldDevice, labels: Sequence[str] = LABELS) -> ModelVersion:
    """Release 7 is installed, and no page has tried it."""
    version = write_labels(device.models, device.base, "Release", labels)
    device.store.model_versions.insert(version)
    assert memory(device).go(None, Course(COLLECTOR, 7, "a" * 64, "check", version.id))
    return version


def in_shadow(device: FieldDevice, labels: Sequence[str] = LABELS) -> ModelVersion:
    version = arrived(device, labels)
    device.page_tries(version.id)
    device.sync.trial.step()
    assert device.course() == "shadow"
    return version


def at_work(device: FieldDevice, labels: Sequence[str] = LABELS) -> ModelVersion:
    version = in_shadow(device, labels)
    device.look(5, 0, judged=False)
    device.sync.trial.step()
    assert (device.course(), device.at_work()) == ("watch", "Release")
    return version


def told(device: FieldDevice) -> dict[str, Told]:
    return {each.state: each for each in memory(device).reports()}


def test_it_waits_for_a_page_and_then_answers_in_the_shadow(device: FieldDevice) -> None:
    device.works_with("Base")
    version = arrived(device)
    device.sync.trial.step()
    assert (device.course(), device.registry.find(version.id).state) == ("check", "candidate")
    device.page_tries(version.id)
    device.sync.trial.step()
    assert (device.course(), device.registry.find(version.id).state) == ("shadow", "shadow")
    assert list(told(device)) == ["shadow"]


def test_with_wrong_numbers_in_a_page_it_is_refused(device: FieldDevice) -> None:
    device.works_with("Base")
    version = arrived(device)
    device.page_tries(version.id, 0.5)
    device.sync.trial.step()
    assert (device.course(), device.at_work()) == ("over", "Base")
    assert told(device)["refused"].figures == {"code": "page", "maxRelative": 0.5}
    assert device.registry.find(version.id).state == "candidate"


def test_it_comes_to_work_after_enough_pictures_and_the_one_before_answers_in_the_shadow(
    device: FieldDevice,
) -> None:
    base = device.works_with("Base")
    in_shadow(device)
    device.look(4, 1, judged=False)
    device.sync.trial.step()
    assert (device.course(), device.at_work()) == ("shadow", "Base")
    device.look(1, 1, judged=False)
    device.sync.trial.step()
    assert (device.course(), device.at_work()) == ("watch", "Release")
    assert device.registry.find(base.id).state == "shadow"
    assert told(device)["shadow"].figures["pictures"] == 5
    assert "active" in told(device)


def test_what_is_worse_in_the_shadow_never_comes_to_work(device: FieldDevice) -> None:
    device.works_with("Base")
    version = in_shadow(device, MIXED)
    device.store.settings.put_all({LEAST_PICTURES: 100}).result()
    device.look(6, 1)
    device.sync.trial.step()
    assert device.course() == "shadow"
    device.look(1, 1)
    device.sync.trial.step()
    assert (device.course(), device.at_work()) == ("over", "Base")
    assert device.registry.find(version.id).state == "candidate"
    figures = told(device)["refused"].figures
    assert (figures["code"], figures["onlyBefore"], figures["onlyRelease"]) == ("worse", 7, 0)


def test_what_is_clearly_better_need_not_wait(device: FieldDevice) -> None:
    device.works_with("Base", MIXED)
    in_shadow(device)
    device.store.settings.put_all({LEAST_PICTURES: 100}).result()
    device.look(7, 1)
    device.sync.trial.step()
    assert (device.course(), device.at_work()) == ("watch", "Release")


def test_what_was_answered_beside_another_model_says_nothing(device: FieldDevice) -> None:
    device.works_with("Base")
    in_shadow(device, MIXED)
    device.store.settings.put_all({LEAST_PICTURES: 100}).result()
    device.look(6, 1)
    device.works_with("Next")
    device.look(6, 1)
    device.sync.trial.step()
    assert (device.course(), device.at_work()) == ("shadow", "Next")
    device.look(1, 1)
    device.sync.trial.step()
    assert device.course() == "over"


def test_what_the_user_trained_is_replaced_by_what_is_better_alone(device: FieldDevice) -> None:
    device.works_with("My own", made="trained")
    in_shadow(device)
    device.look(20, 0)
    device.sync.trial.step()
    assert (device.course(), device.at_work()) == ("shadow", "My own")


def test_it_goes_back_when_the_user_says_that_it_does_worse(device: FieldDevice) -> None:
    base = device.works_with("Base")
    version = at_work(device, MIXED)
    device.look(6, 1)
    device.sync.trial.step()
    assert device.at_work() == "Release"
    device.look(1, 2)
    device.sync.trial.step()
    assert (device.course(), device.at_work()) == ("over", "Base")
    assert device.registry.find(version.id).state == "retired"
    figures = told(device)["rolled-back"].figures
    assert (figures["by"], figures["onlyBefore"], figures["judged"]) == ("feedback", 7, 7)
    device.sync.trial.step()
    assert device.registry.active() == device.registry.find(base.id)


def test_errors_that_the_one_before_makes_too_take_nothing_back(device: FieldDevice) -> None:
    device.works_with("Base", MIXED)
    at_work(device, MIXED)
    device.look(40, 1)
    device.sync.trial.step()
    assert (device.course(), device.at_work()) == ("watch", "Release")


def test_when_the_user_goes_back_the_collector_hears_of_it(device: FieldDevice) -> None:
    device.works_with("Base")
    at_work(device)
    device.registry.rollback()
    device.sync.trial.step()
    assert (device.course(), device.at_work()) == ("over", "Base")
    assert told(device)["rolled-back"].figures == {"by": "user"}


def test_when_the_user_trains_anew_the_trial_is_over(device: FieldDevice) -> None:
    base = device.works_with("Base")
    at_work(device)
    device.works_with("My own", MIXED, made="trained")
    device.sync.trial.step()
    assert (device.course(), device.at_work()) == ("over", "My own")
    assert device.registry.find(base.id).state == "retired"
    assert "rolled-back" not in told(device)


def test_put_to_work_by_hand_it_is_watched_too(device: FieldDevice) -> None:
    device.works_with("Base")
    version = arrived(device, MIXED)
    device.registry.activate(version.id)
    device.sync.trial.step()
    assert device.course() == "watch"
    device.look(7, 1)
    device.sync.trial.step()
    assert (device.course(), device.at_work()) == ("over", "Base")


def test_a_crash_between_the_choice_and_the_note_changes_nothing(
    device: FieldDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    device.works_with("Base")
    in_shadow(device, MIXED)
    device.look(5, 0, judged=False)
    activate = device.registry.activate

    def dies(version_id: str) -> None:
        activate(version_id)
        raise KeyboardInterrupt

    monkeypatch.setattr(device.registry, "activate", dies)
    with pytest.raises(KeyboardInterrupt):
        device.sync.trial.step()
    device.close()
    device.start()
    assert (device.course(), device.at_work()) == ("shadow", "Release")
    device.sync.trial.step()
    assert device.course() == "watch"
    device.look(7, 1)
    device.sync.trial.step()
    assert device.at_work() == "Base"


def test_after_a_thousand_judged_pictures_it_has_shown_itself(
    device: FieldDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("store.sync.releases.trial.ENOUGH_JUDGED", 12)
    base = device.works_with("Base")
    at_work(device)
    device.look(12, 0)
    device.sync.trial.step()
    assert (device.course(), device.at_work()) == ("over", "Release")
    assert device.registry.find(base.id).state == "retired"
    assert told(device)["active"].figures["both"] == 12


def test_without_a_model_at_work_it_is_put_to_work_at_once(device: FieldDevice) -> None:
    version = arrived(device)
    device.page_tries(version.id)
    device.sync.trial.step()
    device.sync.trial.step()
    assert (device.course(), device.at_work()) == ("over", "Release")
