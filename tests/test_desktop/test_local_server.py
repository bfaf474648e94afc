from __future__ import annotations

import http.client
import socket
import threading
from contextlib import closing

import pytest
from tornado.httpserver import HTTPServer
from tornado.web import Application, RequestHandler

from desktop.listening import HOST
from desktop.local_server import LocalServer


class Greeting(RequestHandler):
    def get(self) -> None:
        self.finish(threading.current_thread().name)


class Stream(RequestHandler):
    """Answers a beginning and then nothing, as server-sent events do."""

    async def get(self) -> None:
        import asyncio

        self.write("begun")
        await self.flush()
        await asyncio.Event().wait()


def make_server() -> HTTPServer:
    return HTTPServer(Application([("/", Greeting), ("/stream", Stream)]))


def listening() -> tuple[socket.socket, int]:
    """A socket as desktop.listening makes it, on any port."""
    bound = socket.socket()
    bound.bind((HOST, 0))
    bound.listen()
    bound.setblocking(False)
    return bound, int(bound.getsockname()[1])


def test_it_answers_from_a_thread_of_its_own_as_soon_as_it_has_started() -> None:
    bound, port = listening()
    server = LocalServer(make_server, bound, lambda: None)
    server.start()
    with closing(http.client.HTTPConnection(HOST, port, timeout=10)) as connection:
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"whimbrel-server"
    server.stop()


def test_stopping_ends_open_streams_the_thread_and_the_port() -> None:
    told: list[str] = []
    bound, port = listening()
    server = LocalServer(make_server, bound, lambda: told.append(threading.current_thread().name))
    server.start()
    with closing(http.client.HTTPConnection(HOST, port, timeout=10)) as connection:
        connection.request("GET", "/stream")
        answer = connection.getresponse()
        assert answer.read1() == b"begun"
        server.stop()
        with pytest.raises(http.client.IncompleteRead):
            answer.read()
    assert told == ["whimbrel-server"]
    assert "whimbrel-server" not in [thread.name for thread in threading.enumerate()]
    with closing(socket.socket()) as again:
        assert again.connect_ex((HOST, port)) != 0
    server.stop()


def test_what_keeps_it_from_starting_is_raised() -> None:
    bound, _ = listening()

    def refuse() -> HTTPServer:
        raise ValueError("no routes")

    server = LocalServer(refuse, bound, lambda: None)
    with pytest.raises(ValueError, match="no routes"):
        server.start()
    assert bound.fileno() == -1
    server.stop()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_end_that_nobody_asked_for_is_told_and_only_that() -> None:
    died = threading.Event()
    bound, port = listening()
    server = LocalServer(make_server, bound, lambda: None)
    server.died = died.set
    server.start()

    def end() -> None:
        raise SystemExit

    server.on_loop(end)
    assert died.wait(60)
    server.stop()
    with closing(socket.socket()) as again:
        assert again.connect_ex((HOST, port)) != 0

    told: list[bool] = []
    orderly = LocalServer(make_server, listening()[0], lambda: None)
    orderly.died = lambda: told.append(True)
    orderly.start()
    orderly.stop()
    assert told == []
