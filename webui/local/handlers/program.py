"""The program itself: its folder, the settings that a start reads, diagnostics, and how it ended before."""

from __future__ import annotations

from typing import Any

from webui import problems
from webui.base_handler import Authentication
from webui.local.local_handler import LocalHandler
from webui.local.messages import Nothing
from webui.local.messages_program import ProgramSettingList, ShownFolder
from webui.local.services_program import Program
from webui.problems import Problem

SETTINGS_FILE = "settings.toml"


class ProgramHandler(LocalHandler):
    """`GET /api/program`."""

    authentication = Authentication.COOKIE
    program: Program
    timed = False  # it walks folders

    async def get(self) -> None:
        """Where everything is."""
        self.answer(await self.call(self.program.info))


class ShowFolderHandler(LocalHandler):
    """`POST /api/program/show-folder`."""

    authentication = Authentication.COOKIE
    program: Program

    async def post(self) -> None:
        """Opens the data folder, and nothing else, in the file manager."""
        self.decode(self.body(), Nothing)
        info = await self.call(self.program.info)
        if not info.can_show:
            raise Problem(
                problems.CONFLICT,
                "There is no screen here on which a folder could be shown.",
                f"Open {info.data_dir} yourself.",
            )
        await self.call(self.program.show_folder)
        self.answer(ShownFolder(info.data_dir))


class ProgramSettingsHandler(LocalHandler):
    """`GET` and `PATCH /api/program/settings`."""

    authentication = Authentication.COOKIE
    program: Program

    async def get(self) -> None:
        """Every setting that a start reads."""
        self.answer(ProgramSettingList(SETTINGS_FILE, list(await self.call(self.program.settings))))

    async def patch(self) -> None:
        """Writes some into the file, all or none."""
        changes = self.decode(self.body(), dict[str, Any])
        changed = await self.call(self.program.change_settings, changes)
        self.answer(ProgramSettingList(SETTINGS_FILE, list(changed)))


class DiagnosticsHandler(LocalHandler):
    """`GET /api/program/diagnostics`."""

    authentication = Authentication.COOKIE
    program: Program
    timed = False  # it reads the whole memory

    async def get(self) -> None:
        """The file, to be read before it is saved."""
        self.answer(await self.call(self.program.diagnostics))


class CrashHandler(LocalHandler):
    """`GET` and `DELETE /api/program/crash`."""

    authentication = Authentication.COOKIE
    program: Program
    timed = False

    async def get(self) -> None:
        """The report of the newest crash that was not dismissed, with the diagnostics."""
        found = await self.call(self.program.crash_report)
        if found is None:
            raise Problem(
                problems.NOT_FOUND,
                "There is no report of an end that nobody wanted.",
                "There is nothing to do.",
            )
        self.answer(found)

    async def delete(self) -> None:
        """Does not tell of it again; the file stays with the logs until newer ones take its place."""
        await self.call(self.program.dismiss_crash)
        self.answer(Nothing())
