"""What can be wrong at the collector: each error has a sentence (what happened) and an advice."""

from __future__ import annotations


class CollectorError(Exception):
    """Something that the collector can't do; `sentence` and `advice` are for people."""

    def __init__(self, sentence: str, advice: str = "") -> None:
        super().__init__(f"{sentence} {advice}".strip())
        self.sentence = sentence
        self.advice = advice


class Unreachable(CollectorError):  # noqa: N818 - reads as the state that it is
    """The database can't be reached, or the connection to it broke. What was not committed is not there."""

    reason = ""  # what the database, or the way to it, said


class Busy(CollectorError):  # noqa: N818
    """All connections are in use, or another process holds the file locked."""


class Full(CollectorError):  # noqa: N818
    """The database's disk has no room left. Nothing was written."""


class WrongSchema(CollectorError):  # noqa: N818
    """The database is not of this Whimbrel's schema, or not a collector's at all."""


class CodeRefused(CollectorError):  # noqa: N818
    """An enrolment code that lets nobody in; `code` is `code-unknown`, `code-used` or `code-expired`."""

    def __init__(self, code: str, sentence: str, advice: str) -> None:
        super().__init__(sentence, advice)
        self.code = code


class BundleRefused(CollectorError):  # noqa: N818
    """A bundle of which nothing counts; `code` is for programs."""

    def __init__(self, code: str, sentence: str, advice: str) -> None:
        super().__init__(sentence, advice)
        self.code = code


class TokenRefused(CollectorError):  # noqa: N818
    """A token that nobody has, or that was revoked."""


class WithdrawalsForgotten(CollectorError):  # noqa: N818
    """A device took back what the collector knows nothing of: it was put back from a backup. Nothing is kept
    before it was told again."""


class TooOften(CollectorError):  # noqa: N818
    """Somebody asks more often than is fair; `wait_s` is when the next request is taken."""

    def __init__(self, wait_s: float) -> None:
        super().__init__(
            "This was asked of the collector more often than it takes from one sender.",
            "Wait a moment, then send it again.",
        )
        self.wait_s = wait_s


class NotThere(CollectorError):  # noqa: N818
    """A device, token or code of that name that does not exist."""


class WrongEntry(CollectorError):  # noqa: N818
    """Something that somebody of the team entered, and that can't be."""


class ReleaseNotTaken(CollectorError):  # noqa: N818
    """A release, or a change of release keys, that no device of this collector would take."""


def unreachable(reason: object) -> Unreachable:
    """The error for a database that does not answer."""
    first_line = next(iter(str(reason).strip().splitlines()), type(reason).__name__)
    error = Unreachable(
        f"The collector's database can't be reached ({first_line}).",
        "Look whether it runs and whether --database names it rightly.",
    )
    error.reason = first_line
    return error


def of_replica(error: Unreachable) -> Unreachable:
    """The same of the database that statistics and exports read."""
    return Unreachable(
        f"The replica that statistics and exports read can't be reached ({error.reason or error.sentence}).",
        "Look whether it runs and whether --analytics-url names it rightly. Devices notice nothing of it.",
    )


def busy() -> Busy:
    """The error for want of a connection."""
    return Busy("The collector's database is busy.", "Send this again in a moment.")


def full() -> Full:
    """The error for a disk without room."""
    return Full("The disk of the collector's database is full.", "Free some space; what waits is sent again.")
