"""A backbone of the registry as a Keras network."""

from __future__ import annotations

import keras

from store.models.backbone_set import BackboneSet
from store.training.keras_models import build, set_arrays


def keras_network(backbone: BackboneSet) -> keras.Model:
    """From inputs [n, 224, 224, 3] to {"embedding": [n, e], "features": [n, 7, 7, e]}, its weights filled in.

    Batch normalisation is folded, as in the registry: every layer is a convolution with a bias.
    """
    model = build(backbone.network)
    set_arrays(model, backbone.network, backbone.arrays)
    return model
