"""Exported folders: complete, loaded by TF.js itself, imported again as the same model."""

from __future__ import annotations

import json
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Literal, get_args

import msgspec
import numpy as np
import pytest
from handing_on import exported
from made_networks import MadeNetwork, made_network
from numpy.typing import NDArray
from PIL import Image
from running import ROOT

from store.events import ModelVersion, Variant
from store.models import exporting
from store.models.adding import add_sets
from store.models.arrays import HeadInput
from store.models.backbone_set import BackboneSet
from store.models.errors import ModelError
from store.models.export_forms import ExportOptions, Form
from store.models.head_set import HeadSet
from store.models.importing import import_file
from store.models.labels import Label
from store.models.network import forward, head_forward
from store.models.parsed import ParsedModel
from store.models.preprocessing import Preprocessing, reference_pattern, to_input
from store.models.tfjs_export import write_graph
from store.models.topology import graph_model

LABELS = [Label("curlew", ("Numenius arquata",)), Label("whimbrel"), Label("Möwe")]
PREPROCESSING = Preprocessing(offset=127.0, scale=128.0, crop_fraction=0.9)
PAGE = ROOT / "webui" / "page"
SCRIPT = Path(__file__).with_name("run_exported.mjs")


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


FILES = {
    "tfjs": {"model.json", "weights.bin"},
    "safetensors": {"weights.safetensors"},
    "teachable-machine": {"model.json", "weights.bin", "metadata.json"},
}


@pytest.mark.parametrize("form", get_args(Literal["tfjs", "safetensors", "teachable-machine"]))
def test_an_exported_model_is_imported_again_as_the_same(
    tmp_path: Path, models: Path, parsed: ParsedModel, version: ModelVersion, form: Form
) -> None:
    found = exported(models, version, tmp_path / "exported", form)
    names = {file.name for file in found.files}
    assert names == {"labels.txt", "whimbrel.json", "MODEL_CARD.md"} | FILES[form]
    assert (found.fidelity.same, found.fidelity.n) == (2, 2)
    assert found.fidelity.difference < 1e-5
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


