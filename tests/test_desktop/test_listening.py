from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from desktop.data_folder import DataFolder
from desktop.errors import PlainError
from desktop.listening import FIRST_PORT, LAST_PORT, Listening, listen


@contextmanager
def taken_port() -> Iterator[int]:
    """A port on which somebody else listens."""
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield int(other.getsockname()[1])


def free_port() -> int:
    with taken_port() as port:
        return port


def choices(*ports: int) -> Callable[[int, int], int]:
    """Randomness that picks these ports in turn."""
    left = list(ports)
    return lambda _first, _last: left.pop(0)


@pytest.fixture
def folder(tmp_path: Path) -> DataFolder:
    return DataFolder(tmp_path)


def listened(found: Listening) -> tuple[str, int]:
    """Where the socket is bound; closes it."""
    with closing(found.socket):
        address: tuple[str, int] = found.socket.getsockname()
        assert address[1] == found.port
        return address


def test_a_port_is_chosen_once_and_remembered(folder: DataFolder) -> None:
    asked: list[tuple[int, int]] = []
    port = free_port()

    def choose(first: int, last: int) -> int:
        asked.append((first, last))
        return port

    assert listened(listen(folder, None, choose)) == ("127.0.0.1", port)
    assert asked == [(FIRST_PORT, LAST_PORT)] == [(20_000, 32_000)]
    again = listen(folder, None, choices())
    assert listened(again) == ("127.0.0.1", port)
    assert again.note is None


def test_a_taken_port_is_passed_over_when_choosing(folder: DataFolder) -> None:
    port = free_port()
    with taken_port() as taken:
        found = listen(folder, None, choices(taken, port))
    assert listened(found)[1] == port
    assert found.note is None


def test_a_remembered_port_that_is_taken_is_replaced_remembered_and_said(folder: DataFolder) -> None:
    port = free_port()
    with taken_port() as taken:
        folder.remember_port(taken)
        found = listen(folder, None, choices(port))
    listened(found)
    assert found.note is not None
    assert str(taken) in found.note
    assert str(port) in found.note
    assert folder.remembered_port() == port


def test_a_port_that_was_asked_for_is_not_remembered(folder: DataFolder) -> None:
    folder.remember_port(20_001)
    port = free_port()
    assert listened(listen(folder, port, choices()))[1] == port
    assert folder.remembered_port() == 20_001


def test_a_taken_port_that_was_asked_for_is_one_sentence(folder: DataFolder) -> None:
    with taken_port() as taken, pytest.raises(PlainError, match=f"Port {taken} is already in use"):
        listen(folder, taken, choices())


def test_no_free_port_is_one_sentence(folder: DataFolder) -> None:
    with taken_port() as taken, pytest.raises(PlainError, match="None of 50 ports"):
        listen(folder, None, lambda _first, _last: taken)


@pytest.mark.parametrize("content", ["", "eighty", "\x00"])
def test_a_damaged_port_file_is_chosen_anew(folder: DataFolder, content: str) -> None:
    (folder.path / "port").write_text(content)
    port = free_port()
    assert listened(listen(folder, None, choices(port)))[1] == port
    assert folder.remembered_port() == port
