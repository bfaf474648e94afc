"""TFLite files of MobileNet V2 are imported and recognise in the page, with their own labels."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from driving import answers, drop, open_page, wait_finished
from full_length import length
from playwright.sync_api import BrowserContext
from reference import Reference
from running import ROOT, SHARED, running

pytestmark = pytest.mark.browser

MODELS = SHARED / "models"
FILES = {
    "tf2_mobilenet_v2_1.0_224_ptq.tflite": "imagenet_labels.txt",
    "mobilenet_v2_1.0_224_quant.tflite": "imagenet_labels.txt",
    "mobilenet_v2_1.0_224_inat_bird_quant.tflite": "inat_bird_labels.txt",
    "mobilenet_v2_1.0_224_inat_insect_quant.tflite": "inat_insect_labels.txt",
}


@pytest.mark.parametrize("name", length(list(FILES)[:1], list(FILES)))
def test_tflite_file_recognises_in_the_page(
    name: str, tmp_path: Path, context: BrowserContext, photographs: Callable[[int], list[Path]]
) -> None:
    if not (MODELS / name).exists():
        pytest.skip(f"Real TFLite files are not here ({MODELS}).")
    data = tmp_path / "data"
    labels = MODELS / FILES[name]
    command = [
        "models",
        "import",
        str(MODELS / name),
        "--labels",
        str(labels),
        "--activate",
        "--data-dir",
        str(data),
    ]
    done = subprocess.run(
        [sys.executable, "-m", "desktop.cli", *command], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    with running(data) as app:
        page = open_page(app, context)
        files = photographs(length(12, 24))
        drop(page, files)
        wait_finished(page, [file.name for file in files])
        seen, reference = answers(page), Reference(data)
        known = set(reference.labels)
        assert {seen[file.name]["label"] for file in files} <= known
        same = [seen[file.name]["label"] == reference.top1(file) for file in files]
        assert np.mean(same) >= 0.9
        first_words = [line.split(",")[0] for line in labels.read_text().splitlines()]
        assert (
            sum(a.split(",")[0] == b for a, b in zip(reference.labels, first_words, strict=True))
            >= len(known) - 20
        )
