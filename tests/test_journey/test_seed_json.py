"""The seed's own example of a statistics record, posted by another program with the page's cookie."""

from __future__ import annotations

import json

import pytest
from driving import Page
from running import Whimbrel

pytestmark = pytest.mark.browser

SEED_RECORD = {
    "modelVersion": "2.0",
    "modelAlpha": 1.0,
    "predictions": [
        {"className": "dog", "probability": 0.92, "rank": 1},
        {"className": "cat", "probability": 0.05, "rank": 2},
    ],
    "inferenceTime": 35.2,
    "preprocessingTime": 5.1,
    "totalTime": 40.3,
    "memoryUsage": {"numTensors": 42, "numBytes": 15728640, "numDataBuffers": 42},
    "userFeedback": {"isCorrect": False, "correctedLabel": "wolf", "confidence": 1.0},
    "deviceInfo": {
        "gpu": {"vendor": "Intel", "renderer": "Iris Pro"},
        "webglVersion": "webgl2",
        "deviceMemory": 8,
        "hardwareConcurrency": 8,
    },
}


def _post(page: Page, body: object) -> tuple[int, dict[str, object]]:
    status, text = page.evaluate(
        """body => fetch('/api/statistics',
                         {method: 'POST', headers: {'Content-Type': 'application/json'}, body})
               .then(async reply => [reply.status, await reply.text()])""",
        json.dumps(body),
    )
    return status, json.loads(text)


def test_the_seeds_example_is_stored_once_however_often_it_is_sent(page: Page, app: Whimbrel) -> None:
    body = {"sessionId": "abc123", "deviceInfo": SEED_RECORD["deviceInfo"], "statistics": [SEED_RECORD]}
    assert _post(page, body) == (200, {"accepted": 1, "duplicate": 0, "rejected": []})
    assert _post(page, body) == (200, {"accepted": 0, "duplicate": 1, "rejected": []})
    [(label, probability)] = app.rows("SELECT label, probability FROM record WHERE session_id = 'abc123'")
    assert (label, probability) == ("dog", 0.92)
    assert app.rows("SELECT corrected_label FROM feedback") == [("wolf",)]
