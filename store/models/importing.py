"""Imports a model file of the user's: looks at what it contains, not at its name, and says what it is not."""

from __future__ import annotations

import zipfile
from pathlib import Path

from store.models.errors import ModelError
from store.models.exported_files import DESCRIPTION, import_exported
from store.models.foreign_graph import Damaged, Unfit
from store.models.import_result import FileFacts, parsed_match, parsed_network
from store.models.keras_files import is_keras_archive, read_keras_file
from store.models.keras_weights import holds_a_whole_model, looks_like_hdf5, read_official_weights
from store.models.parsed import ParsedModel
from store.models.preprocessing import Preprocessing
from store.models.tfjs_files import FolderFiles, ZipFiles
from store.models.tfjs_import import import_tfjs
from store.models.tflite_import import labels_in_tflite, looks_like_tflite, read_tflite
from store.models.training_component import read_with_training_component

LARGEST_FILE = 512 * 2**20
ZIP = b"PK\x03\x04"
FORMS = (
    "Whimbrel imports .tflite, .keras and .h5 files, SavedModel and TF.js folders, and Teachable Machine's"
    " image projects."
)
NETWORKS = "It runs MobileNet V2, MobileNet V1 and EfficientNet-Lite0 for pictures of 224 by 224 pixels."
BEGINNINGS = (
    (b"%PDF", "a PDF"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a WebP picture or a sound"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x80\x02", "a Python pickle"),
    (b"<", "a web page"),
)


def import_file(path: Path, labels: Path | None = None) -> ParsedModel:
    """The model in a file or folder, with the labels of `labels` if given.

    Raises ModelError: one sentence on what the file is not, and one on what to do.
    """
    try:
        return _import_folder(path, labels) if path.is_dir() else _import_file(path, labels)
    except Unfit as error:
        raise ModelError(f"Whimbrel cannot run the network in “{path.name}”: {error}.", NETWORKS) from error
    except Damaged as error:
        raise ModelError(
            f"“{path.name}” is damaged or incomplete: {error}.", "Get it again where you got it."
        ) from error
    except OSError as error:
        raise ModelError(
            f"“{path.name}” could not be read ({error.strerror or error}).",
            "Check the path and its permissions.",
        ) from error


def _import_folder(folder: Path, labels: Path | None) -> ParsedModel:
    files = FolderFiles(folder)
    if files.has(DESCRIPTION):
        return import_exported(files, folder, labels)
    if files.has("model.json"):
        return import_tfjs(files, folder, labels)
    if files.has("saved_model.pb"):
        return parsed_network(read_with_training_component(folder), folder, labels, FileFacts())
    raise ModelError(
        f"The folder “{folder.name}” holds no model: neither model.json nor saved_model.pb.", FORMS
    )


def _import_file(path: Path, labels: Path | None) -> ParsedModel:
    if not path.exists():
        raise ModelError(f"There is no file “{path}”.", "Check the path.")
    size = path.stat().st_size
    if size == 0:
        raise ModelError(f"“{path.name}” is empty.", "Get it again where you got it.")
    if size > LARGEST_FILE:
        raise ModelError(f"“{path.name}” is too large for a model that Whimbrel runs.", FORMS)
    with path.open("rb") as file:
        head = file.read(16)
    if looks_like_tflite(head):
        return _import_tflite(path, labels)
    if looks_like_hdf5(head):
        return _import_hdf5(path, labels)
    if head.startswith(ZIP):
        return _import_archive(path, labels)
    if path.name in ("model.json", "saved_model.pb", DESCRIPTION):
        return _import_folder(path.resolve().parent, labels)
    raise ModelError(f"“{path.name}” is not a model that Whimbrel can read{_beginning(head)}.", FORMS)


def _beginning(head: bytes) -> str:
    for start, what in BEGINNINGS:
        if head.startswith(start):
            return f" (it starts like {what})"
    return ""


def _import_tflite(path: Path, labels: Path | None) -> ParsedModel:
    data = path.read_bytes()
    return parsed_network(read_tflite(data), path, labels, FileFacts(labels=labels_in_tflite(data)))


def _import_hdf5(path: Path, labels: Path | None) -> ParsedModel:
    if holds_a_whole_model(path):
        return parsed_network(read_keras_file(path), path, labels, FileFacts())
    return parsed_match(read_official_weights(path), path, labels, FileFacts(), Preprocessing())


def _import_archive(path: Path, labels: Path | None) -> ParsedModel:
    if is_keras_archive(path):
        return parsed_network(read_keras_file(path), path, labels, FileFacts())
    files = ZipFiles(path)
    if files.has("model.json"):
        return import_tfjs(files, path, labels)
    inside = _models_inside(path)
    if inside:
        raise ModelError(
            f"“{path.name}” is an archive with {inside} in it.", f"Unpack it, then import {inside}."
        )
    raise ModelError(f"“{path.name}” is an archive without a model in it.", FORMS)


def _models_inside(path: Path) -> str:
    """The name of a model file in an archive, as Teachable Machine packs its other exports."""
    with zipfile.ZipFile(path) as archive:
        names = [name for name in archive.namelist() if name.endswith((".tflite", ".h5", ".keras", ".pb"))]
    return f"“{names[0]}”" if names else ""
