from __future__ import annotations

import base64
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from small_model import small_model

from store.events import ModelVersion
from store.models import set_folder
from store.models.adding import add_sets
from store.models.backbone_set import load_backbone
from store.models.errors import ModelError
from store.models.head_set import load_head
from store.models.labels import Label
from store.models.network import forward
from store.models.parsed import ParsedModel
from store.models.preprocessing import reference_pattern, to_input
from store.models.set_files import KNOWN, backbone_identity, head_identity
from store.models.set_folder import identity_hash, problems
from store.models.version_names import slug


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "one.png"
    Image.linear_gradient("L").save(path)
    return path


@pytest.fixture
def add(models: Path, picture: Path) -> Any:
    def add(parsed: ParsedModel) -> ModelVersion:
        return add_sets(models, parsed, [picture], lambda _sentence, _done: None, 1)

    return add


def folders(models: Path) -> list[str]:
    return sorted(path.name for path in models.iterdir())


def wrong(models: Path, version: ModelVersion) -> list[str]:
    backbone = problems(
        models / version.backbone_id, "backbone.json", lambda d: identity_hash(backbone_identity(d))
    )
    head = problems(models / version.head_id, "head.json", lambda d: identity_hash(head_identity(d)))
    return [*backbone, *head]


def test_a_model_becomes_two_sets_with_all_their_files(models: Path, add: Any) -> None:
    version = add(small_model())
    assert folders(models) == sorted([version.backbone_id, version.head_id])
    files = {file.name for folder in models.iterdir() for file in folder.iterdir()}
    assert files == set(KNOWN)
    assert wrong(models, version) == []


def test_what_is_read_back_is_what_was_given(models: Path, add: Any) -> None:
    parsed = small_model(temperature=1.5)
    version = add(parsed)
    backbone, head = load_backbone(models, version.backbone_id), load_head(models, version.head_id)
    assert (backbone.network, backbone.preprocessing) == (parsed.network, parsed.preprocessing)
    assert set(backbone.arrays) == set(parsed.arrays)
    for key, array in parsed.arrays.items():
        np.testing.assert_array_equal(backbone.arrays[key], array)
    assert (head.space_id, head.temperature, head.labels) == (version.space_id, 1.5, tuple(parsed.labels))
    [(kernel, bias)] = head.layers
    np.testing.assert_array_equal(kernel, parsed.head_layers[0][0])
    np.testing.assert_array_equal(bias, parsed.head_layers[0][1])


def test_the_descriptions_say_what_the_page_needs(models: Path, add: Any) -> None:
    version = add(small_model())
    backbone = json.loads((models / version.backbone_id / "backbone.json").read_text())
    assert (backbone["architecture"], backbone["alpha"], backbone["embeddingSize"]) == (
        "mobilenet_v1",
        0.125,
        128,
    )
    assert backbone["preprocessing"] == {
        "size": 224,
        "cropFraction": 0.875,
        "resize": "triangle",
        "offset": 127.5,
        "scale": 127.5,
    }
    for variant, facts in backbone["variants"].items():
        assert facts["bytes"] == (models / version.backbone_id / f"{variant}.bin").stat().st_size
    sizes = [backbone["variants"][variant]["bytes"] for variant in ("float32", "float16", "uint8")]
    assert sizes == sorted(sizes, reverse=True)
    assert backbone["variants"]["float32"]["agreement"] is None
    assert backbone["variants"]["uint8"]["agreement"]["on"] == "given pictures"
    assert version.metrics == {"variants": backbone["variants"]}
    head = json.loads((models / version.head_id / "head.json").read_text())
    assert head["labels"][0] == {"name": "wolf", "synonyms": ["Canis lupus"]}
    assert (head["layers"], head["temperature"], head["spaceId"]) == (1, 1.0, backbone["spaceId"])


