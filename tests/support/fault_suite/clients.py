"""HTTP clients of a server that may be killed at any moment; they know what it answered for."""

from __future__ import annotations

import http.client
import random
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from fault_suite.workload import BATCH, body

from webui.local.session_keys import cookie_for

_TIMEOUT_S = 60
_NOT_NOW = {429, 503, 507}
_AGAIN = 0.1
"""Of the batches that were answered for, the share sent again: a page whose answer was lost does that."""


class StrangeAnswer(Exception):  # noqa: N818 - what the page would see
    """An answer that a sound store never gives to these batches."""


@dataclass
class Ledger:
    """What the clients of one data folder sent, and what of it they were told is safe."""

    next_number: int = 0
    acknowledged: set[int] = field(default_factory=set)
    open: set[int] = field(default_factory=set)
    strange: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    answered: threading.Condition = field(default_factory=threading.Condition)

    def take(self) -> int:
        """The number of a batch that nobody has sent."""
        with self.lock:
            number = self.next_number
            self.next_number += 1
            self.open.add(number)
        return number

    def keep(self, number: int) -> None:
        """The server has answered for this batch."""
        with self.lock:
            self.acknowledged.add(number)
            self.open.discard(number)
        with self.answered:
            self.answered.notify_all()

    def give_up(self, number: int, answer: str) -> None:
        """The server will not take this batch, and says something else than that it comes too early."""
        with self.lock:
            self.strange.append(answer)
            self.open.discard(number)

    def wait_for(self, count: int, timeout_s: float) -> bool:
        """Whether so many batches were answered for, at the latest after `timeout_s`."""
        with self.answered:
            return self.answered.wait_for(lambda: len(self.acknowledged) >= count, timeout_s)


class Client:
    """One connection to the server of a data folder, as its page."""

    def __init__(self, data_dir: Path, port: int) -> None:
        name, value = cookie_for(data_dir)
        self._headers = {
            "Cookie": f"{name}={value}",
            "Origin": f"http://127.0.0.1:{port}",
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/json",
        }
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT_S)

    def send(self, number: int) -> bool:
        """Whether the server answered for the whole batch; False where it asks to come back later.

        Raises OSError or HTTPException where the server is gone, StrangeAnswer for any other answer.
        """
        self._connection.request("POST", "/api/statistics", body(number), self._headers)
        response = self._connection.getresponse()
        content = response.read()
        if response.status in _NOT_NOW:
            return False
        if response.status != http.client.OK:
            raise StrangeAnswer(f"batch {number}: {response.status} {content!r}")
        answer = msgspec.json.decode(content)
        if answer["accepted"] + answer["duplicate"] != BATCH:
            raise StrangeAnswer(f"batch {number}: {content!r}")
        return True

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()


class Clients:
    """Several clients on threads of their own, sending new batches until the server is gone."""

    def __init__(self, ledger: Ledger, data_dir: Path, port: int, seeds: Iterable[int]) -> None:
        self._ledger = ledger
        self._data_dir = data_dir
        self._port = port
        self.failures: list[BaseException] = []
        self._threads = [threading.Thread(target=self._run, args=(random.Random(seed),)) for seed in seeds]
        for thread in self._threads:
            thread.start()

    def _run(self, rng: random.Random) -> None:
        client = Client(self._data_dir, self._port)
        try:
            while True:
                self._send(client, rng)
        except (OSError, http.client.HTTPException):
            pass  # the server is gone, which is what this is about
        except BaseException as error:
            self.failures.append(error)
        finally:
            client.close()

    def _send(self, client: Client, rng: random.Random) -> None:
        number = self._ledger.take()
        try:
            if client.send(number):
                self._ledger.keep(number)
                if rng.random() < _AGAIN:
                    client.send(number)
        except StrangeAnswer as answer:
            self._ledger.give_up(number, str(answer))

    def join(self) -> None:
        """Waits until all have seen that the server is gone. Raises what none of them should have seen."""
        for thread in self._threads:
            thread.join()
        if self.failures:
            raise self.failures[0]


def send_open(ledger: Ledger, data_dir: Path, port: int) -> None:
    """Sends again what was never answered for, as a page does when its server is back."""
    client = Client(data_dir, port)
    try:
        for number in sorted(ledger.open):
            try:
                while not client.send(number):
                    ledger.wait_for(len(ledger.acknowledged) + 1, 0.2)
                ledger.keep(number)
            except StrangeAnswer as answer:
                ledger.give_up(number, str(answer))
    finally:
        client.close()
