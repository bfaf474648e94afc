"""What the page saves in Whimbrel's own window on Qt: into the user's downloads, never over another file.

pywebview's own way asks in a dialog and then calls what Qt 6 no longer has, so that nothing is saved.
"""

from __future__ import annotations

import json
import logging
from functools import partial
from pathlib import Path
from typing import Any

log = logging.getLogger(__name__)

_NAMELESS = "whimbrel"
_TELL = "dispatchEvent(new CustomEvent('whimbrel-saved', {detail: %s}))"
_NOT_SAVED = (
    "The file could not be saved in %s (%s). Make room there or make the folder writable, then save again."
)


def save_downloads(view: Any, folder: Path) -> None:  # noqa: ANN401 - Qt's QWebEngineView
    """Keep in `folder`, which is made where it is missing, what the page in `view` saves, and tell the page.

    The page gets an event `whimbrel-saved` on its window, `{name, sentence}`: the name that it gave, and what
    came of it. To be called in Qt's thread.
    """
    page = view.page()
    page.profile().downloadRequested.connect(partial(_save, page, folder))


def reserve(folder: Path, name: str) -> Path:
    """Make an empty file `name`, `name (2)`, ... in `folder`, whichever is free. Raises OSError.

    Made here and now, so that nobody else can take the name before the download does.
    """
    folder.mkdir(parents=True, exist_ok=True)
    wanted = Path(Path(name).name or _NAMELESS)
    target, again = folder / wanted, 2
    while True:
        try:
            target.touch(exist_ok=False)
        except FileExistsError:
            target, again = folder / f"{wanted.stem} ({again}){wanted.suffix}", again + 1
        else:
            return target


def _save(page: Any, folder: Path, download: Any) -> None:  # noqa: ANN401
    name = download.suggestedFileName()
    try:
        target = reserve(folder, name)
    except OSError as error:
        download.cancel()
        _tell(page, name, _NOT_SAVED % (folder, error.strerror))
        return
    download.setDownloadDirectory(str(target.parent))
    download.setDownloadFileName(target.name)
    download.isFinishedChanged.connect(partial(_finished, page, name, target, download))
    download.accept()


def _finished(page: Any, name: str, target: Path, download: Any) -> None:  # noqa: ANN401
    if download.state() == download.DownloadState.DownloadCompleted:
        _tell(page, name, f"Saved as {target.name} in {target.parent.name}.")
        return
    target.unlink(missing_ok=True)
    _tell(page, name, _NOT_SAVED % (target.parent, download.interruptReasonString()))


def _tell(page: Any, name: str, sentence: str) -> None:  # noqa: ANN401
    log.info("%s", sentence)
    page.runJavaScript(_TELL % json.dumps({"name": name, "sentence": sentence}))
