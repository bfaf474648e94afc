"""What is said of a decision about learning anew: what happened, then what to do."""

from __future__ import annotations

from typing import assert_never

from store.local.learning.trigger_forms import Why

Words = tuple[str, str]


def began() -> Words:
    """Of a training that begins."""
    return (
        "Whimbrel has begun to learn anew.",
        "When it is done, look at what came of it on the Model page and put it to work if you like it.",
    )


def too_few(found: int, wanted: int) -> Words:
    """Of too few pictures that people named."""
    have = "1 picture has" if found == 1 else f"{found:,} pictures have"
    return (
        f"There is too little to learn from: {have} been checked that surely, and {wanted:,} are needed.",
        "Confirm or correct more answers, or ask for less.",
    )


def held(why: Why) -> Words:
    """Of a training that has to wait."""
    match why:
        case "off":
            return (
                "It is time to learn anew, but learning by itself is switched off.",
                "Begin it on the Model page, or switch it on.",
            )
        case "busy":
            return "Whimbrel is learning already.", "Wait until that training has ended, or cancel it."
        case "battery":
            return (
                "The machine runs on its battery, and that is low.",
                "Plug it in; then Whimbrel learns.",
            )
        case "" | "too-few":
            raise ValueError(why)
        case _:
            assert_never(why)
