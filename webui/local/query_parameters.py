"""The parameters of an address, each exactly as it was sent and of its own type; what can't be is a 400."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from store.export.filters import FilterError, parse_moment
from webui import problems
from webui.problems import Problem
from webui.routes import Parameter

Moment = Annotated[str, Meta(min_length=1, max_length=64)]


def read_query(parameters: Sequence[Parameter], given: Mapping[str, Sequence[bytes]]) -> dict[str, Any]:
    """The values of `given` (Tornado's `query_arguments`) by name, each of its parameter's form.

    Raises Problem, with the name of the parameter, for one that is unknown, there twice or of another form.
    """
    known = {parameter.name: parameter for parameter in parameters}
    values = {}
    for name, texts in given.items():
        if name not in known:
            raise bad_query(f"There is no parameter {name!r} here.", f"It takes: {', '.join(known)}.")
        if len(texts) > 1:
            raise bad_query(f"The parameter {name} is there {len(texts)} times.", "Give it once.")
        values[name] = _read(known[name], texts[0])
    return values


def moment_of(values: Mapping[str, Any], name: str) -> int | None:
    """The time that a parameter of the form `Moment` says, in milliseconds since the epoch; None without it.

    Raises Problem where it is none.
    """
    if name not in values:
        return None
    try:
        return parse_moment(name, values[name])
    except FilterError as error:
        raise bad_query(error.sentence, error.advice) from error


def bad_query(sentence: str, advice: str) -> Problem:
    """The 400 for a parameter of the address."""
    return Problem(problems.BAD_QUERY, sentence, advice)


def _read(parameter: Parameter, value: bytes) -> Any:  # noqa: ANN401 - of the parameter's own form
    """The value exactly: Tornado's own reading would make spaces of control characters."""
    try:
        return msgspec.convert(value.decode(), parameter.form, strict=False)
    except (msgspec.ValidationError, UnicodeDecodeError) as error:
        raise bad_query(
            f"The parameter {parameter.name} is not valid: {error}.", "Leave it out, or correct it."
        ) from error
