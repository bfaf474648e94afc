"""The arguments of `whimbrel models export` and `whimbrel models compress`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

EXPORT = """\
Writes a version into a new folder, with a card that says what it is and how good, loads it again, and says
how true it is:
  keras, savedmodel          for TensorFlow
  tflite, tflite-int8        for phones and small computers; the second computes with 8-bit numbers
  tfjs                       one model for TensorFlow.js, from a picture to probabilities
  teachable-machine          a Teachable Machine image project
  safetensors                plain arrays, which Whimbrel imports again bit by bit
The first four need the training component. Nothing that is there already is overwritten.

  whimbrel models export efficientnet-lite0-imagenet-1a2b3c4d --form tfjs --quantise uint8
"""
COMPRESS = """\
Looks for the smallest form of a version (16-bit or 8-bit weights, and pruned) that loses at most so many
points of accuracy, or of first answers where no pictures with a label are kept. It becomes a candidate.

  whimbrel models compress --loss 0.5
"""
# As store.models.export_forms has them; a test compares. To show its help, the command line loads nothing.
FORMS = ("keras", "savedmodel", "tflite", "tflite-int8", "tfjs", "teachable-machine", "safetensors")
Add = Callable[..., argparse.ArgumentParser]
_ENTRY = "desktop.publishing_commands"


def add_publishing(models: Any, add: Add) -> list[argparse.ArgumentParser]:  # noqa: ANN401 - argparse's own
    """Adds both commands; returns their parsers."""
    export = add(models, "export", "write a version for other tools", f"{_ENTRY}:export", EXPORT)
    export.add_argument("version", metavar="VERSION", help="id (its start is enough) or name")
    export.add_argument(
        "--form", choices=FORMS, default="tfjs", metavar="FORM", help="one of these seven (tfjs)"
    )
    export.add_argument("--out", metavar="DIR", help="folder to write into; made if missing")
    export.add_argument("--quantise", choices=("float16", "uint8"), help="keep weights in fewer bits")
    export.add_argument(
        "--prune", type=float, default=0.0, metavar="SHARE", help="share of weights to set to 0, such as 0.3"
    )
    compress = add(models, "compress", "make a smaller version", f"{_ENTRY}:compress", COMPRESS)
    compress.add_argument("version", metavar="VERSION", nargs="?", help="the one at work, if not said")
    compress.add_argument(
        "--loss", type=float, default=1.0, metavar="POINTS", help="points that may be lost (1.0)"
    )
    return [export, compress]
