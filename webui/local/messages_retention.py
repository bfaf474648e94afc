"""The JSON of retention and erasure: camelCase. Times are ms, sizes bytes."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from store.events import HexDigest, Name
from store.local.erasure.copies import Copies
from store.local.erasure.scope import Scope
from store.local.removal import Amounts
from store.local.retention.policy import Kind, Rule
from store.local.retention.preview import Item, Preview
from store.local.upkeep_log import Entry
from webui.local.services_retention import Upkeep


class RuleInfo(Struct, frozen=True, rename="camel"):
    """How long one kind is kept: its limits, and the settings that change them (null: it has none)."""

    kind: Kind
    days: int | None
    days_setting: str | None
    megabytes: int | None
    megabytes_setting: str | None


class Run(Struct, frozen=True, rename="camel"):
    """One removal, by itself or asked for; `gone` grows while it works.

    `kept_backups` hold what was erased still, as the memory is damaged; they go with the next good backup.
    """

    number: int
    what: Literal["retention", "erasure"]
    asked: bool
    state: Literal["working", "done"]
    gone: Amounts
    backups: int
    damaged_copies: int
    log_files: int
    started_at: int
    ended_at: int | None
    told: bool
    kept_backups: int = 0


class RetentionPreview(Struct, frozen=True, rename="camel"):
    """What would go now; `token` makes the run take exactly that."""

    token: str
    items: list[Item]
    bytes: int


class Retention(Struct, frozen=True, rename="camel"):
    """What is kept for how long, what would go now, what went, and why ages wait (null: they don't)."""

    rules: list[RuleInfo]
    preview: RetentionPreview
    runs: list[Run]
    clock_problem: str | None


class RunRequest(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """A run of what a preview showed."""

    token: Name


class ToldRequest(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """The page has said what went by itself, up to this run."""

    number: Annotated[int, Meta(ge=0, le=2**53)]


class EraseRequest(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """One of a picture, a session or everything; `confirmation` is needed for everything."""

    picture_sha256: HexDigest | None = None
    session_id: Name | None = None
    everything: bool = False
    preview: bool = False
    damaged_copies: bool = False
    confirmation: Annotated[str, Meta(max_length=64)] | None = None

    @property
    def scope(self) -> Scope:
        """What is to be erased."""
        return Scope(self.picture_sha256, self.session_id, self.everything)


class ErasurePreview(Struct, frozen=True, rename="camel"):
    """What an erasure would remove, and the copies: backups are replaced, damaged ones may be removed."""

    items: list[Item]
    bytes: int
    backups: int
    backup_bytes: int
    damaged_copies: int
    damaged_bytes: int


class Erasure(Struct, frozen=True, rename="camel"):
    """The answer to an erasure: what it would be, or the run that it has become."""

    preview: ErasurePreview | None = None
    run: Run | None = None


class Erased(Struct, frozen=True, rename="camel"):
    """The event `erased`: nothing of this can be read any more, and whoever shows it lets go of it."""

    number: int
    picture_sha256: str | None
    session_id: str | None
    everything: bool


def rule_info(rule: Rule) -> RuleInfo:
    """A rule as the page sees it."""
    return RuleInfo(rule.kind, rule.days, rule.days_setting, rule.megabytes, rule.megabytes_setting)


def run_of(entry: Entry) -> Run:
    """A row of the log without what it was about."""
    done = entry.done
    return Run(
        number=entry.number,
        what=entry.what,
        asked=entry.asked,
        state=entry.state,
        gone=done.amounts,
        backups=done.backups,
        damaged_copies=done.damaged_copies,
        log_files=done.log_files,
        started_at=entry.started_at,
        ended_at=entry.ended_at,
        told=entry.told,
        kept_backups=done.kept_backups,
    )


def erasure_preview(preview: Preview, copies: Copies) -> ErasurePreview:
    """What an erasure would remove, as the page sees it."""
    return ErasurePreview(
        preview.items,
        preview.amounts.bytes,
        copies.backups,
        copies.backup_bytes,
        copies.damaged,
        copies.damaged_bytes,
    )


def erased(number: int, scope: Scope) -> Erased:
    """The event of an erasure."""
    return Erased(number, scope.picture_sha256, scope.session_id, scope.everything)


def retention_of(upkeep: Upkeep) -> Retention:
    """All that `GET /api/retention` tells."""
    token, preview = upkeep.preview()
    return Retention(
        rules=[rule_info(rule) for rule in upkeep.rules()],
        preview=RetentionPreview(token, preview.items, preview.amounts.bytes),
        runs=[run_of(entry) for entry in upkeep.entries()],
        clock_problem=upkeep.watch.why_not(),
    )
