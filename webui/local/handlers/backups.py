"""Backups: listed, made, and put in the memory's place."""

from __future__ import annotations

from typing import Literal

import msgspec

from webui import problems
from webui.base_handler import Authentication
from webui.local.local_handler import LocalHandler
from webui.local.messages import Nothing
from webui.local.services_backups import Backup, BackupServices
from webui.problems import Problem


class BackupInfo(msgspec.Struct, frozen=True, rename="camel"):
    """One backup; `made_at` in ms since the epoch."""

    name: str
    kind: Literal["daily", "asked", "before-schema"]
    made_at: int
    bytes: int


class BackupList(msgspec.Struct, frozen=True, rename="camel"):
    """Every backup, the newest first."""

    backups: list[BackupInfo]


class _BackupsHandler(LocalHandler):
    services: BackupServices

    def listed(self) -> list[BackupInfo]:
        """What there is."""
        return [_info(backup) for backup in self.services.backups.list()]


class BackupsHandler(_BackupsHandler):
    """`GET` and `POST /api/backups`."""

    authentication = Authentication.COOKIE

    async def get(self) -> None:
        """Every backup."""
        self.answer(BackupList(await self.call(self.listed)))

    async def post(self) -> None:
        """Makes one, and answers when it is complete and checked."""
        self.decode(self.body(), Nothing)
        self.answer(await self.call(self._make), 201)

    def _make(self) -> BackupInfo:
        made = self.services.backups.make().stem
        return next(backup for backup in self.listed() if backup.name == made)


class RestoreHandler(_BackupsHandler):
    """`POST /api/backups/{name}/restore`."""

    authentication = Authentication.COOKIE

    async def post(self, name: str) -> None:
        """Begins to put a backup in the memory's place; `/api/recovery` says how that goes."""
        self.decode(self.body(), Nothing)
        found = [backup for backup in await self.call(self.listed) if backup.name == name]
        if not found:
            raise Problem(
                problems.NOT_FOUND,
                "There is no backup of this name.",
                "See those that there are: /api/backups",
            )
        self.answer(found[0], 202)
        self.services.restore(name)


def _info(backup: Backup) -> BackupInfo:
    value = {"name": backup.name, "kind": backup.kind, "madeAt": backup.made_at, "bytes": backup.size}
    return msgspec.convert(value, BackupInfo)
