"""Exported folders: complete, loaded by TF.js itself, imported again as the same model."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import msgspec
import numpy as np
import pytest
from made_networks import MadeNetwork, made_network
from numpy.typing import NDArray
from PIL import Image
from running import ROOT

from store.events import ModelVersion
from store.models.adding import add_sets
from store.models.arrays import HeadInput
from store.models.errors import ModelError
from store.models.exporting import export
from store.models.importing import import_file
from store.models.labels import Label
from store.models.network import forward, head_forward
from store.models.parsed import ParsedModel
from store.models.preprocessing import Preprocessing, reference_pattern, to_input

LABELS = [Label("curlew", ("Numenius arquata",)), Label("whimbrel"), Label("Möwe")]
PREPROCESSING = Preprocessing(offset=127.0, scale=128.0, crop_fraction=0.9)
PAGE = ROOT / "webui" / "page"
RUN_IN_TFJS = """
import * as tf from '@tensorflow/tfjs-core';
import '@tensorflow/tfjs-backend-cpu';
import {loadGraphModel} from '@tensorflow/tfjs-converter';
import {readFileSync} from 'node:fs';
const folder = process.argv[1];
const described = JSON.parse(readFileSync(`${folder}/model.json`));
const weights = readFileSync(`${folder}/weights.bin`);
const model = await loadGraphModel(tf.io.fromMemory({
  modelTopology: described.modelTopology,
  signature: described.signature,
  format: described.format,
  weightSpecs: described.weightsManifest[0].weights,
  weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength),
}));
const input = readFileSync(`${folder}/../input.bin`);
const numbers = new Float32Array(input.buffer, input.byteOffset, input.length / 4);
const picture = tf.tensor(numbers, [1, 224, 224, 3]);
const outputs = Object.keys(described.signature.outputs);
const answers = model.predict(picture);
const named = Object.fromEntries(outputs.map((name, at) => [name, Array.from(answers[at].dataSync())]));
console.log(JSON.stringify({probabilities: named.probabilities, embedding: named.embedding}));
"""


def parsed_of(made: MadeNetwork, temperature: float = 1.0, takes: HeadInput = "raw") -> ParsedModel:
    return ParsedModel(
        name="Shore birds",
        architecture=made.table.id,
        alpha=made.table.alpha,
        preprocessing=PREPROCESSING,
        arrays=made.folded(),
        head_layers=made.head,
        labels=LABELS,
        made="trained",
        source="this machine",
        licence="CC0",
        temperature=temperature,
        head_input=takes,
    )


@pytest.fixture(scope="module", params=["raw", "unit"])
def parsed(request: pytest.FixtureRequest) -> ParsedModel:
    """Over a unit embedding the numbers are smaller, and so is the temperature."""
    temperature = 1.7 if request.param == "raw" else 0.2
    return parsed_of(made_network("mobilenet_v1", 0.25, 3, hidden=20), temperature, request.param)


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("models")


@pytest.fixture(scope="module")
def version(models: Path, parsed: ParsedModel) -> ModelVersion:
    """In the registry's folder; agreement is measured on one small picture, which takes a moment."""
    picture = models.parent / f"{models.name}.png"
    Image.new("RGB", (32, 32), (90, 120, 60)).save(picture)
    return add_sets(models, parsed, [picture], lambda sentence, done: None, 1_700_000_000_000)


def answer(parsed: ParsedModel, values: NDArray[np.float32]) -> NDArray[np.float32]:
    _, embedding = forward(parsed.network, parsed.arrays, values)
    return head_forward(parsed.head_layers, embedding, parsed.temperature, parsed.head_input)


@pytest.mark.parametrize("form", ["tfjs", "safetensors"])
def test_an_exported_model_is_imported_again_as_the_same(
    tmp_path: Path, models: Path, parsed: ParsedModel, version: ModelVersion, form: str
) -> None:
    files = export(models, version, tmp_path / "exported", form)
    weights = ["model.json", "weights.bin"] if form == "tfjs" else ["weights.safetensors"]
    assert {file.name for file in files} == {"labels.txt", "whimbrel.json", *weights}
    again = import_file(tmp_path / "exported")
    assert (again.name, again.source, again.licence) == ("Shore birds", "this machine", "CC0")
    assert (list(again.labels), again.head_input) == (LABELS, parsed.head_input)
    assert again.preprocessing == PREPROCESSING
    for key, array in parsed.arrays.items():
        np.testing.assert_array_equal(again.arrays[key], array, err_msg=key)
    values = to_input(reference_pattern(), PREPROCESSING)[np.newaxis]
    np.testing.assert_allclose(answer(again, values), answer(parsed, values), atol=1e-6)
    if form == "safetensors":
        assert again.temperature == parsed.temperature
        second = add_sets(models, again, [], lambda sentence, done: None, 1_700_000_000_000)
        assert (second.backbone_id, second.head_id) == (version.backbone_id, version.head_id)


