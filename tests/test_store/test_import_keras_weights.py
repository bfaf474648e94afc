"""Keras' official weight files, made small: same groups, names, order and shapes, other numbers."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pytest
from made_keras import keras_weights, write_weights_h5
from made_networks import MadeNetwork, made_network

from store.models.errors import ModelError
from store.models.importing import import_file


@pytest.fixture(scope="module")
def made() -> MadeNetwork:
    return made_network("mobilenet_v2", 0.35, 1000)


@pytest.mark.parametrize(
    ("family", "alpha"),
    [("mobilenet_v2", 0.35), ("mobilenet_v2", 0.5), ("mobilenet_v1", 0.25)],
)
def test_every_layer_arrives_folded_under_our_names(tmp_path: Path, family: str, alpha: float) -> None:
    made = made_network(family, alpha, 1000)
    file = tmp_path / "weights.h5"
    write_weights_h5(file, keras_weights(made))
    parsed = import_file(file)
    assert (parsed.architecture, parsed.alpha) == (family, alpha)
    expected = made.folded()
    assert list(parsed.arrays) == list(expected)
    for key, array in expected.items():
        np.testing.assert_allclose(parsed.arrays[key], array, rtol=2e-6, atol=1e-6, err_msg=key)
    [(kernel, bias)] = parsed.head_layers
    np.testing.assert_array_equal(kernel, made.head[0][0])
    np.testing.assert_array_equal(bias, made.head[0][1])
    assert parsed.labels[0].name == "tench"


def test_a_list_of_layers_that_keras_split_because_of_its_length(tmp_path: Path, made: MadeNetwork) -> None:
    file = tmp_path / "weights.h5"
    write_weights_h5(file, keras_weights(made))
    with h5py.File(file, "r+") as opened:
        names = list(opened.attrs["layer_names"])
        del opened.attrs["layer_names"]
        opened.attrs["layer_names0"], opened.attrs["layer_names1"] = names[:50], names[50:]
    assert import_file(file).alpha == 0.35


def test_features_without_a_head_are_told_from_a_classifier(tmp_path: Path, made: MadeNetwork) -> None:
    weights = keras_weights(made)
    del weights["predictions"]
    file = tmp_path / "weights_no_top.h5"
    write_weights_h5(file, weights)
    with pytest.raises(ModelError, match="it has no head"):
        import_file(file)


@pytest.mark.parametrize("layer", ["Conv1", "block_7_expand", "block_16_project_BN", "predictions"])
def test_one_wrong_shape_is_enough_to_refuse(tmp_path: Path, made: MadeNetwork, layer: str) -> None:
    weights = keras_weights(made)
    key = next(iter(weights[layer]))
    weights[layer] = weights[layer] | {key: np.zeros((*weights[layer][key].shape[:-1], 3), np.float32)}
    file = tmp_path / "weights.h5"
    write_weights_h5(file, weights)
    with pytest.raises(ModelError, match="its layers are not those of MobileNet V2 or MobileNet V1"):
        import_file(file)


def test_two_layers_in_another_order_are_refused(tmp_path: Path, made: MadeNetwork) -> None:
    weights = list(keras_weights(made).items())
    weights[4], weights[6] = weights[6], weights[4]
    file = tmp_path / "weights.h5"
    write_weights_h5(file, dict(weights))
    with pytest.raises(ModelError, match="its layers are not those"):
        import_file(file)


def test_weights_that_are_no_numbers_are_refused(tmp_path: Path, made: MadeNetwork) -> None:
    weights = keras_weights(made)
    weights["Conv_1_bn"] = weights["Conv_1_bn"] | {"moving_variance": np.full(1280, -1, np.float32)}
    file = tmp_path / "weights.h5"
    write_weights_h5(file, weights)
    with pytest.raises(ModelError, match="not finite numbers"):
        import_file(file)


def test_weights_that_lie_in_another_file_are_not_read(tmp_path: Path, made: MadeNetwork) -> None:
    """HDF5 can point outside itself: at another HDF5 file, or at raw bytes of any file."""
    private = tmp_path / "private.bin"
    private.write_bytes(b"\0" * 4 * 1000)
    file = tmp_path / "weights.h5"
    write_weights_h5(file, keras_weights(made))
    with h5py.File(file, "r+") as opened:
        del opened["predictions/predictions/bias:0"]
        opened.create_dataset(
            "predictions/predictions/bias:0", (1000,), "f4", external=[(str(private), 0, 4000)]
        )
    with pytest.raises(ModelError, match="its weights are not in the file itself"):
        import_file(file)
    other = tmp_path / "other.h5"
    write_weights_h5(other, keras_weights(made))
    with h5py.File(file, "r+") as opened:
        del opened["predictions/predictions/bias:0"]
        opened["predictions/predictions/bias:0"] = h5py.ExternalLink(
            str(other), "predictions/predictions/bias:0"
        )
    with pytest.raises(ModelError, match="its weights are not in the file itself"):
        import_file(file)


def test_a_file_cut_short_and_one_of_another_kind(tmp_path: Path, made: MadeNetwork) -> None:
    file = tmp_path / "weights.h5"
    write_weights_h5(file, keras_weights(made))
    whole = file.read_bytes()
    for end in (100, 5_000, len(whole) // 2):
        file.write_bytes(whole[:end])
        with pytest.raises(ModelError, match=r"“weights\.h5” is damaged or incomplete"):
            import_file(file)
    with h5py.File(file, "w") as opened:
        opened["measurements"] = np.arange(10)
    with pytest.raises(ModelError, match="does not list the layers of a Keras network"):
        import_file(file)