def test_the_reference_is_the_networks_answer_to_the_pattern(models: Path, add: Any) -> None:
    parsed = small_model()
    version = add(parsed)
    reference = json.loads((models / version.backbone_id / "reference.json").read_text())
    assert reference["pattern"] == 1
    batch = to_input(reference_pattern()[np.newaxis], parsed.preprocessing)
    wanted = forward(parsed.network, parsed.arrays, batch)[1][0]
    found = np.frombuffer(base64.b64decode(reference["embedding"]["float32"]), "<f4")
    np.testing.assert_array_equal(found, wanted)
    smaller = np.frombuffer(base64.b64decode(reference["embedding"]["uint8"]), "<f4")
    assert 0 < np.abs(smaller - wanted).max() < 0.2 * np.abs(wanted).max()


def test_the_same_weights_are_the_same_backbone_whatever_their_name(models: Path, add: Any) -> None:
    first = add(small_model())
    second = add(small_model(name="Another name", source="elsewhere", licence="GPL", made="fetched"))
    assert (first.backbone_id, first.head_id) == (second.backbone_id, second.head_id)
    assert len(folders(models)) == 2


def test_whatever_changes_an_answer_changes_the_id(models: Path, add: Any) -> None:
    base = small_model()
    plain = add(base)
    other_preprocessing = add(replace(base, preprocessing=replace(base.preprocessing, offset=127.0)))
    other_weights = add(small_model(seed=1, head_layers=base.head_layers))
    for changed in (other_preprocessing, other_weights):
        assert changed.backbone_id != plain.backbone_id
        assert changed.space_id != plain.space_id
        assert changed.head_id != plain.head_id
    heads = {
        plain.head_id,
        add(replace(base, temperature=2.0)).head_id,
        add(replace(base, labels=[Label("wolf"), Label("fox"), Label("hound")])).head_id,
        add(replace(base, head_layers=[(base.head_layers[0][0] * 2, base.head_layers[0][1])])).head_id,
    }
    assert len(heads) == 4


def test_ids_are_no_hash_of_the_container(models: Path, add: Any) -> None:
    version = add(small_model())
    backbone = json.loads((models / version.backbone_id / "backbone.json").read_text())
    measured = backbone | {"variants": {}, "name": "x", "files": {}}
    assert identity_hash(backbone_identity(measured)) == version.backbone_id
    assert identity_hash(backbone_identity(measured | {"arrays": "0" * 64})) != version.backbone_id


@pytest.mark.parametrize("name", sorted(KNOWN))
def test_a_changed_or_missing_file_is_found_and_adding_again_repairs_it(
    models: Path, add: Any, name: str
) -> None:
    version = add(small_model())
    file = next(folder / name for folder in models.iterdir() if (folder / name).exists())
    good = file.read_bytes()
    file.write_bytes(
        good[:-1] + bytes([good[-1] ^ 1]) if name.endswith(("bin", "safetensors")) else good[:-9]
    )
    assert len(wrong(models, version)) == 1
    file.unlink()
    [sentence] = wrong(models, version)
    assert sentence == f"{file} is missing."
    assert add(small_model()) == version
    assert wrong(models, version) == []
    assert file.read_bytes() == good
    assert len(folders(models)) == 2


def test_a_description_of_another_set_is_found(models: Path, add: Any) -> None:
    version = add(small_model())
    file = models / version.head_id / "head.json"
    file.write_text(file.read_text().replace('"fox"', '"vixen"'))
    [sentence] = wrong(models, version)
    assert "another hash" in sentence


def test_a_sound_set_is_not_written_again(models: Path, add: Any) -> None:
    version = add(small_model())
    before = {file: file.stat().st_mtime_ns for folder in models.iterdir() for file in folder.iterdir()}
    assert add(small_model()) == version
    after = {file: file.stat().st_mtime_ns for folder in models.iterdir() for file in folder.iterdir()}
    assert after == before


def test_what_stops_the_work_leaves_nothing_behind(models: Path, picture: Path) -> None:
    class StopError(Exception):
        pass

    def stop_at(point: float) -> Any:
        def progress(_sentence: str, done: float) -> None:
            if done >= point:
                raise StopError

        return progress

    for point in (0.0, 0.3, 0.85):
        with pytest.raises(StopError):
            add_sets(models, small_model(), [picture], stop_at(point), 1)
        assert not models.exists() or folders(models) == []


