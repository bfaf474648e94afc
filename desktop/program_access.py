"""The program as the page sees it: its folder, its settings, diagnostics, and reports of crashes."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from desktop.crashes import CrashReports
from desktop.data_folder import DataFolder
from desktop.diagnostics import Diagnostics
from desktop.display import has_display
from desktop.installed import app_version
from desktop.settings_file import ProgramSetting, ProgramSettings
from store.clock import Clock
from store.local.errors import StoreError
from store.local.figures.forms import StorageFigure
from webui.local.messages_program import CrashInfo, DiagnosticsText, ProgramInfo, ProgramSettingInfo

Storage = Callable[[], list[StorageFigure]]


@dataclass(frozen=True)
class RunningProgram:
    """Answers for the program that serves a data folder. Every method blocks, none is for an event loop."""

    folder: DataFolder
    program_settings: ProgramSettings
    crashes: CrashReports
    storage: Storage
    clock: Clock
    open_folder: Callable[[Path], None]

    def info(self) -> ProgramInfo:
        """Where its data is, what takes room there, and what is installed."""
        from store.models.training_component import training_python  # noqa: PLC0415 - loads numpy

        training = training_python()
        return ProgramInfo(
            version=app_version(),
            data_dir=str(self.folder.path),
            storage=self.storage(),
            free=shutil.disk_usage(self.folder.path).free,
            can_show=file_manager(self.program_settings.environment) is not None,
            training=None if training is None else str(training),
        )

    def show_folder(self) -> None:
        """Opens the data folder. Raises StoreError where the file manager can't be started."""
        try:
            self.open_folder(self.folder.path)
        except OSError as error:
            raise StoreError(
                f"The file manager could not be started ({error.strerror}).",
                f"Open {self.folder.path} yourself.",
            ) from error

    def settings(self) -> Sequence[ProgramSettingInfo]:
        """The settings that a start reads."""
        return [_told(row) for row in self.program_settings.shown()]

    def change_settings(self, values: Mapping[str, object]) -> Sequence[ProgramSettingInfo]:
        """Writes some into the file of settings. Raises as `ProgramSettings.change` does."""
        return [_told(row) for row in self.program_settings.change(values)]

    def diagnostics(self) -> DiagnosticsText:
        """The diagnostics file, made now."""
        return self._file("diagnostics", self._diagnostics.text())

    def crash(self) -> CrashInfo | None:
        """How the run before ended, where that is to be told."""
        found = self.crashes.newest()
        return None if found is None else CrashInfo(found.kind, found.at)

    def crash_report(self) -> DiagnosticsText | None:
        """The diagnostics with the newest report, None where there is none."""
        found = self.crashes.newest()
        return None if found is None else self._file("report", self._diagnostics.text(found.text()))

    def dismiss_crash(self) -> None:
        """Nothing of the crashes so far is told again."""
        self.crashes.dismiss()

    @property
    def _diagnostics(self) -> Diagnostics:
        return Diagnostics(self.folder, self.program_settings, self.clock)

    def _file(self, what: str, text: str) -> DiagnosticsText:
        day = datetime.fromtimestamp(self.clock.now_ms() / 1000, UTC)
        return DiagnosticsText(f"whimbrel-{what}-{day:%Y-%m-%d-%H%M}.txt", text)


def _told(row: ProgramSetting) -> ProgramSettingInfo:
    option = row.option
    return ProgramSettingInfo(
        name=option.name,
        default=option.default,
        now=row.now,  # type: ignore[arg-type]  # of the option's own type, which is one of these
        next=row.next,  # type: ignore[arg-type]
        source=row.source,
        written=row.written,  # type: ignore[arg-type]
        flag=option.flag,
        variable=option.variable,
    )


def file_manager(environment: Mapping[str, str]) -> str | None:
    """The command that shows a folder in the system's file manager, None where there is none or no screen."""
    if sys.platform == "win32":
        return "explorer"
    if sys.platform == "darwin":
        return "open"
    return shutil.which("xdg-open") if has_display(environment) else None


def open_in_file_manager(environment: Mapping[str, str]) -> Callable[[Path], None]:
    """What opens a folder; raises OSError where that can't be started."""

    def show(folder: Path) -> None:
        command = file_manager(environment)
        if command is None:
            raise FileNotFoundError(2, "there is none")
        subprocess.Popen(  # noqa: S603 - the system's own command and our own folder
            [command, str(folder)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )

    return show
