"""Networks for the page's benchmarks: seeded random weights, as a model set of ours and as an ONNX file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from store.clock import SystemClock
from store.events import ModelVersion
from store.models.adding import add_sets
from store.models.architectures import Layer, architecture
from store.models.labels import Label
from store.models.parsed import ParsedModel
from store.models.preprocessing import Preprocessing

Array = NDArray[np.float32]
LABELS = 1000
SEED = 20


def random_model(family: str, alpha: float | None) -> ParsedModel:
    """A network whose activations keep their size (He et al. 2015), with a head of 1000 labels."""
    random = np.random.default_rng(SEED)
    network = architecture(family, alpha)
    arrays: dict[str, Array] = {}
    for layer in network.layers:
        fan_in = layer.kernel**2 * (1 if layer.kind == "depthwise" else layer.in_channels)
        arrays[f"{layer.name}/kernel"] = _normal(random, layer.kernel_shape, np.sqrt(2 / fan_in))
        arrays[f"{layer.name}/bias"] = _normal(random, (layer.out_channels,), 0.1)
    size = network.embedding_size
    return ParsedModel(
        name=f"random {family} {alpha or ''}".strip(),
        architecture=family,
        alpha=alpha,
        preprocessing=Preprocessing(),
        arrays=arrays,
        head_layers=[(_normal(random, (size, LABELS), 1 / np.sqrt(size)), _normal(random, (LABELS,), 0.1))],
        labels=[Label(f"label {index}") for index in range(LABELS)],
        made="imported",
        source="random numbers",
        licence="MIT",
    )


def write_set(models: Path, parsed: ParsedModel) -> ModelVersion:
    """The model's sets under `models`, as the registry writes them."""
    return add_sets(models, parsed, (), lambda _sentence, _done: None, SystemClock().now_ms())


def onnx_model(parsed: ParsedModel) -> bytes:
    """The same network and head: [1, 3, 224, 224] to embedding [1, n] and probabilities [1, labels]."""
    nodes: list[onnx.NodeProto] = []
    constants = [
        numpy_helper.from_array(np.float32(limit), name) for name, limit in (("zero", 0), ("six", 6))
    ]
    values = "input"
    for layer in parsed.network.layers:
        values = _add_layer(nodes, constants, layer, parsed, values)
    nodes += [
        helper.make_node("GlobalAveragePool", [values], ["pooled"]),
        helper.make_node("Flatten", ["pooled"], ["embedding"]),
    ]
    _add_head(nodes, constants, parsed)
    size, labels = parsed.network.embedding_size, len(parsed.labels)
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 224, 224])],
        [
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, [1, size]),
            helper.make_tensor_value_info("probabilities", TensorProto.FLOAT, [1, labels]),
        ],
        constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    return bytes(model.SerializeToString())


def _add_layer(
    nodes: list[onnx.NodeProto],
    constants: list[onnx.TensorProto],
    layer: Layer,
    parsed: ParsedModel,
    values: str,
) -> str:
    """A folded layer; returns the name of its output."""
    depthwise = layer.kind == "depthwise"
    order = (2, 3, 0, 1) if depthwise else (3, 2, 0, 1)  # [kh, kw, in, out] as ONNX has it
    kernel = np.ascontiguousarray(parsed.arrays[f"{layer.name}/kernel"].transpose(order))
    constants.append(numpy_helper.from_array(kernel, f"{layer.name}/kernel"))
    constants.append(numpy_helper.from_array(parsed.arrays[f"{layer.name}/bias"], f"{layer.name}/bias"))
    relu6 = layer.activation == "relu6"
    sums = f"{layer.name}/sums" if relu6 or layer.residual_from else layer.name
    nodes.append(
        helper.make_node(
            "Conv",
            [values, f"{layer.name}/kernel", f"{layer.name}/bias"],
            [sums],
            strides=[layer.stride] * 2,
            group=layer.in_channels if depthwise else 1,
            auto_pad="SAME_UPPER",
        )
    )
    if relu6:
        nodes.append(helper.make_node("Clip", [sums, "zero", "six"], [layer.name]))
    elif layer.residual_from:
        nodes.append(helper.make_node("Add", [sums, layer.residual_from], [layer.name]))
    return layer.name


def _add_head(nodes: list[onnx.NodeProto], constants: list[onnx.TensorProto], parsed: ParsedModel) -> None:
    [(kernel, bias)] = parsed.head_layers
    constants += [numpy_helper.from_array(kernel, "head/kernel"), numpy_helper.from_array(bias, "head/bias")]
    nodes += [
        helper.make_node("Gemm", ["embedding", "head/kernel", "head/bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["probabilities"], axis=-1),
    ]


def _normal(random: np.random.Generator, shape: tuple[int, ...], deviation: float) -> Array:
    return random.normal(0, deviation, shape).astype(np.float32)
