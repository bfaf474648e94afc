#!/usr/bin/env python3
"""The developer's one command: sets up what is missing, then runs, tests, checks or measures Whimbrel.

    python3 build_scripts/dev.py run                 set up and open Whimbrel in its window
    python3 build_scripts/dev.py run --no-window     set up, serve it, print the address
    python3 build_scripts/dev.py test                all tests (arguments after it go to pytest)
    python3 build_scripts/dev.py help                the rest

Standard library only. What was done once is stamped and not done again until its inputs change.
"""

import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - older interpreters must get this far to be told
    found = ".".join(str(part) for part in sys.version_info[:2])
    sys.exit(f"Whimbrel needs Python 3.11 or newer; this is {found}. Start it with a newer one.")

sys.path[0] = str(Path(__file__).resolve().parent.parent)

from build_scripts._commands import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
