"""Files and folders that are no model: one sentence on what they are, one on what to do."""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path
from typing import Any

import h5py
import pytest

from store.models import importing
from store.models.errors import ModelError
from store.models.foreign_graph import Unfit
from store.models.importing import import_file
from store.models.keras_files import check_plain


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"%PDF-1.7 something", "is not a model that Whimbrel can read (it starts like a PDF)."),
        (b"\xff\xd8\xff\xe0 something", "(it starts like a JPEG picture)."),
        (b"<!doctype html>", "(it starts like a web page)."),
        (b"\x80\x02}q\x00.", "(it starts like a Python pickle)."),
        (b"hello", "is not a model that Whimbrel can read."),
        (b"", "is empty."),
        (b"\0\0\0\0TFL3", "is damaged or incomplete: it does not begin as a TFLite file does."),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 50, "is damaged or incomplete"),
        (b"PK\x03\x04" + b"\0" * 50, "is damaged or incomplete: the archive breaks off"),
    ],
)
def test_a_file_is_judged_by_what_it_contains(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "model.tflite"
    file.write_bytes(content)
    with pytest.raises(ModelError) as caught:
        import_file(file)
    assert sentence in caught.value.sentence
    assert caught.value.sentence.count(". ") == 0
    assert caught.value.advice.endswith(".")


def test_what_is_not_there_and_folders_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="There is no file"):
        import_file(tmp_path / "nothing.tflite")
    with pytest.raises(ModelError, match=r"neither model\.json nor saved_model\.pb") as caught:
        import_file(tmp_path)
    assert "SavedModel" in caught.value.advice


def test_an_archive_of_something_else(tmp_path: Path) -> None:
    file = tmp_path / "holiday.zip"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("beach.jpg", b"\xff\xd8")
    with pytest.raises(ModelError, match=r"“holiday\.zip” is an archive without a model in it"):
        import_file(file)


def test_a_file_far_too_large_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "LARGEST_FILE", 10)
    file = tmp_path / "model.tflite"
    file.write_bytes(b"\0\0\0\0TFL3 and more")
    with pytest.raises(ModelError, match="is too large for a model"):
        import_file(file)


def keras_archive(config: object) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("metadata.json", "{}")
        archive.writestr("config.json", json.dumps(config))
        archive.writestr("model.weights.h5", b"")
    return packed.getvalue()


LAMBDA: dict[str, Any] = {
    "module": "keras.layers",
    "class_name": "Lambda",
    "config": {"function": {"class_name": "__lambda__", "config": {"code": "4wEA"}}},
}
FOREIGN_MODULE: dict[str, Any] = {"module": "os", "class_name": "function", "config": "system"}


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (LAMBDA, "it contains code of its own"),
        (FOREIGN_MODULE, "it needs the module os, which is not a part of Keras"),
    ],
)
def test_a_keras_file_with_code_is_refused_before_anything_loads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: dict[str, Any], reason: str
) -> None:
    """Were it handed on, the interpreter named here would leave its mark."""
    mark = tmp_path / "it ran"
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\ntouch '{mark}'\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setenv("WHIMBREL_TRAINING_PYTHON", str(python))
    config = {"class_name": "Sequential", "config": {"layers": [part]}}
    archive, older = tmp_path / "m.keras", tmp_path / "m.h5"
    archive.write_bytes(keras_archive(config))
    with h5py.File(older, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
    for file_of_keras in (archive, older):
        with pytest.raises(ModelError, match=reason):
            import_file(file_of_keras)
    assert not mark.exists()
    archive.write_bytes(keras_archive({"class_name": "Sequential", "config": {"layers": []}}))
    with pytest.raises(ModelError, match="The training component broke off"):
        import_file(archive)
    assert mark.exists()


def test_plain_configurations_pass() -> None:
    check_plain(
        {
            "class_name": "Functional",
            "module": "keras.src.models.functional",
            "config": {"layers": [{"class_name": "Conv2D", "module": "keras.layers", "config": {}}]},
        }
    )
    with pytest.raises(Unfit):
        check_plain([[{"class_name": "Custom>Lambda"}]])


def test_without_the_training_component_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WHIMBREL_TRAINING_PYTHON", str(tmp_path / "no such python"))
    model = tmp_path / "m.keras"
    model.write_bytes(keras_archive({"class_name": "Sequential", "config": {"layers": []}}))
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "saved_model.pb").write_bytes(b"\x08\x01")
    for path in (model, saved, saved / "saved_model.pb"):
        with pytest.raises(ModelError, match="needs the training component, which is not") as caught:
            import_file(path)
        assert "whimbrel training install" in caught.value.advice


def test_the_child_process_sees_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stand-in for the interpreter writes down what it was given, and refuses the model."""
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\nenv > '{tmp_path}/seen'\necho 'it is too old' >&2\nexit 3\n")
    python.chmod(0o755)
    monkeypatch.setenv("WHIMBREL_TRAINING_PYTHON", str(python))
    for name in ("WHIMBREL_TOKEN", "AWS_SECRET_ACCESS_KEY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "hush")
    model = tmp_path / "m.keras"
    model.write_bytes(keras_archive({"class_name": "Sequential", "config": {"layers": []}}))
    with pytest.raises(ModelError, match=r"cannot run the network in “m\.keras”: it is too old\."):
        import_file(model)
    seen = dict(line.split("=", 1) for line in (tmp_path / "seen").read_text().splitlines() if "=" in line)
    assert "hush" not in seen.values()
    assert seen["HOME"] != str(Path.home())
    assert seen["CUDA_VISIBLE_DEVICES"] == "-1"
