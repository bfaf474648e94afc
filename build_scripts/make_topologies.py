"""Generates store/models/topologies/*.json with tensorflowjs; with --check compares and writes nothing.

It needs TensorFlow: run by a Python without it, it starts itself again with the one of .venv-training.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "store" / "models" / "topologies"
TRAINING_PYTHON = ROOT / ".venv-training" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def main() -> int:
    """Writes or compares the files; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    check = parser.parse_args().check
    if importlib.util.find_spec("tensorflow") is None:
        return _in_training_environment()
    return _generate(check)


def _in_training_environment() -> int:
    if not TRAINING_PYTHON.exists():
        print(
            f"TensorFlow is not here and there is no {TRAINING_PYTHON}. Install the training component first."
        )
        return 2
    return subprocess.run([TRAINING_PYTHON, *sys.argv], check=False).returncode


def _generate(check: bool) -> int:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.path.insert(0, str(ROOT))
    from store.training.topologies import generate_all  # noqa: PLC0415 - TensorFlow is there only now

    different = 0
    for family, text in generate_all().items():
        path = TARGET / f"{family}.json"
        same = path.exists() and path.read_text(encoding="utf-8") == text
        print(f"{path.name}: {len(text)} bytes, {'the same' if same else 'different'}")
        different += not same
        if not check:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
    return 1 if check and different else 0


if __name__ == "__main__":
    sys.exit(main())
