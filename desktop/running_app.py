"""Talks to the Whimbrel that holds a data folder already, as its user: with the cookie of that folder.

Plain http.client to 127.0.0.1, so that a proxy in the environment is never asked.
"""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from desktop.data_folder import DataFolder, Instance
from desktop.errors import PlainError
from desktop.listening import HOST

_PATIENCE_S = 10.0
_PAUSE_S = 0.1
_ANSWER_S = 20.0
_LONG_S = 3600.0


@dataclass(frozen=True)
class RunningApp:
    """The address of a running instance and the cookie that it takes."""

    port: int
    data_dir: Path

    @property
    def origin(self) -> str:
        """The address as a browser writes an Origin."""
        return f"http://{HOST}:{self.port}"

    def ask(self, path: str) -> Any:  # noqa: ANN401 - JSON
        """What a GET answers, None where that is no success or nobody answers just now."""
        try:
            return self.call("GET", path)
        except PlainError:
            return None

    def call(self, method: str, path: str, body: object = None, *, long: bool = False) -> Any:  # noqa: ANN401
        """The JSON that the app answers; `long` waits an hour, for imports.

        Raises PlainError with the app's own sentence where it refuses, or with ours where nobody answers.
        """
        from webui.local.session_keys import cookie_for  # noqa: PLC0415 - only to talk to a running app

        name, value = cookie_for(self.data_dir)
        headers = {
            "Cookie": f"{name}={value}",
            "Origin": self.origin,
            "Accept": "application/json",
            "Content-Type": "application/json",
        }
        connection = http.client.HTTPConnection(HOST, self.port, timeout=_LONG_S if long else _ANSWER_S)
        try:
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            return _read(self.port, answer.status, answer.read())
        except (OSError, http.client.HTTPException) as error:
            raise _silent(self.port, str(error)) from error
        finally:
            connection.close()


def _silent(port: int, reason: str) -> PlainError:
    return PlainError(
        f"The Whimbrel that runs on port {port} stopped answering ({reason}).",
        "See whether it still runs, then try again.",
    )


def _read(port: int, status: int, content: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        told = json.loads(content) if content else None
    except ValueError:
        raise _silent(port, "its answer is no JSON") from None
    if status < http.client.BAD_REQUEST:
        return told
    problem = told if isinstance(told, dict) else {}
    raise PlainError(str(problem.get("detail") or f"Whimbrel refused that with status {status}."), "")


def find_running(
    folder: DataFolder,
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], None] = time.sleep,
) -> RunningApp:
    """The instance that holds the folder, waited for while it starts. Raises PlainError if none answers."""
    ends = clock() + _PATIENCE_S
    instance: Instance | None = None
    while clock() < ends:
        instance = folder.running()
        if instance is not None and _answers(instance.port):
            return RunningApp(instance.port, folder.path)
        sleep(_PAUSE_S)
    who = f"process {instance.pid}" if instance else "another process"
    raise PlainError(
        f"Whimbrel ({who}) holds the data folder {folder.path} but does not answer.",
        "End that process, then start again.",
    )


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=_ANSWER_S)
    try:
        connection.request("GET", "/readyz")
        return connection.getresponse().status in (http.client.OK, http.client.SERVICE_UNAVAILABLE)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
