"""The commands of `whimbrel collect` that look after it; each works beside a running collector."""

from __future__ import annotations

import argparse
import getpass
import sys
from datetime import UTC, datetime

import msgspec

from desktop.collect_database import collector_of, database_text, opened, who
from desktop.errors import PlainError
from desktop.settings import Settings
from store.clock import SystemClock
from store.collector import backup as backups
from store.collector import migrations
from store.collector.devices import Device
from store.collector.retention import KINDS

_HOUR_MS, _DAY_MS = 3_600_000, 86_400_000


def migrate(settings: Settings, chosen: argparse.Namespace) -> int:
    """Bring the database to this Whimbrel's schema."""
    with opened(settings, chosen) as database:
        applied = migrations.migrate(database, SystemClock())
        schema = migrations.schema_of(database)
    for migration in applied:
        print(f"Applied {migration.number}: {migration.name}.")
    print(f"The collector's database has schema {schema}{'' if applied else ' already'}.")
    return 0


def enrolment_code(settings: Settings, chosen: argparse.Namespace) -> int:
    """Make a code and print it, once."""
    if chosen.hours <= 0:
        raise PlainError("A code is good for more than no time.", "Give --hours a number above 0.", 2)
    with collector_of(settings, chosen, may_make=True) as collector:
        lasts_ms = int(chosen.hours * _HOUR_MS)
        code = collector.devices.new_code(who(), group=chosen.group, lasts_ms=lasts_ms)
    print(code)
    print(f"It lets one device in, once, for {chosen.hours:g} hours. It is shown only here.")
    return 0


def token(settings: Settings, chosen: argparse.Namespace) -> int:
    """Make a token and print it, once."""
    with collector_of(settings, chosen, may_make=True) as collector:
        made = collector.devices.new_token(chosen.name, [chosen.scope], who())
    print(made.token)
    print("Send it as `Authorization: Bearer TOKEN`. It is shown only here.")
    return 0


def devices(settings: Settings, chosen: argparse.Namespace) -> int:
    """List who sends."""
    now = SystemClock().now_ms()
    with collector_of(settings, chosen) as collector:
        found = collector.devices.all()
    if chosen.silent_for is not None:
        since = now - chosen.silent_for * _DAY_MS
        found = [each for each in found if each.revoked_at is None and (each.last_seen_at or 0) < since]
    if chosen.json:
        print(msgspec.json.encode([_as_json(each) for each in found]).decode())
        return 0
    print(
        f"{'name':<24} {'id':<10} {'state':<9} {'last heard of':<17} {'accepted':>10} {'waiting':>9}  version"
    )
    for each in found:
        print(_line(each))
    return 0


def _as_json(device: Device) -> dict[str, object]:
    return {**msgspec.structs.asdict(device), "id": device.id.hex()}


def _line(device: Device) -> str:
    state = "enrolled" if device.revoked_at is None else "revoked"
    waiting = "" if device.waiting is None else str(device.waiting)
    return (
        f"{device.name[:24]:<24} {device.id.hex()[:8]:<10} {state:<9} {_time(device.last_seen_at):<17} "
        f"{device.accepted:>10} {waiting:>9}  {device.app_version or '-'}"
    )


def _time(moment: int | None) -> str:
    if moment is None:
        return "never"
    return datetime.fromtimestamp(moment / 1000, UTC).strftime("%Y-%m-%d %H:%M")


def revoke(settings: Settings, chosen: argparse.Namespace) -> int:
    """Put a sender out."""
    with collector_of(settings, chosen) as collector:
        device = collector.devices.find(chosen.device)
        collector.devices.revoke(device.id, who())
    print(f"{device.name} ({device.id.hex()[:8]}) is out; what it sent stays.")
    return 0


def retention(settings: Settings, chosen: argparse.Namespace) -> int:
    """Show the limits, after setting one if asked to."""
    with collector_of(settings, chosen) as collector:
        if chosen.set is not None:
            kind, limit = _limit(*chosen.set)
            collector.retention.set_limit(kind, limit, who())
        for kind, days in collector.retention.limits().items():
            print(f"{kind:<12} {'for ever' if days is None else f'{days} days'}")
    print("What an event was and that it came is kept for ever. What is too old goes within an hour.")
    return 0


def _limit(kind: str, days: str) -> tuple[str, int | None]:
    if kind not in KINDS or not days.isdigit():
        raise PlainError(f"{kind} {days} is no limit.", f"Give one of {', '.join(KINDS)}, and days.", 2)
    return kind, int(days) or None


def account(settings: Settings, chosen: argparse.Namespace) -> int:
    """Make an account of the team's, give it another role and password, or close it; or list all."""
    with collector_of(settings, chosen, may_make=True) as collector:
        if chosen.name is None:
            for each, is_open in collector.accounts.all():
                print(f"{each.name:<24} {each.role:<9} {'' if is_open else 'closed'}".rstrip())
        elif chosen.close:
            collector.accounts.close(chosen.name, who())
            print(f"{chosen.name} is closed, and signed out.")
        else:
            collector.accounts.put(chosen.name, chosen.role, _password(), who())
            print(f"{chosen.name} is {chosen.role} now.")
    return 0


def _password() -> str:
    """Asked for where somebody sits there, else the first line of standard input."""
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Once more: "):
        raise PlainError("The two are not the same.", "Start again.", 2)
    return first


def audit(settings: Settings, chosen: argparse.Namespace) -> int:
    """Print the newest lines of the log."""
    with collector_of(settings, chosen) as collector, collector.database.read() as session:
        for entry in collector.audit.last(session):
            details = " ".join(f"{name}={value}" for name, value in entry.details.items())
            print(f"{_time(entry.at)}  {entry.what:<18} {entry.who:<24} {details}")
    return 0


def backup(settings: Settings, chosen: argparse.Namespace) -> int:
    """Copy the collector into a file."""
    backups.back_up(database_text(settings, chosen), chosen.file)
    print(f"The collector is copied to {chosen.file} ({chosen.file.stat().st_size / 1e6:.1f} MB).")
    return 0


def restore(settings: Settings, chosen: argparse.Namespace) -> int:
    """Make a collector of a copy."""
    backups.restore(database_text(settings, chosen), chosen.file)
    with opened(settings, chosen, may_make=False) as database:
        migrations.require_schema(database)
    print("The collector is restored. Devices send again by themselves what came after the copy was made.")
    return 0
