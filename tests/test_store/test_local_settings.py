"""Settings by a white list; model versions with one active at most."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from local_records import HandClock
from peewee import IntegrityError

from store.events import ModelVersion
from store.local.errors import SettingError
from store.local.opening import LocalStore, open_store
from store.local.setting_names import SETTINGS, defaults

CLOCK = HandClock()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[LocalStore]:
    opened = open_store(tmp_path / "data", CLOCK)
    yield opened
    opened.close()


def test_what_was_never_set_is_at_its_default(store: LocalStore) -> None:
    assert store.settings.all() == {
        "firstRunDone": False,
        "keepEmbeddings": True,
        "keepThumbnails": True,
        "keepCrops": False,
        "theme": "system",
        "backend": "auto",
        "backendFigures": None,
        "rejectBelow": 0.5,
        "trialVersion": None,
        "trialShare": 0.5,
        "costlyConnection": False,
        "shadowShare": 0.1,
        "takeReleases": True,
        "releaseShadowPictures": 50,
        "keepAnswersDays": None,
        "keepAnswersMegabytes": None,
        "keepEmbeddingsDays": 730,
        "keepEmbeddingsMegabytes": 2048,
        "keepThumbnailsDays": None,
        "keepThumbnailsMegabytes": 2048,
        "keepCropsDays": None,
        "keepCropsMegabytes": 2048,
        "keepEventsDays": 365,
        "keepWaitingDays": 90,
        "retrainByItself": True,
        "retrainUse": False,
        "retrainAccuracyDrop": 10.0,
        "retrainDistribution": 0.2,
        "retrainDataPoints": 1000,
        "retrainDays": 7.0,
        "retrainIdleMinutes": 10,
        "retrainBatteryPercent": 50,
        "auditShare": 0.02,
    }


def test_every_default_may_be_set(store: LocalStore) -> None:
    store.settings.put_all(defaults()).result(60)
    assert store.settings.all() == defaults()
    assert all(setting.help and setting.allowed for setting in SETTINGS)


def test_a_setting_is_there_after_a_restart(tmp_path: Path) -> None:
    figures = {"wasm": {"medianMs": 33.5, "correct": True}, "webgl": None, "text": "äöü"}
    first = open_store(tmp_path, CLOCK)
    first.settings.put("theme", "dark").result(60)
    first.settings.put("theme", "sun").result(60)
    first.settings.put("backendFigures", figures).result(60)
    first.close()
    second = open_store(tmp_path, CLOCK)
    assert second.settings.all() == defaults() | {"theme": "sun", "backendFigures": figures}
    second.close()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("theme", "pink"), ("theme", None), ("keepCrops", 1), ("keepCrops", "true"), ("keepThumbnails", None),
        ("backend", "gpu"), ("backendFigures", []), ("backendFigures", {"a": float("nan")}),
        ("backendFigures", {"a": float("inf")}), ("backendFigures", {"a": "\0"}),
        ("backendFigures", {"a": "\ud800"}), ("backendFigures", {"a": "x" * 70_000}),
        ("backendFigures", {"a": {1, 2}}), ("password", "x"), ("", True),
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_what_it_may_be(store: LocalStore, name: str, value: object) -> None:
    with pytest.raises(SettingError) as caught:
        store.settings.put(name, value)
    assert caught.value.advice
    assert store.settings.all() == defaults()


def test_of_several_settings_all_are_put_or_none(store: LocalStore) -> None:
    with pytest.raises(SettingError):
        store.settings.put_all({"theme": "dark", "backend": "steam"})
    assert store.settings.all() == defaults()


def test_a_row_of_a_setting_that_is_no_more_is_passed_over(store: LocalStore) -> None:
    store.database.submit(lambda db: db.execute_sql("INSERT INTO setting VALUES ('old', '1')")).result(60)
    assert store.settings.all() == defaults()


def version(version_id: str, created_at: int, **changes: object) -> ModelVersion:
    made = ModelVersion(
        id=version_id,
        name=version_id.title(),
        architecture="mobilenet_v2",
        alpha=0.35,
        backbone_id="a" * 64,
        head_id="b" * 64,
        space_id="c" * 64,
        variant="float32",
        state="candidate",
        made="imported",
        source="file.tflite",
        licence="Apache-2.0",
        label_count=965,
        created_at=created_at,
        metrics={"agreement": {"float16": 1.0, "n": 125}, "note": None},
    )
    return msgspec.structs.replace(made, **changes)


def test_a_version_comes_back_as_it_went_in(store: LocalStore) -> None:
    first = version("first", 2, parent_id="zeroth")
    second = version("second", 1, alpha=None, metrics={})
    store.model_versions.insert(first)
    store.model_versions.insert(second)
    assert store.model_versions.all() == [second, first]
    assert store.model_versions.get("first") == first
    assert store.model_versions.get("third") is None
    assert store.model_versions.active() is None
    assert store.model_versions.previous() is None


def test_the_same_id_again_changes_nothing(store: LocalStore) -> None:
    store.model_versions.insert(version("first", 1))
    store.model_versions.insert(version("first", 9, name="Other"))
    assert store.model_versions.all() == [version("first", 1)]


def test_activating_retires_the_one_before(store: LocalStore) -> None:
    for name in ("a", "b"):
        store.model_versions.insert(version(name, 1))
    assert store.model_versions.activate("a").state == "active"
    activated = store.model_versions.activate("b")
    assert activated == version("b", 1, state="active") == store.model_versions.active()
    assert [(one.id, one.state) for one in store.model_versions.all()] == [("a", "retired"), ("b", "active")]


def test_the_one_before_is_known_across_restarts_and_repetition(tmp_path: Path) -> None:
    store = open_store(tmp_path, CLOCK)
    for name in ("a", "b", "c"):
        store.model_versions.insert(version(name, 1))
        store.model_versions.activate(name)
    store.model_versions.activate("a")
    store.model_versions.activate("a")
    store.close()
    store = open_store(tmp_path, CLOCK)
    previous = store.model_versions.previous()
    assert previous is not None
    assert previous.id == "c"
    store.close()


def test_an_unknown_version_cannot_be_activated_and_the_old_one_stays(store: LocalStore) -> None:
    store.model_versions.insert(version("a", 1))
    store.model_versions.activate("a")
    with pytest.raises(KeyError):
        store.model_versions.activate("b")
    active = store.model_versions.active()
    assert active is not None
    assert active.id == "a"


def test_the_file_itself_holds_to_one_active_version(store: LocalStore) -> None:
    store.model_versions.insert(version("a", 1, state="active"))
    with pytest.raises(IntegrityError):
        store.model_versions.insert(version("b", 1, state="active"))


def test_settings_are_values_that_do_not_change() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        SETTINGS[0].name = "other"  # type: ignore[misc]
