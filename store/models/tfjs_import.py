"""TF.js model folders (layers or graph models) and Teachable Machine's exports (folder or zip).

Teachable Machine (its image library's source: googlecreativelab/teachablemachine-community) nests a MobileNet
V2 0.35 and two dense layers, the last without bias, looks at the whole centred square, and feeds
pixel / 127 - 1; its labels are in metadata.json.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from store.models.errors import ModelError
from store.models.foreign_graph import Damaged, ForeignNetwork, Unfit
from store.models.import_result import FileFacts, parsed_network
from store.models.keras_config import read_keras_config
from store.models.parsed import ParsedModel
from store.models.teachable_form import TEACHABLE_PIXELS, without_norm
from store.models.tf_graph import node_name, read_graph
from store.models.tfjs_files import ModelFiles, Weights, read_json, read_weights

Json = dict[str, Any]


def import_tfjs(files: ModelFiles, path: Path, labels: Path | None, norm: str | None = None) -> ParsedModel:
    """The model of a TF.js folder or archive; raises Damaged, Unfit, ModelError.

    `norm` is the node of a graph that divides the embedding by its norm: it is passed by, and so are the
    layers that do it in a layers model of ours.
    """
    facts = _facts(files)
    problem: Unfit | None = None
    for network in _networks(files, norm):
        try:
            return parsed_network(network, path, labels, facts)
        except Unfit as unfit:
            problem = problem or unfit
    raise problem or Damaged("its model.json describes no network")


def _networks(files: ModelFiles, norm: str | None) -> list[ForeignNetwork]:
    """The network of a layers model, or one for each output of a graph model, the likeliest first."""
    description = read_json(files, "model.json")
    try:
        weights = read_weights(files, description["weightsManifest"])
        topology = description["modelTopology"]
        if "node" not in topology:
            if norm is not None:
                without_norm(topology, weights)
            return [read_keras_config(topology, weights)]
        for node in topology["node"]:
            if node["name"] == norm:
                node["op"], node["input"] = "Identity", node["input"][:1]
        return _graph_networks(description, weights)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Damaged("its model.json is not of the form that TF.js writes") from error


def _graph_networks(description: Json, weights: Weights) -> list[ForeignNetwork]:
    topology = description["modelTopology"]
    networks, problem = [], None
    for output in _outputs(description):
        try:
            networks.append(read_graph(topology, weights, output))
        except Unfit as unfit:
            problem = problem or unfit
    if not networks and problem is not None:
        raise problem
    return networks


def _outputs(description: Json) -> list[str]:
    """The graph's outputs: those of its signature, "probabilities" first; else every node that none reads."""
    older = description.get("userDefinedMetadata", {}).get("signature")
    signature = description.get("signature") or older or {}
    named = {key: value["name"] for key, value in signature.get("outputs", {}).items()}
    if named:
        return [named[key] for key in sorted(named, key=lambda key: key != "probabilities")]
    nodes = description["modelTopology"]["node"]
    read = {node_name(each.removeprefix("^")) for node in nodes for each in node.get("input", [])}
    return [node["name"] for node in nodes if node["name"] not in read and node["op"] != "Const"]


def _facts(files: ModelFiles) -> FileFacts:
    """What metadata.json says, where it is Teachable Machine's."""
    if not files.has("metadata.json"):
        return FileFacts()
    metadata = read_json(files, "metadata.json")
    names = metadata.get("labels")
    package = str(metadata.get("packageName", ""))
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        return FileFacts()
    if package and package != "@teachablemachine/image":
        raise ModelError(
            f"This is a Teachable Machine project of another kind ({package.rsplit('/', maxsplit=1)[-1]}).",
            "Whimbrel imports its image projects.",
        )
    name = metadata.get("modelName")
    title = name if isinstance(name, str) and name not in ("", "untitled", "tm-my-image-model") else None
    return FileFacts(
        labels=[names],
        pixels=TEACHABLE_PIXELS,
        crop_fraction=1.0,
        name=title,
        notes={"source": "Teachable Machine"},
    )
