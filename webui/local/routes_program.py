"""The addresses of the program itself."""

from __future__ import annotations

from typing import Any

from webui.local import messages_program as messages
from webui.local.handlers import program
from webui.local.messages import Nothing
from webui.local.services_program import Program
from webui.routes import Operation, Route


def routes(service: Program) -> list[Route]:
    """Its folder, its settings, diagnostics, and how the run before ended."""
    given = {"program": service}
    info = Operation("GET", "Where the data is, what takes room, what is installed.", messages.ProgramInfo)
    show = Operation(
        "POST",
        "Opens the data folder in the file manager.",
        messages.ShownFolder,
        Nothing,
        problems=(400, 409, 422),
    )
    listed = Operation(
        "GET", "The settings that a start reads.", messages.ProgramSettingList, problems=(422,)
    )
    changed = Operation(
        "PATCH",
        "Writes some of them into settings.toml; null takes one out.",
        messages.ProgramSettingList,
        dict[str, Any],
        problems=(400, 422, 500, 507),
    )
    made = Operation("GET", "The diagnostics file, made now.", messages.DiagnosticsText)
    report = Operation(
        "GET", "How the run before ended, with the diagnostics.", messages.DiagnosticsText, problems=(404,)
    )
    dismissed = Operation("DELETE", "Does not tell of it again.", Nothing)
    return [
        Route("/api/program", program.ProgramHandler, (info,), given),
        Route("/api/program/show-folder", program.ShowFolderHandler, (show,), given),
        Route("/api/program/settings", program.ProgramSettingsHandler, (listed, changed), given),
        Route("/api/program/diagnostics", program.DiagnosticsHandler, (made,), given),
        Route("/api/program/crash", program.CrashHandler, (report, dismissed), given),
    ]
