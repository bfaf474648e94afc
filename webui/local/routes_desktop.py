"""The addresses of the desktop around the page."""

from __future__ import annotations

from webui.local.dialogs import Desktop
from webui.local.handlers import desktop as handlers
from webui.local.messages import Nothing
from webui.routes import Operation, Route


def routes(desktop: Desktop) -> list[Route]:
    """Whether there is a window, and its dialogs, which answer when the user has."""
    what = Operation("GET", "Whether Whimbrel has a window of its own.", handlers.DesktopInfo)
    pictures = _asks("The system's dialog for pictures.", handlers.PickedPictures, Nothing)
    folder = _asks("The system's dialog for a folder.", handlers.PickedPath, Nothing)
    save = _asks("The system's dialog for saving a file.", handlers.PickedPath, handlers.SaveAsRequest)
    collaborators = {"desktop": desktop}
    return [
        Route("/api/desktop", handlers.DesktopHandler, (what,), collaborators),
        Route("/api/desktop/pick-pictures", handlers.PickPicturesHandler, (pictures,), collaborators),
        Route("/api/desktop/pick-folder", handlers.PickFolderHandler, (folder,), collaborators),
        Route("/api/desktop/save-as", handlers.SaveAsHandler, (save,), collaborators),
    ]


def _asks(summary: str, gives: type, body: type) -> Operation:
    return Operation("POST", summary, gives, body, problems=(400, 409, 422))
