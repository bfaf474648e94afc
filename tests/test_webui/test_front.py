"""One application takes another's place behind a socket; whoever asks after that hears the new one."""

from __future__ import annotations

import asyncio
import http.client

from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets
from tornado.web import Application, RequestHandler

from webui.front import Front


class Says(RequestHandler):
    def initialize(self, word: str) -> None:
        self._word = word

    def get(self) -> None:
        self.finish(self._word)

    async def post(self) -> None:
        self.finish(self._word + self.request.body.decode())


class OneWord(Application):
    def __init__(self, word: str) -> None:
        super().__init__([("/", Says, {"word": word})])
        self.closed = False

    def close(self) -> None:
        self.closed = True


def test_a_connection_that_was_open_before_is_answered_by_the_new_application() -> None:
    async def talk() -> list[str]:
        before, after = OneWord("before"), OneWord("after")
        front = Front(before)
        server = HTTPServer(front)
        [socket] = bind_sockets(0, "127.0.0.1")
        server.add_socket(socket)
        connection = http.client.HTTPConnection("127.0.0.1", socket.getsockname()[1], timeout=20)

        def ask(method: str, body: str | None = None) -> str:
            connection.request(method, "/", body)
            return connection.getresponse().read().decode()

        heard = [await asyncio.to_thread(ask, "GET")]
        kept = connection.sock
        front.turn_to(after)
        heard += [await asyncio.to_thread(ask, "GET"), await asyncio.to_thread(ask, "POST", " all")]
        assert connection.sock is kept, "it was the same connection"
        assert before.closed
        connection.close()
        server.stop()
        await server.close_all_connections()
        return heard

    assert asyncio.run(talk()) == ["before", "after", "after all"]
