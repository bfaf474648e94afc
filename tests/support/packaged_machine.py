"""A machine with the program installed: a user of its own, no network, a program folder that nobody changes.

All of it is root's to arrange, in namespaces that `dev.py test-package` made: what is mounted here is seen by
nobody else, and only the loopback device is there.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import shlex
import socket
import struct
import subprocess
from collections.abc import Iterator, Sequence
from configparser import ConfigParser
from contextlib import contextmanager
from pathlib import Path

import pytest
from packaged import Person, make_person
from running import ROOT

WANTED = os.environ.get("WHIMBREL_PACKAGE_TESTS") == "1"
PROGRAM = Path("/usr/lib/whimbrel")
ENTRY = Path("/usr/share/applications/whimbrel.desktop")
USER = "whimbrel-test"
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _UP = 0x8913, 0x8914, 0x1


def skip_unless_wanted() -> None:
    """Skip where these tests were not asked for: they install a package on this machine."""
    if not WANTED:
        pytest.skip("`dev.py test-package` runs these: they install the package on this machine.")


def only_loopback() -> list[str]:
    """Brings the loopback device up; the names of all network devices there are."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(asking, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(asking, _SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", flags | _UP))
    return [name for _, name in socket.if_nameindex()]


def dpkg(*words: str | Path) -> str:
    """Has dpkg do something; what it said."""
    done = subprocess.run(
        ["dpkg", *words], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    return done.stdout


@contextmanager
def installed(deb: Path) -> Iterator[None]:
    """The package, removed afterwards with whatever came in its place."""
    dpkg("--install", deb)
    try:
        yield
    finally:
        dpkg("--purge", "whimbrel")


@contextmanager
def never_written() -> Iterator[None]:
    """The program's folder mounted so that not even root can write there."""
    subprocess.run(["mount", "--bind", PROGRAM, PROGRAM], check=True)
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", PROGRAM], check=True)
        yield
    finally:
        subprocess.run(["umount", PROGRAM], check=True)


@contextmanager
def somebody(folder: Path, display: str) -> Iterator[Person]:
    """Another user of this machine, with a home whose name is no plain word, who has no Python."""
    subprocess.run(["useradd", "--no-create-home", "--shell", "/bin/sh", USER], check=True)
    try:
        known = pwd.getpwnam(USER)
        person = make_person(folder / "people", display, known.pw_uid, known.pw_gid, {})
        (person.commands / "whimbrel").symlink_to("/usr/bin/whimbrel")
        yield person
    finally:
        subprocess.run(["userdel", "--force", USER], check=True, capture_output=True)


def from_the_menu(files: Sequence[Path] = ()) -> list[str]:
    """The command line that a desktop makes of the menu entry, with the files that are opened with it."""
    entry = ConfigParser(interpolation=None)
    entry.read(ENTRY, encoding="utf-8")
    words = shlex.split(entry["Desktop Entry"]["Exec"])
    at = words.index("%F")
    return [*words[:at], *map(str, files), *words[at + 1 :]]


def shots() -> Path:
    """Where pictures of the screen go."""
    folder = ROOT / "tests" / ".artifacts"
    folder.mkdir(exist_ok=True)
    return folder
