"""The collector's refusals: problem documents by which a device knows that it was this collector, and why."""

from __future__ import annotations

import math

from store.collector import errors
from store.collector.errors import CollectorError
from store.collector.incoming import WrongBatch
from store.protocol import FORGOTTEN, MIN_SCHEMA, SCHEMA
from webui import problems
from webui.problems import Kind, Problem, ProblemDetails

TOKEN = Kind(401, "token-refused", "Not enrolled")
WRONG_SCOPE = Kind(403, "wrong-scope", "This token is for something else")
WRONG_DEVICE = Kind(403, "wrong-device", "This token is another device's")
WITHDRAWALS_FORGOTTEN = Kind(409, FORGOTTEN, "What was taken back has to be told again")
NOT_THERE = Kind(404, "not-found", "Not found")
WRONG_ENTRY = Kind(422, "wrong-entry", "That can't be")
OTHER_SCHEMA = Kind(426, "schema", "Another version is needed")
CODES = {
    code: Kind(403, code, "This enrolment code does not let anybody in")
    for code in ("code-unknown", "code-used", "code-expired")
}
BUNDLES = {
    code: Kind(422, code, "This bundle is not taken")
    for code in ("bundle-damaged", "bundle-foreign", "bundle-unknown", "bundle-revoked")
}
RETRY_AFTER_S = 5
_KINDS: dict[type[CollectorError], Kind] = {
    errors.TokenRefused: TOKEN,
    errors.WithdrawalsForgotten: WITHDRAWALS_FORGOTTEN,
    errors.TooOften: problems.TOO_MANY,
    errors.Busy: problems.BUSY,
    errors.Unreachable: problems.BUSY,
    errors.WrongSchema: problems.BUSY,
    errors.Full: problems.DISK_FULL,
    errors.NotThere: NOT_THERE,
    errors.WrongEntry: WRONG_ENTRY,
    errors.ReleaseNotTaken: WRONG_ENTRY,
}


class Refusal(ProblemDetails, frozen=True, kw_only=True):
    """The JSON of every refusal; `code` is for programs. A document without `collector_id` is a proxy's, or
    comes from before the database was reached."""

    code: str
    collector_id: str | None
    min_schema: int = MIN_SCHEMA
    max_schema: int = SCHEMA


def refusal_of(problem: Problem, collector_id: bytes) -> Refusal:
    """The document of a problem."""
    details = problem.details()
    return Refusal(
        type=details.type,
        title=details.title,
        status=details.status,
        detail=details.detail,
        code=problem.kind.name,
        collector_id=collector_id.hex(),
    )


def problem_of(error: CollectorError | WrongBatch) -> Problem:
    """The problem that carries an error's own two sentences."""
    if isinstance(error, WrongBatch):
        sentence = f"The request does not have the expected form: {error}."
        return Problem(problems.WRONG_SHAPE, sentence, "Send it as /api/openapi.json says.")
    if isinstance(error, errors.CodeRefused):
        return Problem(CODES[error.code], error.sentence, error.advice)
    if isinstance(error, errors.BundleRefused):
        return Problem(BUNDLES.get(error.code, problems.WRONG_SHAPE), error.sentence, error.advice)
    kind = _KINDS.get(type(error), problems.INTERNAL)
    return Problem(kind, error.sentence, error.advice, _headers(error, kind))


def _headers(error: CollectorError, kind: Kind) -> dict[str, str]:
    if isinstance(error, errors.TooOften):
        return {"Retry-After": str(math.ceil(error.wait_s))}
    if kind is problems.BUSY:
        return {"Retry-After": str(RETRY_AFTER_S)}
    return {"WWW-Authenticate": 'Bearer realm="whimbrel"'} if kind is TOKEN else {}


def other_schema() -> Problem:
    """The 426 for a sender that speaks a version which this collector does not."""
    return Problem(
        OTHER_SCHEMA,
        f"This collector speaks versions {MIN_SCHEMA} to {SCHEMA} of the sync protocol; this is another.",
        "Update Whimbrel on the side that is older; what waits is kept.",
        {"Upgrade": "whimbrel-sync"},
    )


def wrong_scope(scope: str) -> Problem:
    """The 403 for a token that may do other things."""
    return Problem(
        WRONG_SCOPE, f"This token is not for {scope}.", "Ask the collector's team for another one."
    )


def wrong_device() -> Problem:
    """The 403 for a request in another device's name."""
    return Problem(WRONG_DEVICE, "This request is in the name of another device.", "Enrol this device anew.")


def crowded(wait_s: int) -> Problem:
    """The 503 for more requests at once than the collector takes."""
    return Problem(
        problems.BUSY,
        "The collector is answering as many requests as it can.",
        "Send this again a little later.",
        {"Retry-After": str(wait_s)},
    )
