"""The settings and what the page asks for first."""

from __future__ import annotations

import httpx
import pytest
from serving import Served

DEFAULTS = {
    "keepThumbnails": True,
    "keepCrops": False,
    "keepEmbeddings": True,
    "firstRunDone": False,
    "theme": "system",
    "backend": "auto",
    "backendFigures": None,
    "rejectBelow": 0.5,
    "trialVersion": None,
    "trialShare": 0.5,
    "costlyConnection": False,
    "shadowShare": 0.1,
    "takeReleases": True,
    "releaseShadowPictures": 50,
    "keepAnswersDays": None,
    "keepAnswersMegabytes": None,
    "keepEmbeddingsDays": 730,
    "keepEmbeddingsMegabytes": 2048,
    "keepThumbnailsDays": None,
    "keepThumbnailsMegabytes": 2048,
    "keepCropsDays": None,
    "keepCropsMegabytes": 2048,
    "keepEventsDays": 365,
    "keepWaitingDays": 90,
    "retrainByItself": True,
    "retrainUse": False,
    "retrainAccuracyDrop": 10.0,
    "retrainDistribution": 0.2,
    "retrainDataPoints": 1000,
    "retrainDays": 7.0,
    "retrainIdleMinutes": 10,
    "retrainBatteryPercent": 50,
    "auditShare": 0.02,
}


def test_a_fresh_installation_has_the_defaults(served: Served, page: httpx.Client) -> None:
    session = page.get("/api/session").json()
    assert session["app"] == {"name": "Whimbrel", "version": "0.0.test"}
    assert session["installId"] == served.services.install_id
    assert session["settings"] == page.get("/api/settings").json() == DEFAULTS
    assert session["model"] is None
    assert session["modelStatus"]["state"] == "missing"
    assert session["modelStatus"]["advice"]


def test_a_change_is_answered_with_the_whole_and_stays(page: httpx.Client) -> None:
    figures = {"wasm": {"medianMs": 33.5, "correct": True, "note": "größer"}, "list": [1, None]}
    changed = page.patch("/api/settings", json={"theme": "sun", "backendFigures": figures})
    assert changed.json() == {**DEFAULTS, "theme": "sun", "backendFigures": figures}
    assert page.patch("/api/settings", json={"keepCrops": True}).json()["theme"] == "sun"
    assert page.get("/api/session").json()["settings"]["backendFigures"] == figures
    assert page.patch("/api/settings", json={"backendFigures": None}).json()["backendFigures"] is None


@pytest.mark.parametrize(
    "patch",
    [
        {"theme": "pink"},
        {"theme": None},
        {"keepThumbnails": "yes"},
        {"keepThumbnails": 1},
        {"backend": "cuda"},
        {"backendFigures": []},
        {"backendFigures": {"a": "x\x00y"}},
        {"backendFigures": {"a\x00": 1}},
        {"unheard": 1},
        {"theme": "dark", "unheard": 1},
        {"theme": "dark", "backend": "cuda"},
    ],
)
def test_what_a_setting_cannot_be_changes_nothing(page: httpx.Client, patch: dict[str, object]) -> None:
    refused = page.patch("/api/settings", json=patch)
    assert refused.status_code == 422
    assert page.get("/api/settings").json() == DEFAULTS


def test_settings_outlive_the_program(served: Served, page: httpx.Client) -> None:
    assert page.patch("/api/settings", json={"theme": "dark"}).status_code == 200
    with served.store.database.read() as database:
        rows = database.execute_sql("SELECT name, value FROM setting").fetchall()
    assert rows == [("theme", '"dark"')]
