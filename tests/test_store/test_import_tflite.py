"""TFLite files: made ones against the interpreter, the real ones of ../shared on photographs, broken ones."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Literal

import numpy as np
import pytest
from ai_edge_litert.interpreter import Interpreter
from made_networks import MadeNetwork, made_network
from made_tflite import OperationSpec, TensorSpec, network_specs, tflite_bytes
from numpy.typing import NDArray

from store.models.errors import ModelError
from store.models.importing import import_file
from store.models.network import forward, head_forward
from store.models.parsed import ParsedModel
from store.models.preprocessing import pixels_of_file, to_input

Array = NDArray[np.float32]
Stored = Literal["float32", "float16", "int8"]
OUTPUTS = 9


@pytest.fixture(scope="module")
def made() -> MadeNetwork:
    return made_network("mobilenet_v2", 0.35, OUTPUTS)


def interpreter_of(file: Path) -> Callable[[NDArray[np.generic]], Array]:
    """The file itself, run by LiteRT: probabilities [outputs] of one input [1, 224, 224, 3]."""
    interpreter = Interpreter(str(file), num_threads=1)
    interpreter.allocate_tensors()
    source, answer = interpreter.get_input_details()[0], interpreter.get_output_details()[0]

    def run(values: NDArray[np.generic]) -> Array:
        interpreter.set_tensor(source["index"], values)
        interpreter.invoke()
        found: Array = interpreter.get_tensor(answer["index"])[0].astype(np.float32)
        scale = answer["quantization"][0]
        return (found * np.float32(scale or 1)).astype(np.float32)

    return run


def probabilities(parsed: ParsedModel, values: Array) -> Array:
    _, embedding = forward(parsed.network, parsed.arrays, values)
    answer: Array = head_forward(parsed.head_layers, embedding)[0]
    return answer


@pytest.mark.parametrize("stored", ["float32", "float16", "int8"])
def test_a_made_network_answers_as_the_interpreter_does(
    tmp_path: Path, made: MadeNetwork, stored: Stored
) -> None:
    file = tmp_path / "made.tflite"
    file.write_bytes(tflite_bytes(*network_specs(made, stored), "input", "output"))
    parsed = import_file(file)
    values = np.random.default_rng(1).uniform(-1, 1, (1, 224, 224, 3)).astype(np.float32)
    expected = interpreter_of(file)(values)
    assert (parsed.architecture, parsed.alpha) == ("mobilenet_v2", 0.35)
    assert expected.max() > 0.3
    np.testing.assert_allclose(probabilities(parsed, values), expected, atol=1e-5)
    assert [label.name for label in parsed.labels] == [f"label {index}" for index in range(OUTPUTS)]


def test_efficientnet_lite0_with_two_dense_layers(tmp_path: Path) -> None:
    made = made_network("efficientnet_lite0", None, 4, hidden=30)
    file = tmp_path / "made.tflite"
    file.write_bytes(tflite_bytes(*network_specs(made), "input", "output"))
    parsed = import_file(file)
    values = np.random.default_rng(2).uniform(-1, 1, (1, 224, 224, 3)).astype(np.float32)
    assert parsed.architecture == "efficientnet_lite0"
    assert parsed.alpha is None
    assert (parsed.preprocessing.offset, parsed.preprocessing.scale) == (127, 128)
    np.testing.assert_allclose(probabilities(parsed, values), interpreter_of(file)(values), atol=1e-5)


@pytest.mark.parametrize(("dtype", "zero", "offset"), [("uint8", 100, 100.0), ("int8", -28, 100.0)])
def test_how_pixels_enter_comes_from_the_quantised_input(
    tmp_path: Path, made: MadeNetwork, dtype: str, zero: int, offset: float
) -> None:
    tensors, operations = network_specs(made)
    pixels = TensorSpec("pixels", (1, 224, 224, 3), dtype, scale=np.array(1 / 64), zero=np.array(zero))
    begin = OperationSpec("DEQUANTIZE", ["pixels"], "input")
    file = tmp_path / "made.tflite"
    file.write_bytes(tflite_bytes([pixels, *tensors], [begin, *operations], "pixels", "output"))
    parsed = import_file(file)
    assert (parsed.preprocessing.offset, parsed.preprocessing.scale) == (offset, 64.0)
    picture = np.random.default_rng(3).integers(0, 256, (1, 224, 224, 3), np.uint8)
    stored = picture if dtype == "uint8" else (picture.astype(np.int16) - 128).astype(np.int8)
    values = to_input(picture, parsed.preprocessing)
    np.testing.assert_allclose(probabilities(parsed, values), interpreter_of(file)(stored), atol=1e-5)


@pytest.mark.parametrize(("factor", "offset", "scale"), [(2.0, 127.5, 127.5), (1 / 127.5, 127.5, 127.5)])
def test_a_network_that_rescales_by_itself(
    tmp_path: Path, made: MadeNetwork, factor: float, offset: float, scale: float
) -> None:
    """By 2 x - 1 it is one that takes 0..1, by x / 127.5 - 1 one that takes pixels."""
    tensors, operations = network_specs(made)
    more = [
        TensorSpec("raw", (1, 224, 224, 3)),
        TensorSpec("factor", (1,), data=np.array([factor], np.float32)),
        TensorSpec("one", (1,), data=np.array([-1], np.float32)),
        TensorSpec("scaled", (1, 224, 224, 3)),
    ]
    begin = [
        OperationSpec("MUL", ["raw", "factor"], "scaled"),
        OperationSpec("ADD", ["scaled", "one"], "input", {"FusedActivationFunction": 0}),
    ]
    file = tmp_path / "made.tflite"
    file.write_bytes(tflite_bytes([*more, *tensors], [*begin, *operations], "raw", "output"))
    found = import_file(file).preprocessing
    assert [found.offset, found.scale] == pytest.approx([offset, scale])


def changed(operations: list[OperationSpec], output: str, **options: float) -> list[OperationSpec]:
    return [
        replace(each, options={**each.options, **options}) if each.output == output else each
        for each in operations
    ]


@pytest.mark.parametrize(
    ("output", "options", "reason"),
    [
        ("block_3_depthwise", {"StrideW": 1, "StrideH": 1}, r"its layer 11 is a depthwise .* stride 1"),
        ("block_5_expand", {"FusedActivationFunction": 1}, "has the activation relu, not relu6"),
        ("block_2_project", {"FusedActivationFunction": 3}, "adds what these networks do not add"),
        (
            "block_2_project/sum",
            {"FusedActivationFunction": 1},
            "adds what these networks do not add|activation",
        ),
        ("block_1_depthwise", {"Padding": 1}, "pads its picture in another way"),
        ("block_1_depthwise", {"DilationWFactor": 2}, "uneven or dilated"),
        ("dense_0", {"FusedActivationFunction": 3}, "stands where these networks have none"),
    ],
)
def test_a_network_that_differs_anywhere_is_refused(
    tmp_path: Path, made: MadeNetwork, output: str, options: dict[str, float], reason: str
) -> None:
    tensors, operations = network_specs(made)
    file = tmp_path / "other.tflite"
    file.write_bytes(tflite_bytes(tensors, changed(operations, output, **options), "input", "output"))
    with pytest.raises(ModelError, match=reason) as caught:
        import_file(file)
    assert caught.value.sentence.startswith("Whimbrel cannot run the network in “other.tflite”: ")
    assert "MobileNet V2" in caught.value.advice


SKIP = "block_4_project/sum"


def reading(operations: list[OperationSpec], old: str, new: str) -> list[OperationSpec]:
    """The operations, those that read `old` reading `new`."""
    return [
        replace(each, inputs=[new if name == old else name for name in each.inputs]) for each in operations
    ]


def test_an_addition_that_nobody_reads_is_refused(tmp_path: Path, made: MadeNetwork) -> None:
    tensors, operations = network_specs(made)
    file = tmp_path / "other.tflite"
    changed_graph = reading(operations, SKIP, "block_4_project")
    file.write_bytes(tflite_bytes(tensors, changed_graph, "input", "output"))
    with pytest.raises(ModelError, match="is read from before its activation"):
        import_file(file)


def test_a_missing_addition_and_one_of_another_layer_are_refused(tmp_path: Path, made: MadeNetwork) -> None:
    tensors, operations = network_specs(made)
    file = tmp_path / "other.tflite"
    without = reading([each for each in operations if each.output != SKIP], SKIP, "block_4_project")
    file.write_bytes(tflite_bytes(tensors, without, "input", "output"))
    with pytest.raises(ModelError, match="its layer 15 adds no layer, not layer 12"):
        import_file(file)
    other = [
        replace(each, inputs=["block_5_project", "block_3_project"])
        if each.output == "block_5_project/sum"
        else each
        for each in operations
    ]
    file.write_bytes(tflite_bytes(tensors, other, "input", "output"))
    with pytest.raises(ModelError, match="its layer 18 adds layer 12, not layer 15"):
        import_file(file)


def test_other_operations_and_inputs_are_named(tmp_path: Path) -> None:
    shape = (1, 224, 224, 3)
    file = tmp_path / "other.tflite"
    tensors = [TensorSpec("input", shape), TensorSpec("output", shape)]
    file.write_bytes(tflite_bytes(tensors, [OperationSpec("TANH", ["input"], "output")], "input", "output"))
    with pytest.raises(ModelError, match="it uses the operation TANH"):
        import_file(file)
    sound = [TensorSpec("input", (1, 16_000)), TensorSpec("output", (1, 16_000))]
    file.write_bytes(tflite_bytes(sound, [OperationSpec("RELU", ["input"], "output")], "input", "output"))
    with pytest.raises(ModelError, match="its input is not a colour picture"):
        import_file(file)


def test_another_size_of_picture_is_named(tmp_path: Path, made: MadeNetwork) -> None:
    tensors, operations = network_specs(made)
    other = [replace(each, shape=(1, 160, 160, 3)) if each.name == "input" else each for each in tensors]
    file = tmp_path / "other.tflite"
    file.write_bytes(tflite_bytes(other, operations, "input", "output"))
    with pytest.raises(ModelError, match="it takes pictures of 160 by 160 pixels, not 224 by 224"):
        import_file(file)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, made: MadeNetwork) -> None:
    tensors, operations = network_specs(made)
    poisoned = [
        replace(each, data=np.full(each.shape, np.nan, np.float32)) if each.name == "top/bias" else each
        for each in tensors
    ]
    file = tmp_path / "other.tflite"
    file.write_bytes(tflite_bytes(poisoned, operations, "input", "output"))
    with pytest.raises(ModelError, match="some of its weights are not finite numbers"):
        import_file(file)


def test_every_truncation_is_told_as_damage(tmp_path: Path, made: MadeNetwork) -> None:
    whole = tflite_bytes(*network_specs(made), "input", "output")
    file = tmp_path / "cut.tflite"
    for end in (8, 20, 100, 5_000, 100_000, len(whole) - 200_000, len(whole) - 5_000):
        file.write_bytes(whole[:end])
        with pytest.raises(ModelError, match=r"“cut\.tflite” is damaged or incomplete"):
            import_file(file)


def test_bytes_turned_at_random_never_end_in_another_error(tmp_path: Path, made: MadeNetwork) -> None:
    """A made file begins with its structure: bytes turned there break it in every way."""
    whole = tflite_bytes(*network_specs(made), "input", "output")
    random = np.random.default_rng(5)
    file = tmp_path / "turned.tflite"
    refused = 0
    for _ in range(60):
        broken = bytearray(whole)
        for position in random.integers(8, 20_000, 4):
            broken[position] = int(random.integers(0, 256))
        file.write_bytes(broken)
        try:
            import_file(file)
        except ModelError:
            refused += 1
    assert refused > 30


def test_labels_in_the_archive_behind_the_file(tmp_path: Path, made: MadeNetwork) -> None:
    file = tmp_path / "made.tflite"
    file.write_bytes(tflite_bytes(*network_specs(made), "input", "output"))
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr("labels.txt", "\n".join(f"bird {index}" for index in range(OUTPUTS)) + "\n")
        archive.writestr("readme.txt", "one line")
    assert [label.name for label in import_file(file).labels][:2] == ["bird 0", "bird 1"]


REAL = {
    "mobilenet_v2_1.0_224_quant.tflite": (1001, "imagenet-sample", 0.95),
    "tf2_mobilenet_v2_1.0_224_ptq.tflite": (1001, "imagenet-sample", 0.95),
    "mobilenet_v2_1.0_224_inat_bird_quant.tflite": (965, "groups/bird", 0.8),
    "mobilenet_v2_1.0_224_inat_insect_quant.tflite": (1022, "groups/insect", 0.8),
}


@pytest.mark.parametrize("name", REAL)
def test_a_real_file_answers_as_itself_run_by_the_interpreter(shared: Path, name: str) -> None:
    """A subset of the photographs; docs/models.md has the figures on all of them."""
    outputs, folder, share = REAL[name]
    file = shared / "models" / name
    parsed = import_file(file)
    assert (parsed.architecture, parsed.alpha, len(parsed.labels)) == ("mobilenet_v2", 1.0, outputs)
    run = interpreter_of(file)
    pictures = sorted((shared / "images" / folder).glob("*.jpg"))[::5][:8]
    same = 0
    for picture in pictures:
        pixels = pixels_of_file(picture, parsed.preprocessing)[np.newaxis]
        same += probabilities(parsed, to_input(pixels, parsed.preprocessing)).argmax() == run(pixels).argmax()
    assert same >= int(share * len(pictures))


def test_labels_of_the_real_files(shared: Path) -> None:
    birds = import_file(shared / "models" / "mobilenet_v2_1.0_224_inat_bird_quant.tflite").labels
    assert birds[0].name == "Haemorhous cassinii (Cassin's Finch)"
    assert birds[-1].name == "background"
    imagenet = import_file(shared / "models" / "mobilenet_v2_1.0_224_quant.tflite").labels
    assert [label.name for label in imagenet[:2]] == ["background", "tench"]
    assert imagenet[1].synonyms == ("Tinca tinca",)
    assert len({label.name for label in imagenet}) == 1001
