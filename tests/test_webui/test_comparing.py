"""Comparing versions over HTTP: two side by side, the pictures behind it, and questions that cannot be."""

from __future__ import annotations

import httpx
import pytest
from serving import Served
from training_world import TrainingWorld, fill


@pytest.fixture
def versions(served: Served) -> tuple[str, str]:
    """The model at work and what was learned beside it."""
    world = TrainingWorld(served.data_dir, served.store, served.models, served.trainer)
    fill(world)
    run = world.train()
    assert run.parent_version is not None and run.version is not None
    return run.parent_version, run.version


def test_two_versions_and_the_pictures_behind_their_figures(
    page: httpx.Client, versions: tuple[str, str]
) -> None:
    base, learned = versions
    found = page.get(f"/api/models/compare?a={base}&b={learned}").json()
    assert (found["a"]["id"], found["b"]["id"]) == versions
    assert found["difference"]["n"] == found["b"]["accuracy"]["n"] > 0
    names, cells = found["a"]["confusion"]["labels"], found["a"]["confusion"]["cells"]
    label, answered, count = max(cells, key=lambda cell: cell[2])
    chosen = {"label": names[label], "answered": names[answered], "beside": learned}
    pictures = page.get(f"/api/models/{base}/judged", params=chosen).json()
    assert pictures["count"] == len(pictures["pictures"]) == count
    shown = page.get(f"/api/records?kind=inference&sha256={pictures['pictures'][0]['sha256']}").json()
    assert len(shown["records"]) == 1


def test_a_gate_and_none_of_these_are_questions_too(page: httpx.Client, versions: tuple[str, str]) -> None:
    assert page.get(f"/api/models/{versions[1]}/judged?gate=classes").json()["count"] == 0
    assert page.get(f"/api/models/{versions[1]}/judged?label=").json()["count"] == 0


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("compare?a=gone&b=gone", 404),
        ("compare?a=gone", 400),
        ("compare", 400),
        ("gone/judged", 404),
        ("gone/judged?label=%00", 400),
        ("gone/judged?side=left", 400),
    ],
)
def test_what_cannot_be_asked_is_said(page: httpx.Client, path: str, status: int) -> None:
    answer = page.get(f"/api/models/{path}")
    assert answer.status_code == status
    assert answer.json()["title"] and answer.json()["detail"]
