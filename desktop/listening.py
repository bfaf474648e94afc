"""The one socket that the local server listens on: 127.0.0.1, on the port that the data folder remembers."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from desktop.data_folder import DataFolder
from desktop.errors import PlainError

HOST = "127.0.0.1"
FIRST_PORT, LAST_PORT = 20_000, 32_000
_TRIES = 50
_BACKLOG = 128


@dataclass(frozen=True)
class Listening:
    """A bound socket, its port, and what the user should know of it (None: nothing)."""

    socket: socket.socket
    port: int
    note: str | None


def listen(folder: DataFolder, asked: int | None, choose: Callable[[int, int], int]) -> Listening:
    """Listen on the port asked for, else the remembered one, else one that is chosen and remembered.

    `choose(first, last)` picks a number, both ends included. A port that was asked for is not remembered.
    Raises PlainError where the port asked for is taken or not allowed, or none is free.
    """
    if asked is not None:
        return Listening(_bind_asked(asked), asked, None)
    remembered = folder.remembered_port()
    for port in _candidates(remembered, choose):
        bound = _bind(port)
        if bound is None:
            continue
        if port == remembered:
            return Listening(bound, port, None)
        folder.remember_port(port)
        return Listening(bound, port, None if remembered is None else _moved(remembered, port))
    raise PlainError(
        f"None of {_TRIES} ports from {FIRST_PORT} to {LAST_PORT} is free.", "Name a free one with --port."
    )


def _candidates(remembered: int | None, choose: Callable[[int, int], int]) -> Iterator[int]:
    if remembered is not None:
        yield remembered
    for _ in range(_TRIES):
        yield choose(FIRST_PORT, LAST_PORT)


def _moved(old: int, new: int) -> str:
    return (
        f"Port {old} is taken by another program; Whimbrel now uses {new} and remembers it. "
        "The browser asks for the camera once more."
    )


def _bind_asked(port: int) -> socket.socket:
    try:
        bound = _bind(port)
    except OSError as error:
        raise PlainError(
            f"Whimbrel may not listen on port {port} ({os.strerror(error.errno or 0)}).",
            "Choose another with --port, from 1024 up, or leave --port out.",
        ) from None
    if bound is None:
        raise PlainError(
            f"Port {port} is already in use by another program.",
            "Choose another with --port, or leave --port out.",
        )
    return bound


def _bind(port: int) -> socket.socket | None:
    """A listening socket, None where the port is taken. Raises OSError where it is not allowed."""
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        else:
            bound.setsockopt(socket.SOL_SOCKET, getattr(socket, "SO_EXCLUSIVEADDRUSE"), 1)  # noqa: B009
        bound.bind((HOST, port))
        bound.listen(_BACKLOG)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            return None
        raise
    bound.setblocking(False)
    return bound
