"""The addresses of backups."""

from __future__ import annotations

from webui.local.handlers import backups
from webui.local.messages import Nothing
from webui.local.services_backups import BackupServices
from webui.routes import Operation, Route


def routes(services: BackupServices) -> list[Route]:
    """Listing, making and restoring."""
    listed = Operation("GET", "Every backup, the newest first.", backups.BackupList)
    made = Operation(
        "POST",
        "Makes a backup; answers when it is complete and checked.",
        backups.BackupInfo,
        Nothing,
        status=201,
        problems=(400, 409, 422, 503, 507),
    )
    restored = Operation(
        "POST",
        "Puts a backup in the memory's place; Whimbrel then opens anew.",
        backups.BackupInfo,
        Nothing,
        status=202,
        problems=(400, 404, 422, 503),
    )
    collaborators = {"services": services}
    return [
        Route("/api/backups", backups.BackupsHandler, (listed, made), collaborators),
        Route("/api/backups/{name}/restore", backups.RestoreHandler, (restored,), collaborators),
    ]
