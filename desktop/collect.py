"""`whimbrel collect`: listens, answers devices, and looks after the database once an hour."""

from __future__ import annotations

import argparse
import contextlib
import functools
import ipaddress
import itertools
import logging
import os
import secrets
import socket
import ssl
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from desktop.collect_arguments import chosen_option
from desktop.collect_database import opened
from desktop.collect_queue import queue_of
from desktop.errors import PlainError
from desktop.installed import app_version
from desktop.local_server import LocalServer
from desktop.logs import start_logging
from desktop.pace import TURN_S, tidy_seldom
from desktop.settings import Settings
from desktop.stop_signals import on_stop_signal
from store.clock import SystemClock
from store.collector.analytics import Analytics
from store.collector.database import CollectorDatabase
from store.collector.errors import CollectorError
from store.collector.opening import make_if_new, open_database
from store.collector.service import Collector
from webui.collector.application import CollectorApplication, make_server

log = logging.getLogger("whimbrel.collect")
COUNT_EVERY_S = 60.0
UPKEEP_EVERY = 60  # times of counting
_BACKLOG = 256


def collect(settings: Settings, chosen: argparse.Namespace) -> int:
    """Serve until asked to end."""
    address = chosen_option("collect_address", chosen, os.environ)
    tls = _tls(chosen_option("tls_cert", chosen, os.environ), chosen_option("tls_key", chosen, os.environ))
    _refuse_plain(address, encrypted=tls is not None, behind_proxy=chosen.behind_proxy)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    start_logging(settings.data_dir / "logs", settings.log_level)
    with contextlib.ExitStack() as held:
        database = held.enter_context(opened(settings, chosen))
        make_if_new(database, SystemClock())
        analytics = _analytics(database, chosen_option("analytics_url", chosen, os.environ), held)
        collector = Collector(database, SystemClock(), analytics=analytics)
        listening = _listen(address, chosen_option("collect_port", chosen, os.environ))
        queued = queue_of(chosen, collector, held)
        application = CollectorApplication(collector, app_version(), secrets.randbelow, queued)
        _serve(application, listening, tls, [] if chosen.behind_proxy else None, held)
        _look_after(collector, held)
        scheme, port = "https" if tls else "http", listening.getsockname()[1]
        place = f"[{address}]" if ":" in address else address
        tidy_seldom()
        sys.setswitchinterval(TURN_S)
        print(f"Whimbrel collects at {scheme}://{place}:{port} as collector {collector.id.hex()}", flush=True)
        ended = threading.Event()
        on_stop_signal(ended.set)
        ended.wait()
    return 0


def _analytics(database: CollectorDatabase, url: str | None, held: contextlib.ExitStack) -> Analytics:
    """Where figures and exports read. A replica is opened when it is asked; it need not be there now."""
    replica = None if url is None else functools.partial(open_database, url, may_make=False)
    analytics = Analytics(database, SystemClock(), replica)
    held.callback(analytics.close)
    return analytics


def _refuse_plain(address: str, *, encrypted: bool, behind_proxy: bool) -> None:
    """Raises PlainError where what devices send would cross a network in the clear."""
    if encrypted or behind_proxy or _is_loopback(address):
        return
    raise PlainError(
        f"On {address} the collector would take plain HTTP from other machines.",
        "Give it --tls-cert and --tls-key, or put a proxy that speaks HTTPS in front and say --behind-proxy.",
        2,
    )


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


def _tls(certificate: Path | None, key: Path | None) -> ssl.SSLContext | None:
    """What HTTPS is answered with. Raises PlainError."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise PlainError("Only one of --tls-cert and --tls-key is given.", "Give both.", 2)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(certificate, key)
    except (OSError, ssl.SSLError) as error:
        raise PlainError(
            f"The certificate {certificate} or its key {key} can't be used ({error}).",
            "Look whether both are PEM files that belong together and can be read.",
            2,
        ) from None
    return context


def _listen(address: str, port: int) -> socket.socket:
    """A listening socket. Raises PlainError."""
    try:
        family, _, _, _, place = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        listening = socket.create_server(place[:2], family=family, backlog=_BACKLOG)
    except OSError as error:
        raise PlainError(
            f"The collector can't listen on {address}, port {port} ({error.strerror or error}).",
            "Choose others with --address and --port.",
        ) from None
    listening.setblocking(False)
    return listening


def _serve(
    application: CollectorApplication,
    listening: socket.socket,
    tls: ssl.SSLContext | None,
    proxies: list[str] | None,
    held: contextlib.ExitStack,
) -> None:
    server = LocalServer(lambda: make_server(application, tls, proxies), listening, application.close)
    held.callback(server.stop)
    server.start()


def _look_after(collector: Collector, held: contextlib.ExitStack) -> None:
    ended = threading.Event()
    thread = threading.Thread(
        target=upkeep, args=(collector, ended.wait), name="whimbrel-upkeep", daemon=True
    )
    thread.start()
    held.callback(thread.join, 10.0)
    held.callback(ended.set)


def upkeep(collector: Collector, wait: Callable[[float], bool]) -> None:
    """Count once a minute, and look after the database once an hour, until `wait` says that it is over."""
    for number in itertools.count():
        try:
            collector.count()
            if number % UPKEEP_EVERY == 0:
                collector.upkeep()
        except CollectorError as error:
            log.warning("the database could not be looked after: %s", error)
        if wait(COUNT_EVERY_S):
            return