def test_tfjs_itself_loads_the_folder_and_answers_the_same(
    tmp_path: Path, models: Path, parsed: ParsedModel, version: ModelVersion
) -> None:
    node = shutil.which("node")
    if node is None or not (PAGE / "node_modules" / "@tensorflow" / "tfjs-backend-cpu").is_dir():
        pytest.skip("TF.js is not installed: build the page first (python3 build_scripts/dev.py setup).")
    export(models, version, tmp_path / "exported", "tfjs")
    values = to_input(reference_pattern(), PREPROCESSING)[np.newaxis]
    (tmp_path / "input.bin").write_bytes(values.astype("<f4").tobytes())
    done = subprocess.run(
        [node, "--input-type=module", "-e", RUN_IN_TFJS, str(tmp_path / "exported")],
        cwd=PAGE,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    expected = answer(parsed, values)[0]
    assert expected.max() > 0.4
    np.testing.assert_allclose(found["probabilities"], expected, atol=1e-4)
    embedding = forward(parsed.network, parsed.arrays, values)[1][0]
    np.testing.assert_allclose(found["embedding"], embedding, atol=1e-3 * float(embedding.max()))


def test_labels_txt_may_be_replaced_at_import(tmp_path: Path, models: Path, version: ModelVersion) -> None:
    export(models, version, tmp_path / "exported", "safetensors")
    assert (tmp_path / "exported" / "labels.txt").read_text("utf-8") == "curlew\nwhimbrel\nMöwe\n"
    (tmp_path / "mine.txt").write_text("a\nb\nc\n")
    again = import_file(tmp_path / "exported", tmp_path / "mine.txt")
    assert [label.name for label in again.labels] == ["a", "b", "c"]


def test_a_folder_with_something_in_it_is_left_alone(
    tmp_path: Path, models: Path, version: ModelVersion
) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(ModelError, match="is there already and is not an empty folder"):
        export(models, version, tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    (tmp_path / "empty").mkdir()
    assert export(models, version, tmp_path / "empty")


def test_what_cannot_be_exported_leaves_nothing(tmp_path: Path, models: Path, version: ModelVersion) -> None:
    with pytest.raises(ModelError, match="does not export “onnx”"):
        export(models, version, tmp_path / "out", "onnx")
    with pytest.raises(ModelError, match="cannot be read"):
        export(models, replace_backbone(version), tmp_path / "out")
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="could not be written"):
        export(models, version, tmp_path / "file" / "below")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def replace_backbone(version: ModelVersion) -> ModelVersion:
    return msgspec.structs.replace(version, backbone_id="0" * 64)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("labels", [{"name": "only one", "synonyms": []}]),
        ("preprocessing", {"size": 224, "cropFraction": 0, "resize": "triangle", "offset": 0, "scale": 1}),
        ("preprocessing", {"size": 10**9, "cropFraction": 1, "resize": "triangle", "offset": 0, "scale": 1}),
        ("preprocessing", {}),
        ("temperature", "warm"),
        ("input", "logarithm"),
        ("name", None),
    ],
)
def test_a_description_that_was_changed_is_not_believed(
    tmp_path: Path, models: Path, version: ModelVersion, key: str, value: object
) -> None:
    export(models, version, tmp_path / "exported", "safetensors")
    path = tmp_path / "exported" / "whimbrel.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {key: value}))
    with pytest.raises(ModelError, match="“exported” is damaged or incomplete"):
        import_file(tmp_path / "exported")


def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, models: Path, parsed: ParsedModel, version: ModelVersion
) -> None:
    export(models, version, tmp_path / "exported", "safetensors")
    weights = tmp_path / "exported" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="breaks off or is not safetensors"):
        import_file(tmp_path / "exported")
    described = json.loads((tmp_path / "exported" / "whimbrel.json").read_text("utf-8"))
    (tmp_path / "exported" / "whimbrel.json").write_text(json.dumps(described | {"alpha": 0.5}))
    with pytest.raises(ModelError):
        import_file(tmp_path / "exported")
