"""The queue on Redis (6.2 or newer): a stream with one consumer group; the only module that imports `redis`.

What waits is in the stream until a worker is done with it; answers are in a list for each instance, which
Redis forgets when the instance does not come for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.exceptions import OutOfMemoryError, RedisError, ResponseError
from redis.retry import Retry

from store.queue.forms import Done, Entry, QueueAway, too_many

MOST_WAITING = 2000
CONNECT_S, ANSWER_S = 5.0, 10.0
ANSWERS_KEPT_MS = 120_000
_GROUP = "workers"
_FIELD = b"batch"
_NO_GROUP, _HAS_GROUP = "NOGROUP", "BUSYGROUP"


class RedisLine:
    """A process's connections to the queue of one collector. `name` is nobody else's."""

    def __init__(self, url: str, collector_id: bytes, name: str, *, most: int = MOST_WAITING) -> None:
        """Connects when it is first asked. Raises ValueError for a URL that is none."""
        self.name = name
        self._most = most
        self._stream = f"whimbrel:{collector_id.hex()}:batches"
        self._client = _client(url, ANSWER_S)
        self._patient: Any = None
        self._url = url

    def put(self, asked: bytes) -> None:
        """Adds a batch; when this returns, Redis has it (with `appendfsync always`: on its disk)."""
        with _explained():
            if self._client.xlen(self._stream) >= self._most:
                raise too_many()
            self._client.xadd(self._stream, {_FIELD: asked})

    def answer(self, wait_s: float) -> bytes | None:
        """The next answer to this process."""
        with _explained():
            found = self._waiting_client(wait_s).blpop([self._answers_of(self.name)], timeout=wait_s)
        return None if found is None else bytes(found[1])

    def next(self, most: int, wait_s: float) -> list[Entry]:
        """The next batches that nobody has."""
        streams = {self._stream: ">"}
        milliseconds = max(1, int(wait_s * 1000))
        client = self._waiting_client(wait_s)
        found = self._in_group(
            lambda: client.xreadgroup(_GROUP, self.name, streams, count=most, block=milliseconds)
        )
        return [_entry(each) for _, entries in found or () for each in entries]

    def left_behind(self, most: int, idle_s: float) -> list[Entry]:
        """Batches whose worker is gone."""
        idle_ms = int(idle_s * 1000)
        found = self._in_group(
            lambda: self._client.xautoclaim(self._stream, _GROUP, self.name, idle_ms, count=most)
        )
        return [_entry(each) for each in found[1] if each[1]]

    def done(self, entries: list[Done]) -> None:
        """All at once, or not at all."""
        places = [each.place for each in entries]
        with _explained(), self._client.pipeline(transaction=True) as together:
            together.xack(self._stream, _GROUP, *places)
            together.xdel(self._stream, *places)
            for each in entries:
                if each.answer_to:
                    key = self._answers_of(each.answer_to)
                    together.rpush(key, each.told)
                    together.pexpire(key, ANSWERS_KEPT_MS)
            together.execute()

    def waiting(self) -> int:
        """How many are in the stream."""
        with _explained():
            return int(self._client.xlen(self._stream))

    def keeps_what_it_has(self) -> bool | None:
        """Whether Redis has on its disk what it says that it has; None where it does not tell."""
        try:
            found: dict[str, str] = self._client.config_get("append*")
        except RedisError:
            return None
        told = {_text(name): _text(value) for name, value in found.items()}
        return (told.get("appendonly"), told.get("appendfsync")) == ("yes", "always")

    def close(self) -> None:
        """Ends the connections."""
        self._client.close()
        if self._patient is not None:
            self._patient.close()

    def _in_group(self, ask: Any) -> Any:  # noqa: ANN401 - of the driver's own types
        """Asks as one of the group, which is made first where there is none."""
        with _explained():
            try:
                return ask()
            except ResponseError as error:
                if not str(error).startswith(_NO_GROUP):
                    raise
            self._make_group()
            return ask()

    def _make_group(self) -> None:
        try:
            self._client.xgroup_create(self._stream, _GROUP, id="0", mkstream=True)
        except ResponseError as error:
            if not str(error).startswith(_HAS_GROUP):
                raise

    def _waiting_client(self, wait_s: float) -> Any:  # noqa: ANN401
        """A connection of its own for what waits, so that nothing else waits behind it."""
        if self._patient is None:
            self._patient = _client(self._url, wait_s + ANSWER_S)
        return self._patient

    def _answers_of(self, name: str) -> str:
        return f"{self._stream}:answers:{name}"


def _client(url: str, answer_s: float) -> Any:  # noqa: ANN401 - its types allow for an asynchronous client
    once_more = Retry(NoBackoff(), 1)
    return redis.Redis.from_url(
        url, socket_timeout=answer_s, socket_connect_timeout=CONNECT_S, retry=once_more, protocol=2
    )


def _entry(found: Any) -> Entry:  # noqa: ANN401
    place, fields = found
    return Entry(bytes(place), bytes(fields.get(_FIELD, b"")))


def _text(value: bytes | str) -> str:
    return value.decode() if isinstance(value, bytes) else value


@contextmanager
def _explained() -> Iterator[None]:
    """Redis' errors as the queue's own."""
    try:
        yield
    except OutOfMemoryError:
        raise too_many() from None
    except RedisError as error:
        raise QueueAway(str(error) or type(error).__name__) from error
