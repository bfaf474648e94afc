"""Opens an address in the system's browser, where there is a display to show it."""

from __future__ import annotations

import subprocess
import sys
import webbrowser
from collections.abc import Mapping

from desktop.display import has_display
from store.frozen import is_frozen


def open_browser(url: str, environment: Mapping[str, str]) -> bool:
    """Open the address; False where there is no display or no browser.

    A browser writes on the standard output that it is given, and ours carries the ready line: so it is
    started by a process of its own without one.
    """
    if not has_display(environment):
        return False
    try:
        webbrowser.get()
        if is_frozen():
            return webbrowser.open(url)
        subprocess.Popen(  # noqa: S603 - our own interpreter and our own address
            [sys.executable, "-m", "webbrowser", url],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
    except (webbrowser.Error, OSError):
        return False
    return True
