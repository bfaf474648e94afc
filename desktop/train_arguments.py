"""The arguments of `whimbrel train`."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

TRAIN = """\
Learns from the pictures that you confirmed and corrected, and checks what came of it on others that it has
not seen. The new model is a candidate until it is put to work; `--activate` does that if it passed.

  mine       only your own labels, and "other" for the rest
  extend     your labels beside those of the model at work

  head       only the last layer: seconds
  fine-tune  the last blocks, too: minutes; needs the training component and the squares of the pictures,
             which are kept where that is switched on in the settings
  full       all of it: long; needs the same, and very many pictures
"""
Add = Callable[..., argparse.ArgumentParser]


def add_train(commands: Any, add: Add) -> argparse.ArgumentParser:  # noqa: ANN401 - argparse names no type
    """Adds the command; returns its parser."""
    train = add(commands, "train", "learn from your corrections", "desktop.train_command:train", TRAIN)
    train.add_argument(
        "--mode", choices=("head", "fine-tune", "full"), default="head", help="what is trained"
    )
    train.add_argument("--labels", choices=("mine", "extend"), default="mine", help="which labels it knows")
    train.add_argument(
        "--least", type=int, default=8, metavar="N", help="pictures that a label needs to be learned (8)"
    )
    train.add_argument(
        "--passes", type=int, default=20, metavar="N", help="at most, over the pictures: fine-tune, full (20)"
    )
    train.add_argument("--seed", type=int, default=0, metavar="N", help="of all that is left to chance (0)")
    train.add_argument(
        "--database",
        metavar="URL",
        help="at a collector: learn from what its devices share, for a release (docs/releases.md)",
    )
    train.add_argument(
        "--network",
        metavar="MODEL",
        help="with --database: model of the collector to begin with (the newest)",
    )
    train.add_argument("--activate", action="store_true", help="put it to work if it passed its checks")
    return train
