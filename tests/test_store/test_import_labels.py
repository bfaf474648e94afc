"""Which labels an imported model gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from store.models.errors import ModelError
from store.models.label_files import choose_labels, labels_of_lines
from store.models.labels import imagenet_labels


def names(outputs: int, model: Path, explicit: Path | None = None) -> list[str]:
    return [label.name for label in choose_labels(outputs, model, explicit)]


def test_the_file_that_the_user_names_comes_first(tmp_path: Path) -> None:
    (tmp_path / "labels.txt").write_text("x\ny\n")
    (tmp_path / "mine.txt").write_text("\ufeffKiebitz\r\nGroßer Brachvogel\r\n\r\n", encoding="utf-8")
    assert names(2, tmp_path / "m.tflite", tmp_path / "mine.txt") == ["Kiebitz", "Großer Brachvogel"]


def test_a_label_file_that_does_not_fit_is_told_with_both_numbers(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("a\nb\nc\n")
    with pytest.raises(ModelError, match=r"“mine\.txt” has 3 labels, but the model has 1,001 outputs"):
        names(1001, tmp_path / "m.tflite", tmp_path / "mine.txt")
    with pytest.raises(ModelError, match=r"The label file “none\.txt” could not be read"):
        names(3, tmp_path / "m.tflite", tmp_path / "none.txt")
    (tmp_path / "picture.txt").write_bytes(b"\xff\xd8\xff\xe0")
    with pytest.raises(ModelError, match="not a text file of labels"):
        names(3, tmp_path / "m.tflite", tmp_path / "picture.txt")


def test_a_file_beside_the_model_is_taken_where_name_and_count_fit(tmp_path: Path) -> None:
    model = tmp_path / "mobilenet_v2_1.0_224_inat_bird_quant.tflite"
    (tmp_path / "inat_bird_labels.txt").write_text("robin\nwren\n")
    (tmp_path / "inat_insect_labels.txt").write_text("wasp\nmoth\n")
    (tmp_path / "labels.txt").write_text("one\ntwo\n")
    assert names(2, model) == ["robin", "wren"]
    (tmp_path / "inat_bird_labels.txt").write_text("robin\nwren\ncrow\n")
    assert names(2, model) == ["one", "two"]
    (tmp_path / "labels.txt").unlink()
    assert names(2, model) == ["label 0", "label 1"]


def test_labels_inside_a_model_folder(tmp_path: Path) -> None:
    folder = tmp_path / "exported"
    folder.mkdir()
    (folder / "labels.txt").write_text("robin\nwren\n")
    assert names(2, folder) == ["robin", "wren"]


def test_a_thousand_outputs_are_imagenet(tmp_path: Path) -> None:
    found = names(1000, tmp_path / "m.tflite")
    assert (found[0], found[999]) == ("tench", "toilet tissue")
    with_background = names(1001, tmp_path / "m.tflite")
    assert with_background == ["background", *found]
    assert len(set(with_background)) == 1001


def test_imagenets_own_lines_get_our_names_so_that_models_agree() -> None:
    lines = [", ".join([label.name.split(" (")[0], *label.synonyms]) for label in imagenet_labels()]
    assert labels_of_lines(lines) == imagenet_labels()


def test_synonyms_are_split_only_where_the_names_stay_apart() -> None:
    lines = [f"bird {index}, Avis {index}" for index in range(50)]
    assert labels_of_lines(lines)[7].name == "bird 7"
    assert labels_of_lines(lines)[7].synonyms == ("Avis 7",)
    states = [f"seen, at night {index}" for index in range(50)]
    assert labels_of_lines(states)[7].name == "seen, at night 7"
    assert labels_of_lines(["Haemorhous cassinii (Cassin's Finch)"])[0].synonyms == ()


def test_the_same_name_twice_is_told_apart() -> None:
    lines = [f"bird {index}, Avis {index}" for index in range(200)]
    lines[150] = "bird 3, water bird"
    found = labels_of_lines(lines)
    assert (found[3].name, found[150].name) == ("bird 3", "bird 3 (water bird)")
    assert [label.name for label in labels_of_lines(["crane", "crane", "crane (2)"])] == [
        "crane",
        "crane (2)",
        "crane (2) (2)",
    ]


def test_numbers_control_characters_and_length() -> None:
    assert [label.name for label in labels_of_lines(["0 Daisy", "1 Sweet pea"])] == ["Daisy", "Sweet pea"]
    assert [label.name for label in labels_of_lines(["1 Daisy", "2 Rose"])] == ["1 Daisy", "2 Rose"]
    [long, control, empty] = labels_of_lines(["x" * 400, "a\x00b\x85", "  "])
    assert len(long.name) <= 256
    assert control.name == "a b"
    assert empty.name == "label 2"
