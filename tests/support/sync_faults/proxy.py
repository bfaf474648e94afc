"""The one way between devices and collectors: TLS on a real socket, a request a connection, and harm."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import traceback
from pathlib import Path
from typing import Protocol

from odd_server import certificate, read_request

CERTIFICATES = ("wrong", "expired")
_PATIENCE_S = 20.0


class Meeting(Protocol):
    """What happens to those who come."""

    def certificate(self) -> str:
        """Which one the next is shown: good, or one of CERTIFICATES."""

    def believed(self, kind: str) -> None:
        """Somebody sent a request to a bad certificate."""

    def mistake(self, text: str) -> None:
        """The proxy itself failed."""

    def __call__(self, peer: socket.socket, request: bytes) -> None:
        """Answers a request, or does not."""


class Proxy:
    """Listens until `close`. `meeting` decides what happens, and may be another one at any time."""

    def __init__(self, folder: Path) -> None:
        self._contexts: dict[str, ssl.SSLContext] = {}
        for kind, days in (("good", 1), ("wrong", 1), ("expired", -1)):
            (folder / kind).mkdir(parents=True)
            self._contexts[kind], public = certificate(folder / kind, days=days)
            if kind == "good":
                self.trusted = public
        # An expired one must fail because of its date alone.
        expired = (folder / "expired" / "server.crt").read_text()
        self.trusted.write_text(self.trusted.read_text() + expired)
        self.meeting: Meeting | None = None
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=16)
        self.port: int = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, name="sync-faults-proxy")
        self._thread.start()

    def close(self) -> None:
        """Ends."""
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self._listening.accept()
            except OSError:
                return
            with peer, contextlib.suppress(OSError):
                peer.settimeout(_PATIENCE_S)
                self._meet(peer)

    def _meet(self, peer: socket.socket) -> None:
        meeting = self.meeting
        if meeting is None:
            return
        kind = meeting.certificate()
        with self._contexts[kind].wrap_socket(peer, server_side=True) as spoken:
            request = read_request(spoken)
            if kind != "good" and request:
                meeting.believed(kind)
            elif b"\r\n\r\n" in request:
                try:
                    meeting(spoken, request)
                except OSError:
                    raise
                except Exception:
                    meeting.mistake(traceback.format_exc())
