"""Which networks this machine is in, for noticing that one appeared."""

from __future__ import annotations

import ipaddress


def networks() -> frozenset[tuple[str, str]]:
    """Interface and address of every way out of this machine that is up. Raises OSError."""
    import psutil  # noqa: PLC0415 - the server must start without it

    up = {name for name, state in psutil.net_if_stats().items() if state.isup}
    return frozenset(
        (name, address.address)
        for name, addresses in psutil.net_if_addrs().items()
        if name in up
        for address in addresses
        if _leads_out(address.address)
    )


def _leads_out(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:  # a hardware address
        return False
    return not (address.is_loopback or address.is_link_local)