def test_a_disk_that_fails_leaves_nothing_and_gets_a_sentence(
    models: Path, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced = os.fsync
    calls = 0

    def full(handle: int) -> None:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise OSError(28, "No space left on device")
        synced(handle)

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(ModelError, match="No space left") as caught:
        add(small_model())
    assert "space" in caught.value.advice
    assert folders(models) == []
    assert wrong(models, add(small_model())) == []


def test_what_a_crash_left_goes_with_the_next_model(models: Path, add: Any) -> None:
    crashed = models / ".partial-abc"
    crashed.mkdir(parents=True)
    (crashed / "float32.bin").write_bytes(b"half")
    add(small_model())
    assert not crashed.exists()


def test_every_file_and_folder_is_on_the_disk_before_the_set_has_its_name(
    models: Path, add: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[str] = []
    synced, renamed = set_folder._sync, Path.rename

    def sync(path: Path) -> None:
        events.append("folder" if path.is_dir() else "file")
        synced(path)

    def rename(path: Path, target: Path) -> Path:
        events.append("rename")
        return renamed(path, target)

    monkeypatch.setattr(set_folder, "_sync", sync)
    monkeypatch.setattr(Path, "rename", rename)
    add(small_model())
    backbone, head = ["file"] * 9, ["file"] * 2
    assert events == [*backbone, "folder", "rename", "folder", *head, "folder", "rename", "folder"]


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"labels": [Label("wolf"), Label("fox")]}, "3 outputs, but there are 2 labels"),
        ({"labels": [Label("wolf"), Label("fox"), Label("wolf")]}, "“wolf” is there twice"),
        ({"labels": [Label("wolf"), Label("fox"), Label(" ")]}, "empty, too long or not writable"),
        ({"labels": [Label("wolf"), Label("fox"), Label("a\0b")]}, "empty, too long or not writable"),
        ({"labels": [Label("wolf"), Label("fox"), Label("d" * 257)]}, "empty, too long or not writable"),
        ({"temperature": 0.0}, "temperature"),
        ({"temperature": float("nan")}, "temperature"),
        ({"head_layers": []}, "no layer for its labels"),
        (
            {"head_layers": [(np.zeros((5, 3), np.float32), np.zeros(3, np.float32))]},
            "dense_0/kernel are 5 by 3, their network needs 128 by 3",
        ),
        (
            {"head_layers": [(np.zeros((128, 3), np.float32), np.zeros(4, np.float32))]},
            "dense_0/bias are 4, their network needs 3",
        ),
        ({"architecture": "vgg16"}, "vgg16"),
        ({"arrays": {}}, "lacks the weights stem/kernel, stem/bias, block_0_depthwise/kernel and 51 more"),
    ],
)
def test_a_model_that_does_not_fit_is_refused_with_a_sentence(
    models: Path, add: Any, changes: dict[str, Any], told: str
) -> None:
    with pytest.raises(ModelError) as caught:
        add(small_model(**changes))
    assert told in caught.value.sentence
    assert caught.value.advice
    assert not models.exists() or folders(models) == []


def test_a_head_of_two_layers_is_kept(models: Path, add: Any) -> None:
    layers = [
        (np.ones((128, 7), np.float32), np.zeros(7, np.float32)),
        (np.ones((7, 3), np.float32), np.zeros(3, np.float32)),
    ]
    head = load_head(models, add(small_model(head_layers=layers)).head_id)
    assert [kernel.shape for kernel, _ in head.layers] == [(128, 7), (7, 3)]


def test_sets_that_are_missing_or_damaged_are_not_read(models: Path, add: Any) -> None:
    version = add(small_model())
    with pytest.raises(ModelError):
        load_head(models, "0" * 64)
    with pytest.raises(ModelError):
        load_backbone(models, "0" * 64)
    (models / version.backbone_id / "weights.safetensors").write_bytes(b"\0" * 100)
    with pytest.raises(ModelError, match=r"weights\.safetensors"):
        load_backbone(models, version.backbone_id)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("EfficientNet-Lite0, ImageNet (starter)", "efficientnet-lite0-imagenet-starter"),
        ("Vögel von Öland", "vogel-von-oland"),
        ("鳥", "model"),
        ("a" * 60, "a" * 48),
    ],
)
def test_ids_begin_with_readable_words(name: str, wanted: str) -> None:
    assert slug(name) == wanted
