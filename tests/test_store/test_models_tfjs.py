from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from PIL import Image
from small_model import small_model

from store.models.adding import add_sets
from store.models.parsed import ParsedModel

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "webui" / "page"
SCRIPT = Path(__file__).with_name("run_graph_model.cjs")


@pytest.fixture(scope="module")
def node() -> str:
    """Node, with the page's own TensorFlow.js beside it."""
    found = shutil.which("node")
    if found is None or not (PAGE / "node_modules" / "@tensorflow" / "tfjs-backend-cpu").is_dir():
        pytest.skip(
            "Node or the page's packages are not here: python3 build_scripts/dev.py setup brings them."
        )
    return found


def tfjs_errors(node: str, models: Path, parsed: ParsedModel) -> dict[str, dict[str, float]]:
    """The worst error of TF.js against numpy, relative to the largest number, by variant and output."""
    picture = models / "one.png"
    Image.linear_gradient("L").save(picture)
    version = add_sets(models, parsed, [picture], lambda _sentence, _done: None, 0)
    command = [node, str(SCRIPT), str(PAGE), str(models / version.backbone_id)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=250)
    assert done.returncode == 0, done.stderr
    errors: dict[str, dict[str, float]] = json.loads(done.stdout.strip().splitlines()[-1])
    return errors


@pytest.mark.parametrize(
    ("family", "alpha"), [("mobilenet_v2", 0.35), ("mobilenet_v1", 0.25), ("efficientnet_lite0", None)]
)
def test_tensorflow_js_computes_what_numpy_does(
    node: str, tmp_path: Path, family: str, alpha: float | None
) -> None:
    errors = tfjs_errors(node, tmp_path, small_model(family=family, alpha=alpha))
    assert set(errors) == {"float32", "float16", "uint8"}
    for variant, error in errors.items():
        assert error["embedding"] < 1e-5, (variant, error)
        assert error["features"] < 1e-5, (variant, error)
