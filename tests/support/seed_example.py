"""The seed's own example of a statistics record, and how a JavaScript program sends it."""

from __future__ import annotations

import json
import re

SEED_EXAMPLE = """{
  // Model Information
  modelVersion: "2.0",
  modelAlpha: 1.0,
  
  // Predictions
  predictions: [
    { className: "dog", probability: 0.92, rank: 1 },
    { className: "cat", probability: 0.05, rank: 2 }
  ],
  
  // Performance Metrics
  inferenceTime: 35.2,        // ms
  preprocessingTime: 5.1,      // ms
  totalTime: 40.3,            // ms
  
  // Memory Usage
  memoryUsage: {
    numTensors: 42,
    numBytes: 15728640,       // ~15MB
    numDataBuffers: 42
  },
  
  // User Feedback (if provided)
  userFeedback: {
    isCorrect: false,
    correctedLabel: "wolf",
    confidence: 1.0
  },
  
  // Device Information
  deviceInfo: {
    gpu: { vendor: "Intel", renderer: "Iris Pro" },
    webglVersion: "webgl2",
    deviceMemory: 8,
    hardwareConcurrency: 8
  }
}"""


def as_json(javascript: str) -> str:
    """The object as JSON.stringify would write it: names quoted, comments gone."""
    uncommented = re.sub(r"//.*", "", javascript)
    return json.dumps(json.loads(re.sub(r"(\w+):", r'"\1":', uncommented)))


def seed_body() -> bytes:
    """The body of `POST /api/statistics` with the example as its one record."""
    record = as_json(SEED_EXAMPLE)
    device = json.dumps(json.loads(record)["deviceInfo"])
    return f'{{"sessionId": "abc123", "deviceInfo": {device}, "statistics": [{record}]}}'.encode()
