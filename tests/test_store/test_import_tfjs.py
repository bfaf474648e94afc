"""TF.js folders and Teachable Machine exports, made small with all their real names and shapes."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from made_keras import LayersModel, flat_weights, write_teachable_machine, write_tfjs
from made_networks import MadeNetwork, made_network
from numpy.typing import NDArray

from store.models.errors import ModelError
from store.models.importing import import_file
from store.models.parsed import ParsedModel

OUTPUTS = 6


@pytest.fixture(scope="module")
def made() -> MadeNetwork:
    return made_network("mobilenet_v2", 0.35, OUTPUTS)


@pytest.fixture(scope="module")
def teachable() -> MadeNetwork:
    return made_network("mobilenet_v2", 0.35, 3, hidden=100)


def assert_same_network(parsed: ParsedModel, made: MadeNetwork, tolerance: float = 2e-6) -> None:
    expected = made.folded()
    assert list(parsed.arrays) == list(expected)
    for key, array in expected.items():
        size = float(np.abs(array).max())
        np.testing.assert_allclose(parsed.arrays[key], array, rtol=0, atol=tolerance * size, err_msg=key)


@pytest.mark.parametrize(("family", "alpha"), [("mobilenet_v2", 0.35), ("mobilenet_v1", 0.25)])
def test_a_layers_model(tmp_path: Path, family: str, alpha: float) -> None:
    made = made_network(family, alpha, OUTPUTS)
    write_tfjs(tmp_path, LayersModel(made).classifier(), flat_weights(made), shards=3)
    parsed = import_file(tmp_path)
    assert (parsed.architecture, parsed.alpha) == (family, alpha)
    assert_same_network(parsed, made)
    [(kernel, bias)] = parsed.head_layers
    np.testing.assert_array_equal(kernel, made.head[0][0])
    np.testing.assert_array_equal(bias, made.head[0][1])
    assert len(parsed.labels) == OUTPUTS


def test_the_form_that_the_python_converter_writes(tmp_path: Path, made: MadeNetwork) -> None:
    """The configuration stands under "model_config", weights have the names of the models around them."""
    topology = {"keras_version": "2.15.0", "model_config": LayersModel(made).classifier()}
    weights = {f"mobilenetv2_0.35_224/{key}": array for key, array in flat_weights(made).items()}
    write_tfjs(tmp_path, topology, weights)
    assert_same_network(import_file(tmp_path / "model.json"), made)


@pytest.mark.parametrize(("quantised", "tolerance"), [("float16", 3e-3), ("uint16", 3e-3), ("uint8", 0.2)])
def test_quantised_weights(tmp_path: Path, made: MadeNetwork, quantised: str, tolerance: float) -> None:
    write_tfjs(tmp_path, LayersModel(made).classifier(), flat_weights(made), quantised)
    assert_same_network(import_file(tmp_path), made, tolerance)


def test_a_teachable_machine_project(tmp_path: Path, teachable: MadeNetwork) -> None:
    names = ["Kiebitz", "현미밥", "nothing"]
    write_teachable_machine(tmp_path / "project", teachable, names)
    parsed = import_file(tmp_path / "project")
    assert_same_network(parsed, teachable)
    (hidden, hidden_bias), (last, last_bias) = parsed.head_layers
    np.testing.assert_array_equal(hidden, teachable.head[0][0])
    np.testing.assert_array_equal(hidden_bias, teachable.head[0][1])
    np.testing.assert_array_equal(last, teachable.head[1][0])
    np.testing.assert_array_equal(last_bias, np.zeros(3, np.float32))
    assert [label.name for label in parsed.labels] == names
    pre = parsed.preprocessing
    assert (pre.offset, pre.scale, pre.crop_fraction) == (127, 127, 1.0)
    assert parsed.source == "Teachable Machine"


@pytest.mark.parametrize("folder", ["", "my_model/"])
def test_a_teachable_machine_archive(tmp_path: Path, teachable: MadeNetwork, folder: str) -> None:
    write_teachable_machine(tmp_path / "project", teachable, ["a", "b", "c"])
    archive = tmp_path / "tm-my-image-model.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for file in (tmp_path / "project").iterdir():
            packed.write(file, f"{folder}{file.name}")
    parsed = import_file(archive)
    assert_same_network(parsed, teachable)
    assert parsed.name == "tm-my-image-model"
    assert [label.name for label in parsed.labels] == ["a", "b", "c"]


def test_a_teachable_machine_project_of_another_kind(tmp_path: Path, teachable: MadeNetwork) -> None:
    write_teachable_machine(tmp_path, teachable, ["a", "b", "c"])
    metadata = json.loads((tmp_path / "metadata.json").read_text())
    (tmp_path / "metadata.json").write_text(json.dumps(metadata | {"packageName": "@teachablemachine/pose"}))
    with pytest.raises(ModelError, match=r"a Teachable Machine project of another kind \(pose\)"):
        import_file(tmp_path)


Change = Callable[[dict[str, Any]], None]


def layer(topology: dict[str, Any], name: str) -> dict[str, Any]:
    found: dict[str, Any] = next(each for each in topology["config"]["layers"] if each["name"] == name)
    return found


def set_config(name: str, key: str, value: object) -> Change:
    return lambda topology: layer(topology, name)["config"].update({key: value})


def set_kind(name: str, kind: str) -> Change:
    return lambda topology: layer(topology, name).update({"class_name": kind})


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (set_config("block_4_expand_relu", "max_value", None), "has the activation relu, not relu6"),
        (set_config("Conv1_pad", "padding", [[1, 1], [1, 1]]), "pads its picture in another way"),
        (set_config("block_5_expand_BN", "epsilon", -10.0), "not finite numbers"),
        (set_config("block_14_depthwise", "strides", [2, 2]), "stride 2"),
        (set_config("predictions", "activation", "sigmoid"), "the activation “sigmoid”"),
        (set_config("input_1", "batch_input_shape", [None, 96, 96, 3]), "96 by 96 pixels"),
        (set_config("input_1", "batch_input_shape", [None, 224, 224, 1]), "not a colour picture"),
        (set_kind("block_4_add", "Multiply"), "a layer of the kind Multiply"),
        (set_kind("global_average_pooling2d", "Flatten"), "no mean of a last feature map|does not stand on"),
        (set_config("block_3_expand", "groups", 8), "is grouped"),
    ],
)
def test_a_network_that_differs_is_refused(
    tmp_path: Path, made: MadeNetwork, change: Change, reason: str
) -> None:
    topology = json.loads(json.dumps(LayersModel(made).classifier()))
    change(topology)
    write_tfjs(tmp_path / "other", topology, flat_weights(made))
    with pytest.raises(ModelError, match=reason) as caught:
        import_file(tmp_path / "other")
    assert caught.value.sentence.startswith("Whimbrel cannot run the network in “other”: ")


def described(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "model.json").read_text())
    return found


@pytest.mark.parametrize("path", ["../secret.bin", "/etc/passwd", "a/../../secret.bin", "C:/x", "..\\x", ""])
def test_nothing_outside_the_folder_is_read(tmp_path: Path, made: MadeNetwork, path: str) -> None:
    folder = tmp_path / "model"
    write_tfjs(folder, LayersModel(made).classifier(), flat_weights(made))
    (folder / "group1-shard1of1.bin").rename(tmp_path / "secret.bin")
    model = described(folder)
    model["weightsManifest"][0]["paths"] = [path]
    (folder / "model.json").write_text(json.dumps(model))
    with pytest.raises(ModelError, match="it names a file outside its own folder"):
        import_file(folder)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path: Path, made: MadeNetwork) -> None:
    folder = tmp_path / "model"
    write_tfjs(folder, LayersModel(made).classifier(), flat_weights(made))
    shard = folder / "group1-shard1of1.bin"
    shard.rename(tmp_path / "elsewhere.bin")
    shard.symlink_to(tmp_path / "elsewhere.bin")
    with pytest.raises(ModelError, match=r"the file “group1-shard1of1\.bin” is missing"):
        import_file(folder)


def test_missing_short_and_broken_parts(tmp_path: Path, made: MadeNetwork) -> None:
    folder = tmp_path / "model"
    weights: dict[str, NDArray[np.generic]] = flat_weights(made)
    write_tfjs(folder, LayersModel(made).classifier(), weights, shards=2)
    second = folder / "group1-shard2of2.bin"
    second.write_bytes(second.read_bytes()[:-4])
    with pytest.raises(ModelError, match=r"its weights are shorter than its model\.json says"):
        import_file(folder)
    second.unlink()
    with pytest.raises(ModelError, match=r"the file “group1-shard2of2\.bin” is missing"):
        import_file(folder)
    del weights["block_9_project/kernel"]
    write_tfjs(folder, LayersModel(made).classifier(), weights)
    with pytest.raises(ModelError, match="the weights “kernel” of its layer “block_9_project” are missing"):
        import_file(folder)
    for text in ("{", "[]", "{}", '{"modelTopology": 1, "weightsManifest": []}', "[" * 100_000):
        (folder / "model.json").write_text(text)
        with pytest.raises(ModelError, match="“model” is damaged or incomplete"):
            import_file(folder)


@pytest.mark.parametrize("text", ["[]", "{", "3"])
def test_metadata_that_is_none_is_damage(tmp_path: Path, teachable: MadeNetwork, text: str) -> None:
    write_teachable_machine(tmp_path / "project", teachable, ["a", "b", "c"])
    (tmp_path / "project" / "metadata.json").write_text(text)
    with pytest.raises(ModelError, match=r"“project” is damaged or incomplete: “metadata\.json” is not"):
        import_file(tmp_path / "project")


def test_an_archive_with_another_export_says_what_to_do(tmp_path: Path) -> None:
    archive = tmp_path / "converted_tflite.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr("model_unquant.tflite", b"TFL3")
        packed.writestr("labels.txt", "0 Daisy\n")
    with pytest.raises(ModelError, match=r"an archive with “model_unquant\.tflite” in it") as caught:
        import_file(archive)
    assert caught.value.advice == "Unpack it, then import “model_unquant.tflite”."
