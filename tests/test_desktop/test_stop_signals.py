"""SIGTERM and SIGINT reach a process whose main thread runs no Python."""

from __future__ import annotations

import signal
import subprocess
import sys

import pytest
from running import ROOT

# The main thread sits in a C call that takes no notice of Python's handlers, as a window's loop does: a lock
# that is taken without a timeout is left only when another thread releases it.
PROGRAM = """
import ctypes, os, sys
from desktop.stop_signals import on_stop_signal
reading, writing = os.pipe()
def stop():
    print("stopping", flush=True)
    os.write(writing, b"x")
on_stop_signal(stop)
print("ready", flush=True)
if sys.platform == "win32":
    os.read(reading, 1)
else:
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(1)
    while libc.read(reading, buffer, 1) != 1:
        pass
print("ended", flush=True)
"""


@pytest.mark.timeout(30)
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals between processes")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_the_main_thread_may_sit_in_c_code(number: signal.Signals) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            process.send_signal(number)
            assert process.stdout.readline() == "stopping\n"
            assert process.stdout.readline() == "ended\n"
        finally:
            process.kill()
