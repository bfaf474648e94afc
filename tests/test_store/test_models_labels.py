from __future__ import annotations

from pathlib import Path

from store.models.labels import Label, imagenet_labels, label_of_line, unique_labels


def test_imagenet_has_a_thousand_labels_with_names_of_their_own() -> None:
    labels = imagenet_labels()
    assert len({label.name for label in labels}) == len(labels) == 1000
    assert labels[0] == Label("tench", ("Tinca tinca",))
    assert labels[281].name == "tabby"
    assert labels[999].name == "toilet tissue"
    assert all(label.name.strip() == label.name for label in labels)


def test_the_two_cranes_and_the_two_maillots_are_told_apart() -> None:
    labels = imagenet_labels()
    assert [labels[index].name for index in (134, 517, 638, 639)] == [
        "crane",
        "crane (machine)",
        "maillot",
        "maillot (tank suit)",
    ]


def test_the_order_is_that_of_the_photographs(shared: Path) -> None:
    labels = imagenet_labels()
    files = sorted((shared / "images" / "imagenet-sample").glob("*.jpg"))
    assert len(files) == 125
    for file in files:
        index, name = file.stem.split("_", 1)
        assert labels[int(index)].name.split(" (")[0] == name.replace("_", " ")


def test_a_line_is_a_name_and_its_synonyms() -> None:
    assert label_of_line("wolf,  grey wolf , ,Canis lupus") == Label("wolf", ("grey wolf", "Canis lupus"))


def test_names_that_come_twice_get_a_number() -> None:
    labels = [Label("crane"), Label("crane", ("b",)), Label("crane (2)"), Label("crane")]
    names = [label.name for label in unique_labels(labels)]
    assert names == ["crane", "crane (2)", "crane (2) (2)", "crane (3)"]
    assert unique_labels(labels)[1].synonyms == ("b",)
