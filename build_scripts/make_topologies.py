"""Generates store/models/topologies/*.json with tensorflowjs; with --check compares and writes nothing.

It needs TensorFlow: run by a Python without it, it starts itself again with the training component's.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
TARGET = ROOT / "store" / "models" / "topologies"
sys.path.insert(0, str(ROOT))

from store.models.training_component import training_python


def main() -> int:
    """Writes or compares the files; the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare and write nothing")
    parser.add_argument("--widths", type=int, help="look at so many widths of each family; all if not given")
    arguments = parser.parse_args()
    python = training_python()
    if python is None:
        print("The training component is not installed: there is no TensorFlow to generate them with.")
        return 2
    if python != Path(sys.executable):
        return subprocess.run([python, *sys.argv], check=False).returncode
    return _generate(arguments.check, arguments.widths)


def _generate(check: bool, widths: int | None) -> int:
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    from store.training.topologies import generate_all  # noqa: PLC0415 - TensorFlow is there only now

    different = 0
    for family, text in generate_all(widths).items():
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
