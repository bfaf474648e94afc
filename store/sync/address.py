"""The address of a collector, as a person types it."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from store.sync.forms import SyncError


def collector_url(text: str) -> str:
    """The address without a slash at its end: https, or http on this machine. Raises SyncError."""
    typed = text.strip()
    if "://" not in typed:
        typed = f"https://{typed}"
    try:
        parts = urlsplit(typed)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise _unreadable(text) from None
    if not host or parts.username is not None or parts.query or parts.fragment:
        raise _unreadable(text)
    if parts.scheme not in ("http", "https"):
        raise _unreadable(text)
    if parts.scheme == "http" and not is_loopback(host):
        raise SyncError(
            "This address begins with http://, so anybody on the way could read what is sent.",
            "Ask your team for the address that begins with https://.",
        )
    return f"{parts.scheme}://{parts.netloc}{parts.path}".rstrip("/")


def is_safe(url: str) -> bool:
    """Whether a file may be fetched from there: over https, or from this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host)))


def is_loopback(host: str) -> bool:
    """Whether this is the machine itself."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _unreadable(text: str) -> SyncError:
    return SyncError(
        f"{text[:100]!r} is not the address of a collector.",
        "It looks like https://collector.example.org; ask your team for it.",
    )
