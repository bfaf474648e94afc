"""Refusals and failures as RFC 9457 problem documents: one sentence on what happened, one on what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from msgspec import Struct
from tornado.web import HTTPError

MEDIA_TYPE = "application/problem+json"


class ProblemDetails(Struct, frozen=True):
    """The JSON of every answer that is not a success. `detail` is what happened, then what to do."""

    type: str
    title: str
    status: int
    detail: str


@dataclass(frozen=True)
class Kind:
    """A kind of problem: its HTTP status, the name in its type URI, and a short title that never varies."""

    status: int
    name: str
    title: str

    @property
    def uri(self) -> str:
        """The problem's type, a URN because there is nothing to look up on a machine without a network."""
        return f"urn:whimbrel:problem:{self.name}"


BAD_JSON = Kind(400, "bad-json", "Not valid JSON")
BAD_QUERY = Kind(400, "bad-query", "A parameter of the address is not valid")
BAD_ENCODING = Kind(400, "bad-encoding", "The compressed body is damaged")
NOT_SIGNED_IN = Kind(401, "not-signed-in", "Not signed in")
LINK_SPENT = Kind(403, "link-spent", "This link no longer works")
WRONG_HOST = Kind(403, "wrong-host", "Wrong address")
WRONG_ORIGIN = Kind(403, "wrong-origin", "The request comes from somewhere else")
NOT_FOUND = Kind(404, "not-found", "Not found")
METHOD = Kind(405, "method-not-allowed", "This address does not do that")
CONFLICT = Kind(409, "conflict", "Not possible at the moment")
GONE = Kind(410, "gone", "The file cannot be read")
TOO_LARGE = Kind(413, "too-large", "Too large")
MEDIA = Kind(415, "wrong-media-type", "Wrong kind of body")
RANGE = Kind(416, "range", "The file is shorter than that")
WRONG_SHAPE = Kind(422, "wrong-shape", "The request has the wrong form")
TOO_MANY = Kind(429, "too-many", "Too many requests")
MODEL = Kind(422, "model", "The model can't be used")
INTERNAL = Kind(500, "internal", "Something went wrong inside Whimbrel")
BUSY = Kind(503, "busy", "Busy")
RECOVERING = Kind(503, "recovering", "The memory is not open")
NOT_BUILT = Kind(503, "page-missing", "The page is missing")
DISK_FULL = Kind(507, "disk-full", "The disk is full")


class Problem(HTTPError):  # noqa: N818 - named after RFC 9457's term
    """Raised by a handler to answer with a problem document.

    `sentence` says what happened, `advice` what to do; both are shown to people. `headers` go with it.
    """

    def __init__(
        self, kind: Kind, sentence: str, advice: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(kind.status)
        self.kind = kind
        self.sentence = sentence
        self.advice = advice
        self.headers = dict(headers or {})

    def details(self) -> ProblemDetails:
        """The document that goes over the wire."""
        return ProblemDetails(
            type=self.kind.uri,
            title=self.kind.title,
            status=self.kind.status,
            detail=f"{self.sentence} {self.advice}",
        )


_PLAIN = {
    400: ("Whimbrel could not read this request.", "Reload the page and try again."),
    403: ("This address can't be opened.", "Go back to Whimbrel's first page."),
    404: ("There is nothing at this address.", "Go back to Whimbrel's first page."),
    405: ("This address does not answer that kind of request.", "See /api/openapi.json for what it answers."),
    416: ("The file is shorter than the part that was asked for.", "Ask for the whole file."),
    500: (
        "Something went wrong inside Whimbrel, and nothing of this request was kept.",
        "Try again; if it stays, run `whimbrel doctor` and look into the log.",
    ),
}


def from_status(status: int) -> Problem:
    """The problem for an answer that only a status is known of (unknown route, wrong method, crash)."""
    sentence, advice = _PLAIN.get(status, _PLAIN[500 if status >= HTTPStatus.INTERNAL_SERVER_ERROR else 400])
    known = {kind.status: kind for kind in (NOT_FOUND, METHOD, RANGE, INTERNAL)}
    kind = known.get(status) or Kind(status, f"http-{status}", HTTPStatus(status).phrase)
    return Problem(kind, sentence, advice)
