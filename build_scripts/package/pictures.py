"""The program's icon in every size and form that systems ask for, from the page's own drawing."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from PIL import Image

from build_scripts._steps import ROOT

DRAWING = ROOT / "webui" / "page" / "src" / "look" / "whimbrel.svg"
SIZES = (16, 22, 24, 32, 48, 64, 128, 256, 512)
_WINDOWS = tuple((size, size) for size in (16, 24, 32, 48, 64, 128, 256))


def draw_icons(folder: Path) -> None:
    """Write icons/hicolor as Linux wants it, whimbrel.ico for Windows and whimbrel.icns for macOS."""
    theme = folder / "icons" / "hicolor"
    for size in SIZES:
        place = theme / f"{size}x{size}" / "apps" / "whimbrel.png"
        place.parent.mkdir(parents=True, exist_ok=True)
        _draw(place, size)
    (theme / "scalable" / "apps").mkdir(parents=True, exist_ok=True)
    shutil.copy(DRAWING, theme / "scalable" / "apps" / "whimbrel.svg")
    with Image.open(theme / "512x512" / "apps" / "whimbrel.png") as largest:
        largest.save(folder / "whimbrel.ico", sizes=_WINDOWS)
        largest.save(folder / "whimbrel.icns")


def _draw(place: Path, size: int) -> None:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from PySide6.QtCore import Qt  # noqa: PLC0415 - after the platform is chosen
    from PySide6.QtGui import QImage, QPainter  # noqa: PLC0415
    from PySide6.QtSvg import QSvgRenderer  # noqa: PLC0415

    image = QImage(size, size, QImage.Format.Format_ARGB32)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(str(DRAWING)).render(painter)
    painter.end()
    image.save(str(place))
