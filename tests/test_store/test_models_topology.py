from __future__ import annotations

import base64
import collections
import math
from typing import Any

import numpy as np
import pytest
from small_model import random_arrays

from store.models.architectures import Architecture, architecture
from store.models.errors import ModelError
from store.models.quantisation import quantise
from store.models.topology import VARIANTS, GraphModel, graph_model

NETWORKS = [("mobilenet_v2", 0.35), ("mobilenet_v1", 0.25), ("efficientnet_lite0", None)]
WIDTHS = {"float32": 4, "float16": 2, "uint8": 1}


@pytest.fixture(scope="module", params=NETWORKS, ids=lambda pair: pair[0])
def network(request: pytest.FixtureRequest) -> Architecture:
    return architecture(*request.param)


def nodes(graph: GraphModel, operation: str) -> list[dict[str, Any]]:
    return [node for node in graph.described["modelTopology"]["node"] if node["op"] == operation]


def fused(node: dict[str, Any]) -> list[str]:
    return [base64.b64decode(name).decode() for name in node["attr"]["fused_ops"]["list"]["s"]]


def test_every_layer_is_one_fused_operation(network: Architecture) -> None:
    graph = graph_model(network, random_arrays(network), "float32")
    found = {n["name"]: n for op in ("_FusedConv2D", "FusedDepthwiseConv2dNative") for n in nodes(graph, op)}
    assert list(found) == [
        layer.name for kind in ("conv", "depthwise") for layer in network.layers if layer.kind == kind
    ]
    for layer in network.layers:
        node = found[layer.name]
        assert node["input"][1:] == [f"{layer.name}/kernel", f"{layer.name}/bias"]
        assert fused(node) == ["BiasAdd"] + (["Relu6"] if layer.activation == "relu6" else [])
        assert node["attr"]["strides"]["list"]["i"][1] == str(layer.stride)
        assert base64.b64decode(node["attr"]["padding"]["s"]) == b"SAME"


def test_no_operation_beside_the_layers_is_more_than_it_must_be(network: Architecture) -> None:
    graph = graph_model(network, random_arrays(network), "float32")
    counts = collections.Counter(node["op"] for node in graph.described["modelTopology"]["node"])
    residuals = sum(layer.residual_from is not None for layer in network.layers)
    others = {op: n for op, n in counts.items() if "Fused" not in op}
    wanted = {"Placeholder": 1, "Const": 2 * len(network.layers) + 1, "Mean": 1, "Identity": 2}
    assert others == wanted | ({"AddV2": residuals} if residuals else {})
    added = {node["name"]: node["input"] for node in nodes(graph, "AddV2")}
    for layer in network.layers:
        if layer.residual_from is not None:
            before = layer.residual_from
            wanted_input = f"{before}_add" if f"{before}_add" in added else before
            assert added[f"{layer.name}_add"] == [wanted_input, layer.name]


@pytest.mark.parametrize("variant", VARIANTS)
def test_the_weights_file_holds_what_the_manifest_says(network: Architecture, variant: Any) -> None:
    arrays = random_arrays(network)
    graph = graph_model(network, arrays, variant)
    [group] = graph.described["weightsManifest"]
    assert group["paths"] == [f"{variant}.bin"]
    offset = 0
    for entry in group["weights"]:
        kept = entry.get("quantization", {"dtype": entry["dtype"]})
        dtype = np.dtype(kept["dtype"]).newbyteorder("<")
        count = math.prod(entry["shape"])
        values = np.frombuffer(graph.data, dtype, count, offset).reshape(entry["shape"])
        offset += count * dtype.itemsize
        if entry["name"] in arrays:
            restored = values.astype(np.float64) * kept.get("scale", 1) + kept.get("min", 0)
            np.testing.assert_array_equal(restored.astype(np.float32), graph.arrays[entry["name"]])
            assert entry["shape"] == list(network.shapes[entry["name"]])
    assert offset == len(graph.data)
    assert {entry["name"] for entry in group["weights"]} == {*arrays, "embedding/axes"}


def test_the_signature_names_both_outputs_with_their_shapes(network: Architecture) -> None:
    signature = graph_model(network, random_arrays(network), "float32").described["signature"]
    shapes = {
        name: [int(side["size"]) for side in output["tensorShape"]["dim"]]
        for name, output in (signature["outputs"] | signature["inputs"]).items()
    }
    size = network.embedding_size
    assert shapes == {"embedding": [-1, size], "features": [-1, 7, 7, size], "input": [-1, 224, 224, 3]}


def test_biases_stay_float32_and_depthwise_kernels_do_not_go_below_float16() -> None:
    network = architecture("mobilenet_v2", 0.35)
    arrays = random_arrays(network)
    restored = graph_model(network, arrays, "uint8").arrays
    for key, array in arrays.items():
        if key.endswith("/bias"):
            np.testing.assert_array_equal(restored[key], array)
        elif "_depthwise" in key or key.startswith("stem"):
            np.testing.assert_array_equal(restored[key], quantise(array, "float16").restored())
        else:
            np.testing.assert_array_equal(restored[key], quantise(array, "uint8").restored())


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda arrays: arrays.pop("top/bias"), "lacks the weights top/bias"),
        (lambda arrays: arrays.update(extra=arrays["top/bias"]), "no place for: extra"),
        (
            lambda arrays: arrays.update({"top/bias": arrays["top/bias"][1:]}),
            "are 1279, their network needs 1280",
        ),
        (lambda arrays: arrays.update({"top/bias": arrays["top/bias"].astype(np.float64)}), "not float32"),
        (lambda arrays: arrays["stem/kernel"].fill(np.inf), "no numbers"),
    ],
)
def test_arrays_that_do_not_fit_are_refused_with_a_sentence(change: Any, told: str) -> None:
    network = architecture("mobilenet_v2", 0.35)
    arrays = random_arrays(network)
    change(arrays)
    with pytest.raises(ModelError) as caught:
        graph_model(network, arrays, "float32")
    assert told in caught.value.sentence


def test_a_width_at_which_the_network_has_other_additions_is_refused() -> None:
    network = architecture("mobilenet_v2", 0.25)
    with pytest.raises(ModelError, match="adds layers"):
        graph_model(network, random_arrays(network), "float32")