@pytest.mark.parametrize("form", ["tfjs", "teachable-machine"])
def test_tfjs_itself_loads_the_folder_and_answers_the_same(
    tmp_path: Path, models: Path, parsed: ParsedModel, version: ModelVersion, form: Form
) -> None:
    node = shutil.which("node")
    if node is None or not (PAGE / "node_modules" / "@tensorflow" / "tfjs-layers").is_dir():
        pytest.skip("TF.js is not installed: build the page first (python3 build_scripts/dev.py setup).")
    exported(models, version, tmp_path / "exported", form)
    offset, scale = (127.0, 127.0) if form == "teachable-machine" else (127.0, 128.0)
    pixels = reference_pattern().astype("<f4")
    (tmp_path / "input.bin").write_bytes(((pixels - offset) / scale).astype("<f4").tobytes())
    done = subprocess.run(
        [node, str(SCRIPT), str(PAGE), str(tmp_path / "exported"), str(tmp_path / "input.bin")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    values = to_input(reference_pattern(), PREPROCESSING)[np.newaxis]
    expected = answer(parsed, values)[0]
    assert expected.max() > 0.4
    np.testing.assert_allclose(found["probabilities"], expected, atol=1e-4)
    if form == "tfjs":
        embedding = forward(parsed.network, parsed.arrays, values)[1][0]
        np.testing.assert_allclose(found["embedding"], embedding, atol=1e-3 * float(embedding.max()))


def test_a_teachable_machine_project_tells_its_library_what_it_asks(
    tmp_path: Path, models: Path, version: ModelVersion
) -> None:
    exported(models, version, tmp_path / "exported", "teachable-machine")
    told = json.loads((tmp_path / "exported" / "metadata.json").read_text("utf-8"))
    assert (told["labels"], told["imageSize"]) == (["curlew", "whimbrel", "Möwe"], 224)
    assert (told["modelName"], told["packageName"]) == ("Shore birds", "@teachablemachine/image")
    assert told["tfjsVersion"] == "1.3.1"


def test_its_pixels_are_turned_into_the_networks(
    tmp_path: Path, models: Path, parsed: ParsedModel, version: ModelVersion
) -> None:
    """Read as anybody's project, without what Whimbrel wrote beside it."""
    if parsed.head_input == "unit":
        pytest.skip("Only Whimbrel knows how to read a norm back.")
    exported(models, version, tmp_path / "exported", "teachable-machine")
    (tmp_path / "exported" / "whimbrel.json").unlink()
    found = import_file(tmp_path / "exported").preprocessing
    assert (found.offset, found.scale, found.crop_fraction) == (127.0, 128.0, 1.0)


def test_a_smaller_export_is_smaller_and_says_how_true_it_is(
    tmp_path: Path, models: Path, version: ModelVersion
) -> None:
    whole = exported(models, version, tmp_path / "whole", "tfjs")
    half = exported(models, version, tmp_path / "half", ExportOptions("tfjs", "float16"))
    eighth = exported(models, version, tmp_path / "eighth", ExportOptions("tfjs", "uint8", 0.5))
    assert half.size.plain < 0.55 * whole.size.plain
    assert eighth.size.plain < 0.32 * whole.size.plain
    assert eighth.size.gzipped < 0.8 * eighth.size.plain
    assert whole.fidelity.difference < half.fidelity.difference < 0.01
    card = (tmp_path / "eighth" / "MODEL_CARD.md").read_text("utf-8")
    assert "Weights: uint8" in card
    assert "Pruned: 50 %" in card
    again = import_file(tmp_path / "eighth")
    kernel = again.arrays["block_5_pointwise/kernel"]
    assert np.count_nonzero(kernel == 0) >= 0.5 * kernel.size


def test_another_answer_than_the_versions_leaves_nothing(
    tmp_path: Path, models: Path, version: ModelVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wrong(target: Path, backbone: BackboneSet, head: HeadSet, variant: Variant) -> None:
        write_graph(target, backbone, replace(head, temperature=1.02 * head.temperature), variant)

    monkeypatch.setattr(exporting, "write_graph", wrong)
    with pytest.raises(ModelError, match="gives other answers than the version"):
        exported(models, version, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_a_version_in_fewer_bits_is_exported_as_it_answers(
    tmp_path: Path, models: Path, parsed: ParsedModel, version: ModelVersion
) -> None:
    smaller = msgspec.structs.replace(version, variant="uint8")
    exported(models, smaller, tmp_path / "out", "safetensors")
    wanted = graph_model(parsed.network, parsed.arrays, "uint8").arrays
    for key, array in import_file(tmp_path / "out").arrays.items():
        np.testing.assert_array_equal(array, wanted[key], err_msg=key)


def test_who_gives_up_finds_nothing(tmp_path: Path, models: Path, version: ModelVersion) -> None:
    class GivenUpError(Exception):
        pass

    def tell(sentence: str, done: float) -> None:
        if done > 0.5:
            raise GivenUpError

    with pytest.raises(GivenUpError):
        exported(models, version, tmp_path / "out", progress=tell)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (ExportOptions("keras", "uint8"), "keeps 32-bit weights"),
        (ExportOptions("teachable-machine", "float16"), "keeps 32-bit weights"),
        (ExportOptions("tflite-int8", "uint8"), "has 8-bit weights already"),
    ],
)
def test_what_does_not_go_together_is_said(
    tmp_path: Path, models: Path, version: ModelVersion, options: ExportOptions, says: str
) -> None:
    with pytest.raises(ModelError, match=says):
        exported(models, version, tmp_path / "out", options)


def test_labels_txt_may_be_replaced_at_import(tmp_path: Path, models: Path, version: ModelVersion) -> None:
    exported(models, version, tmp_path / "exported", "safetensors")
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
        exported(models, version, tmp_path / "mine")
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]
    (tmp_path / "empty").mkdir()
    assert exported(models, version, tmp_path / "empty")


def test_what_cannot_be_exported_leaves_nothing(tmp_path: Path, models: Path, version: ModelVersion) -> None:
    with pytest.raises(ModelError, match="does not export “onnx”"):
        exported(models, version, tmp_path / "out", ExportOptions("onnx"))  # type: ignore[arg-type]
    with pytest.raises(ModelError, match="cannot be read"):
        exported(models, replace_backbone(version), tmp_path / "out")
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelError, match="could not be written"):
        exported(models, version, tmp_path / "file" / "below")
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
    exported(models, version, tmp_path / "exported", "safetensors")
    path = tmp_path / "exported" / "whimbrel.json"
    path.write_text(json.dumps(json.loads(path.read_text("utf-8")) | {key: value}))
    with pytest.raises(ModelError, match="“exported” is damaged or incomplete"):
        import_file(tmp_path / "exported")


def test_arrays_that_do_not_fit_are_refused(
    tmp_path: Path, models: Path, parsed: ParsedModel, version: ModelVersion
) -> None:
    exported(models, version, tmp_path / "exported", "safetensors")
    weights = tmp_path / "exported" / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(ModelError, match="breaks off or is not safetensors"):
        import_file(tmp_path / "exported")
    described = json.loads((tmp_path / "exported" / "whimbrel.json").read_text("utf-8"))
    (tmp_path / "exported" / "whimbrel.json").write_text(json.dumps(described | {"alpha": 0.5}))
    with pytest.raises(ModelError):
        import_file(tmp_path / "exported")
