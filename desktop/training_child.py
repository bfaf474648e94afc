"""The child process of a training: started in a session of its own, heard line by line, killed without harm.

Its standard input stays open and silent for as long as this process lives: its end tells the child to go.
"""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator, Sequence

import msgspec

from store.models.training_component import child_environment
from store.training.runs.job import JobFolder, Report

# 5,000 pictures take 2.7 s with one thread and 3.7 with two on two quiet cores: the matrices are too small,
# threads wait for each other. Beside other work it was 3.5 and 12 s. TensorFlow has threads of its own.
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1"}
_LAST_WORDS = 2000


class TrainingChild:
    """One child process at work on a folder."""

    def __init__(self, command: Sequence[str], folder: JobFolder) -> None:
        """Starts it; raises OSError."""
        self._folder = folder
        with folder.log.open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 - our own module and a path
                command,
                cwd=folder.path,
                env=child_environment(folder.path) | ONE_THREAD,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                start_new_session=True,
            )

    def go(self) -> None:
        """Says that the folder is filled."""
        stdin = self._process.stdin
        if stdin is not None:
            with contextlib.suppress(OSError):  # it has ended already: its reports and its status tell
                stdin.write(b"\n")
                stdin.flush()

    def reports(self) -> Iterator[Report]:
        """What it says, until it ends."""
        for line in self._process.stdout or ():
            try:
                yield msgspec.json.decode(line, type=Report)
            except msgspec.DecodeError:
                continue

    def kill(self) -> None:
        """Ends it at once, from any thread; what it had finished stays in the folder."""
        self._process.kill()

    def end(self) -> int:
        """Waits for its end and closes what led to it; the exit status, negative for a signal."""
        status = self._process.wait()  # first: the end of its standard input would end it
        with contextlib.suppress(BrokenPipeError), self._process:  # it may never have been told to go
            pass
        return status

    def last_words(self) -> str:
        """The end of what it wrote to its standard error."""
        content = self._folder.log.read_bytes()[-_LAST_WORDS:]
        return content.decode("utf-8", "replace").strip()
