"""Examples, labels and lineage over HTTP."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import numpy as np
import pytest
from example_world import SIZE, seen, vector
from local_records import NOW, SPACE, said, sha256_of
from serving import Served

from store.local.learning.example_forms import ENOUGH, SIDES, LineageRow

NONE = {"isCorrect": False, "correctedLabel": None, "confidence": 1.0}


@pytest.fixture
def filled(page: httpx.Client) -> httpx.Client:
    """Enough wolves, one fox, one confirmed tabby and one "none of these"."""
    records: list[dict[str, Any]] = [seen(number, vector(number)) for number in range(ENOUGH + 3)]
    records += [said(100 + number, about=number, label="wolf") for number in range(ENOUGH)]
    records += [
        said(200, about=ENOUGH, label="fox"),
        said(201, about=ENOUGH + 1, label=None),
        said(202, about=ENOUGH + 2, userFeedback=NONE),
    ]
    answered = page.post("/api/statistics", json={"sessionId": "s", "statistics": records})
    assert answered.json()["rejected"] == []
    return page


def counts(page: httpx.Client, query: str = f"?spaceId={SPACE}") -> dict[str, tuple[int, int, int, bool]]:
    answer = page.get(f"/api/examples{query}")
    assert answer.status_code == 200, answer.text
    return {
        one["label"]: (one["confirmed"], one["corrected"], one["embeddings"], one["ready"])
        for one in answer.json()["labels"]
    }


def change(page: httpx.Client, kind: str, old: str, new: str) -> httpx.Response:
    return page.post(f"/api/labels/{kind}", json={"from": old, "to": new})


def test_nothing_yet(page: httpx.Client) -> None:
    assert page.get("/api/examples").json() == {
        "spaceId": None,
        "needed": ENOUGH,
        "labels": [],
        "noneOfThese": {"pictures": 0, "embeddings": 0, "crops": 0},
        "history": [],
    }


def test_the_counts_by_label(filled: httpx.Client) -> None:
    assert counts(filled) == {
        "wolf": (0, ENOUGH, ENOUGH, True),
        "fox": (0, 1, 1, False),
        "tabby": (1, 0, 1, False),
    }
    assert filled.get("/api/examples").json()["noneOfThese"] == {"pictures": 1, "embeddings": 1, "crops": 0}


def test_the_space_is_that_of_the_active_model(served: Served, filled: httpx.Client) -> None:
    version = served.models.make("one")
    served.models.registry.activate(version.id)
    assert filled.get("/api/examples").json()["spaceId"] == version.space_id
    assert {label: count[2] for label, count in counts(filled, "").items()} == {
        "wolf": 0,
        "fox": 0,
        "tabby": 0,
    }


def test_means_as_the_page_reads_them(filled: httpx.Client) -> None:
    answer = filled.get(f"/api/examples/means?spaceId={SPACE}").json()
    assert answer["spaceId"] == SPACE
    assert [(one["label"], one["count"]) for one in answer["labels"]] == [
        ("fox", 1),
        ("tabby", 1),
        ("wolf", 8),
    ]
    mean = np.frombuffer(base64.b64decode(answer["labels"][0]["mean"]), "<f4")
    expected = np.array(vector(ENOUGH)) / np.linalg.norm(vector(ENOUGH))
    assert mean.shape == (SIZE,)
    assert np.allclose(mean, expected, atol=1e-3)


def test_a_rename_a_merge_and_their_undoing(filled: httpx.Client) -> None:
    renamed = change(filled, "rename", "wolf", "grey wolf")
    assert renamed.status_code == 200
    said_of_it = renamed.json()
    assert said_of_it.pop("changedAt") > NOW - 10**12
    assert said_of_it == {
        "number": 1, "kind": "rename", "old": "wolf", "new": "grey wolf", "undoneAt": None, "canUndo": True,
    }  # fmt: skip
    assert set(counts(filled)) == {"grey wolf", "fox", "tabby"}
    assert change(filled, "merge", "fox", "grey wolf").status_code == 200
    assert counts(filled)["grey wolf"] == (0, ENOUGH + 1, ENOUGH + 1, True)
    assert filled.get("/api/labels").json() == {"labels": ["grey wolf"], "shared": []}
    undone = filled.post("/api/labels/changes/2/undo", json={})
    assert undone.json()["undoneAt"] is not None
    assert set(counts(filled)) == {"grey wolf", "fox", "tabby"}
    history = filled.get("/api/examples").json()["history"]
    assert [(line["number"], line["canUndo"]) for line in history] == [(2, False), (1, True)]


@pytest.mark.parametrize(
    ("kind", "old", "new", "status"),
    [
        ("rename", "lion", "tiger", 404),
        ("rename", "wolf", "fox", 409),
        ("rename", "wolf", " ", 422),
        ("rename", "wolf", "wolf", 422),
        ("merge", "wolf", "tiger", 404),
        ("merge", "wolf", "", 422),
    ],
)
def test_what_cannot_be_is_refused(filled: httpx.Client, kind: str, old: str, new: str, status: int) -> None:
    refused = change(filled, kind, old, new)
    assert refused.status_code == status, refused.text
    assert refused.json()["detail"]
    assert filled.get("/api/examples").json()["history"] == []


@pytest.mark.parametrize("number", ["7", "x", "-1", "9" * 30])
def test_a_change_that_is_not_there(page: httpx.Client, number: str) -> None:
    assert page.post(f"/api/labels/changes/{number}/undo", json={}).status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "/api/examples?spaceId=5",
        "/api/examples/means",
        f"/api/examples/means?spaceId={'G' * 64}",
        "/api/models/one/pictures?side=left",
        "/api/models/one/pictures?limit=0",
        "/api/models/one/pictures?after=-1",
    ],
)
def test_a_parameter_that_is_none(page: httpx.Client, path: str) -> None:
    assert page.get(path).status_code == 400


def test_lineage_both_ways(served: Served, filled: httpx.Client) -> None:
    found = served.store.examples.collect(SPACE)
    parts = zip(found.pictures, found.sides, found.labels, strict=True)
    rows = [LineageRow(int(picture), SIDES[side], label) for picture, side, label in parts]
    served.store.examples.keep_lineage("one", rows)
    first = filled.get("/api/models/one/pictures?limit=9").json()
    assert first["pictures"][0] == {
        "sha256": sha256_of("picture 0"), "fileName": "IMG_0000.jpg", "hasThumbnail": False,
        "side": rows[0].side, "label": "wolf",
    }  # fmt: skip
    rest = filled.get(f"/api/models/one/pictures?after={first['next']}").json()
    assert (len(first["pictures"]), len(rest["pictures"]), rest["next"]) == (9, 2, None)
    foxes = filled.get("/api/models/one/pictures?label=fox").json()["pictures"]
    assert [one["sha256"] for one in foxes] == [sha256_of(f"picture {ENOUGH}")]
    for side in SIDES:
        there = filled.get(f"/api/models/one/pictures?side={side}").json()["pictures"]
        assert len(there) == sum(row.side == side for row in rows)
    versions = filled.get(f"/api/pictures/{sha256_of('picture 0')}/versions").json()
    assert versions == {"versions": [{"versionId": "one", "side": rows[0].side, "label": "wolf"}]}
    assert filled.get("/api/pictures/nothing/versions").json() == {"versions": []}
