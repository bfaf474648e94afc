"""One file on its way over HTTP: what has arrived of it, and one attempt to get the rest.

What has arrived lies in `<name>.part` beside the target, with the server's mark of that version in
`<name>.part.json`; a later attempt asks for the rest of the same version (RFC 9110, sections 13.1.5 and 14).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import msgspec

from store.models.errors import ModelError

if TYPE_CHECKING:
    import httpx

SPARE_BYTES = 64 * 2**20
OK, PARTIAL, RANGE_NOT_SATISFIABLE = 200, 206, 416
RETRY_STATUS = (408, 425, 429, 500, 502, 503, 504)

Progress = Callable[[int, int | None], None]


class DownloadError(ModelError):
    """A download that did not come to its end. `unreachable`: nothing answered, or it broke off for good."""

    def __init__(self, sentence: str, advice: str, *, unreachable: bool = False) -> None:
        super().__init__(sentence, advice)
        self.unreachable = unreachable


class DownloadCancelled(DownloadError):  # noqa: N818 - what the user did
    """The user stopped it; what has arrived is kept."""


class Partial(msgspec.Struct, frozen=True):
    """What is known of a file that has arrived in part: where from, and the server's mark of that version."""

    url: str
    validator: str


class CutOff(Exception):  # noqa: N818 - what happened on the line
    """The connection ended before the file did; going on from there may work."""


@dataclass(frozen=True)
class Job:
    """What to get: from where, to where, at most how many bytes, whom to tell, and what stops it."""

    url: str
    target: Path
    largest: int
    progress: Progress | None
    cancelled: Event | None


class Transfer:
    """One file on its way: what has arrived, and one attempt to get the rest."""

    def __init__(self, client: httpx.Client, job: Job, free_bytes: Callable[[Path], int]) -> None:
        self._client = client
        self._job = job
        self._name = job.target.name
        self._part = beside(job.target, ".part")
        self._note = beside(job.target, ".part.json")
        self._free_bytes = free_bytes
        self._total: int | None = None

    @property
    def size(self) -> int:
        """How many bytes have arrived."""
        return self._part.stat().st_size if self._part.exists() else 0

    def attempt(self) -> None:
        """One request for what is missing; returns when the file is whole, raises CutOff or DownloadError."""
        import httpx  # noqa: PLC0415

        known = self._known()
        headers = {"Accept-Encoding": "identity", "User-Agent": "whimbrel"}
        if known is not None:
            headers |= {"Range": f"bytes={self.size}-", "If-Range": known.validator}
        try:
            with self._client.stream("GET", self._job.url, headers=headers) as response:
                self._take(response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.ProxyError) as error:
            raise self._unreachable() from error
        except (httpx.TransportError, httpx.StreamError) as error:
            raise CutOff(str(error)) from error
        except (httpx.InvalidURL, httpx.TooManyRedirects) as error:
            raise DownloadError(
                f"{self._host()} answered with an address that leads nowhere.", _LATER
            ) from error

    def given_up(self, error: Exception) -> DownloadError:
        """What to say after several attempts that brought nothing."""
        total = f" of {megabytes(self._total)}" if self._total else ""
        return DownloadError(
            f"The download of {self._name} stopped after {megabytes(self.size)}{total} ({error}).",
            "Try again: it goes on from there.",
            unreachable=True,
        )

    def _known(self) -> Partial | None:
        """The note of an earlier attempt at the same address, if its bytes are still there."""
        try:
            known = msgspec.json.decode(self._note.read_bytes(), type=Partial)
        except (OSError, msgspec.DecodeError):
            return None
        return known if known.url == self._job.url and known.validator and self.size else None

    def _take(self, response: httpx.Response) -> None:
        """Writes the body behind what is there, or from the start where the server sends the whole."""
        self._check_redirects(response)
        status = response.status_code
        if status == RANGE_NOT_SATISFIABLE:
            self._forget()
            raise CutOff("the server has another version of the file")
        if status in RETRY_STATUS:
            raise CutOff(f"the server answered {status}")
        if status not in (OK, PARTIAL):
            raise DownloadError(f"{self._host()} answered {status} for {self._name}.", _LATER)
        start = self._start_of(response)
        length = response.headers.get("Content-Length", "")
        self._total = start + int(length) if length.isdecimal() else None
        self._check_room(start)
        self._write_note(response)
        self._write(response, start)
        if self._total is not None and self.size < self._total:
            raise CutOff("the connection ended early")

    def _start_of(self, response: httpx.Response) -> int:
        """Where the body begins in the file; a part that begins elsewhere than asked is not used."""
        if response.status_code == OK:
            return 0
        if response.headers.get("Content-Range", "").startswith(f"bytes {self.size}-"):
            return self.size
        self._forget()
        raise CutOff("the server sent another part than asked")

    def _check_redirects(self, response: httpx.Response) -> None:
        plain = any(step.url.scheme != "https" for step in [*response.history[1:], response])
        if plain and self._job.url.startswith("https:"):
            raise DownloadError(
                f"{self._host()} led to an address without encryption.", "Use another network or a proxy."
            )

    def _check_room(self, start: int) -> None:
        needed = max((self._total or 0) - start, 0)
        if needed + start > self._job.largest:
            self._forget()
            raise self._too_large()
        if self._free_bytes(self._job.target.parent) < needed + SPARE_BYTES:
            raise DownloadError(
                f"There is no room for {self._name}, which needs {megabytes(needed)} and some to spare.",
                f"Free some space on the disk of {self._job.target.parent}.",
            )

    def _write_note(self, response: httpx.Response) -> None:
        """Remembers a strong ETag or a date: only with one of them may the download go on later."""
        tag = response.headers.get("ETag", "")
        validator = tag if tag.startswith('"') else response.headers.get("Last-Modified", "")
        self._note.write_bytes(msgspec.json.encode(Partial(self._job.url, validator)))

    def _write(self, response: httpx.Response, start: int) -> None:
        done = start
        with self._part.open("r+b" if start else "wb") as file:
            file.truncate(start)
            file.seek(start)
            for block in response.iter_raw():
                done += len(block)
                if done > self._job.largest:
                    break
                file.write(block)
                if self._job.progress:
                    self._job.progress(done, self._total)
                if self._job.cancelled is not None and self._job.cancelled.is_set():
                    raise DownloadCancelled(
                        f"The download of {self._name} was stopped.",
                        "It goes on from there next time.",
                    )
        if done > self._job.largest:
            self._forget()
            raise self._too_large()

    def _forget(self) -> None:
        self._part.unlink(missing_ok=True)
        self._note.unlink(missing_ok=True)

    def _too_large(self) -> DownloadError:
        return DownloadError(
            f"{self._host()} sends more for {self._name} than {megabytes(self._job.largest)}.",
            "What answered is not the server it should be: try another network.",
        )

    def _unreachable(self) -> DownloadError:
        return DownloadError(
            f"{self._host()} cannot be reached.",
            "Connect to the internet, or name your proxy in HTTPS_PROXY.",
            unreachable=True,
        )

    def _host(self) -> str:
        return self._job.url.split("/")[2] if "//" in self._job.url else self._job.url


_LATER = "Try again later."


def beside(target: Path, ending: str) -> Path:
    """The file of that ending beside the target."""
    return target.with_name(target.name + ending)


def megabytes(count: int | None) -> str:
    """ "14.5 MB"."""
    return f"{(count or 0) / 1e6:.1f} MB"
