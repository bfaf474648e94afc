"""HTTP to a collector: through proxies and with company certificates, with limits on time and size.

What goes wrong is a `Response` with a `failure`, never an exception: to the engine all of it is weather.
"""

from __future__ import annotations

import gzip
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from store.protocol import MOST_ANSWER_BYTES
from store.sync.address import is_loopback
from store.sync.verdict import Response

if TYPE_CHECKING:
    import httpx

CONNECT_S, READ_S, WHOLE_S = 10.0, 60.0, 180.0
_GZIP_LEVEL = 5
_WORTH_PACKING = 512


Part = tuple[int, int]


class Transport(Protocol):
    """Sends one request at a time."""

    def post(self, url: str, body: bytes, token: str | None) -> Response:
        """Sends JSON; `body` is compressed on the way."""

    def get(self, url: str, token: str | None, part: Part | None = None) -> Response:
        """Asks for JSON, or for a part of a file: its bytes from, up to (exclusive)."""

    def close(self) -> None:
        """Cuts what is under way; nothing may be sent any more."""


class HttpTransport:
    """httpx with the system's certificates. One thread at a time sends; `close` may come from any.

    `trust` makes the TLS settings, for tests; `clock` counts seconds and never goes back.
    """

    def __init__(
        self,
        user_agent: str,
        *,
        connect_s: float = CONNECT_S,
        read_s: float = READ_S,
        trust: Callable[[], ssl.SSLContext] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._user_agent = user_agent
        self._times = (connect_s, read_s)
        self._trust = trust or _system_trust
        self._clock = clock
        self._lock = threading.Lock()
        self._clients: dict[bool, httpx.Client] = {}
        self._closed = False

    def post(self, url: str, body: bytes, token: str | None) -> Response:
        """Sends JSON, compressed where that is worth it."""
        headers = {"Content-Type": "application/json"}
        if len(body) > _WORTH_PACKING:
            headers["Content-Encoding"] = "gzip"
            body = gzip.compress(body, _GZIP_LEVEL, mtime=0)
        return self._send("POST", url, headers, body, token)

    def get(self, url: str, token: str | None, part: Part | None = None) -> Response:
        """Asks for JSON, or for a part of a file."""
        headers = {} if part is None else {"Accept": "*/*", "Range": f"bytes={part[0]}-{part[1] - 1}"}
        return self._send("GET", url, headers, None, token)

    def close(self) -> None:
        """Cuts what is under way."""
        with self._lock:
            self._closed = True
            clients, self._clients = self._clients, {}
        for client in clients.values():
            client.close()

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | None, token: str | None
    ) -> Response:
        sent = {"Accept": "application/json", "Accept-Encoding": "identity", **headers}
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        import httpx  # noqa: PLC0415 - the server must start without it

        try:
            client = self._client(is_loopback(urlsplit(url).hostname or ""))
            with client.stream(method, url, headers=sent, content=body) as answer:
                return self._read(answer)
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, RuntimeError) as error:
            return Response(failure=_failure(error))

    def _client(self, loopback: bool) -> httpx.Client:
        import httpx  # noqa: PLC0415

        with self._lock:
            if self._closed:
                raise OSError("closed")
            if loopback not in self._clients:
                connect_s, read_s = self._times
                self._clients[loopback] = httpx.Client(
                    verify=self._trust(),
                    timeout=httpx.Timeout(read_s, connect=connect_s),
                    trust_env=not loopback,  # no proxy stands between this machine and itself
                    follow_redirects=False,
                    headers={"User-Agent": self._user_agent},
                )
            return self._clients[loopback]

    def _read(self, answer: httpx.Response) -> Response:
        """At most 1 MiB in at most 3 minutes: an endless or packed answer is none of a collector's."""
        ends, content = self._clock() + WHOLE_S, bytearray()
        for chunk in answer.iter_raw():
            content += chunk
            if len(content) > MOST_ANSWER_BYTES:
                return Response(failure="too-long")
            if self._clock() > ends:
                return Response(failure="timeout")
        if answer.headers.get("content-encoding", "identity").lower() != "identity":
            return Response(failure="nonsense")
        return Response(
            status=answer.status_code,
            content_type=answer.headers.get("content-type", ""),
            body=bytes(content),
            retry_after=answer.headers.get("retry-after"),
            date=answer.headers.get("date"),
        )


def _system_trust() -> ssl.SSLContext:
    import truststore  # noqa: PLC0415

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _failure(error: Exception) -> str:
    import httpx  # noqa: PLC0415

    if _is_tls(error):
        return "tls"
    if isinstance(error, httpx.ConnectTimeout | httpx.ConnectError | httpx.ProxyError):
        return "offline"
    if isinstance(error, httpx.TimeoutException):
        return "timeout"
    return "cut" if isinstance(error, httpx.NetworkError | httpx.RemoteProtocolError) else "nonsense"


def _is_tls(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLError):
            return True
        error = error.__cause__ or error.__context__
    return False
