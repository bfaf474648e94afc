"""What the handlers of the program itself need: its settings, its folder, and what tells of its health."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from webui.local.messages_program import CrashInfo, DiagnosticsText, ProgramInfo, ProgramSettingInfo


class Program(Protocol):
    """The program that serves the page; blocks. Raises StoreError with a sentence."""

    def info(self) -> ProgramInfo:
        """Where its data is, what takes room there, and what is installed."""

    def show_folder(self) -> None:
        """Opens the data folder in the system's file manager."""

    def settings(self) -> Sequence[ProgramSettingInfo]:
        """The settings that a start reads."""

    def change_settings(self, values: Mapping[str, object]) -> Sequence[ProgramSettingInfo]:
        """Writes some into the file of settings; None takes one out of it."""

    def diagnostics(self) -> DiagnosticsText:
        """The diagnostics file, made now."""

    def crash(self) -> CrashInfo | None:
        """How the run before ended, where that is to be told."""

    def crash_report(self) -> DiagnosticsText | None:
        """The diagnostics file with the newest report of a crash, None where there is none."""

    def dismiss_crash(self) -> None:
        """Nothing of the crashes so far is told again."""
