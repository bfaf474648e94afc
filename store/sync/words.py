"""What sending says to people: one sentence on what happened, one on what to do."""

from __future__ import annotations

from collections.abc import Mapping

from store.local.outbox_values import Accounts
from store.protocol import FORGOTTEN
from store.sync.forms import Contact, Phase
from store.sync.memory import Remembered

BY_ITSELF = "Nothing is lost; Whimbrel tries again by itself."
_FAILURES: Mapping[str, tuple[str, str]] = {
    "offline": ("The collector can't be reached: there is no way to it from here.", BY_ITSELF),
    "timeout": ("The collector did not answer in time.", BY_ITSELF),
    "cut": ("The connection was cut before the collector had answered.", BY_ITSELF),
    "tls": (
        "What answers at the collector's address cannot prove that it is the collector.",
        "Perhaps this network wants you to log in: open a browser. Else ask your team for its certificate.",
    ),
    "redirect": (
        "This network sends Whimbrel to another page instead of the collector.",
        "Perhaps it wants you to log in: open a browser, then try again.",
    ),
    "not-json": (
        "Something that is not the collector answered, perhaps the login page of this network.",
        "Open a browser and log in to the network; Whimbrel then goes on by itself.",
    ),
    "other-collector": (
        "Another collector answers at this address than the one that this device belongs to.",
        "Ask your team what changed; to belong to the new one, enrol again.",
    ),
    "wrong-answer": ("The collector's answer does not fit what was sent to it.", BY_ITSELF),
    FORGOTTEN: (
        "The collector was put back to how it was before; it is told again what you took back.",
        BY_ITSELF,
    ),
    "update-needed": (
        "The collector speaks a newer form than this Whimbrel, or an older one.",
        "Update Whimbrel; everything waits until then.",
    ),
    "http-404": ("There is no collector at this address.", "Compare the address with your team's."),
    "http-429": ("The collector is busy and asked to wait.", BY_ITSELF),
    "http-503": ("The collector is busy or being restarted.", BY_ITSELF),
    "no-secret": (
        "This device's key to the collector is not on this computer.",
        "Enrol this device again with a new code.",
    ),
    "store": ("This computer's memory could not be written just now.", BY_ITSELF),
}
_FALLBACK = ("The collector could not take what was sent.", BY_ITSELF)
_PHASES: Mapping[Phase, tuple[str, str]] = {
    "no_consent": ("Everything stays on this computer.", ""),
    "not_enrolled": ("This device belongs to no collector yet.", "Type the code that your team gave you."),
    "idle": ("Everything that was recorded is at the collector.", ""),
    "sending": ("Sending.", ""),
    "metered": (
        "Nothing is sent by itself while this connection is set as costly.",
        "Send now, or change that under Model, Sending.",
    ),
    "update_needed": _FAILURES["update-needed"],
}
_REJECTED: Mapping[str, str] = {
    "malformed": "The collector cannot read it.",
    "oversize": "It is larger than the collector takes.",
    "conflict": "The collector has another record under the same number.",
    "erased": "It is about something that was withdrawn or erased at the collector.",
}
_ALL_BUT_REJECTED = (
    "Everything is at the collector but what it refuses.",
    "See why, then send that again or let it go.",
)
_TAKEN_BACK = (
    "Nothing is sent: what you agreed to was taken back since, with another copy of this memory.",
    "Agree again if it is to be sent.",
)
_PAUSED_BY_USER = ("Sending is paused.", "Resume when you like; everything waits.")
_PAUSED_BY_COLLECTOR = (
    "The collector does not let this device in any more.",
    "Ask your team, then enrol again or resume; everything waits.",
)


def failure_words(code: str) -> tuple[str, str]:
    """What happened and what to do, for a failure's code."""
    return _FAILURES.get(code, _FALLBACK)


def state_words(phase: Phase, contact: Contact, known: Remembered, accounts: Accounts) -> tuple[str, str]:
    """What the engine is doing, and what to do about it."""
    if phase == "waiting":
        return failure_words(contact.code)
    if phase == "paused":
        by_collector = known.pause is not None and known.pause.by == "collector"
        return _PAUSED_BY_COLLECTOR if by_collector else _PAUSED_BY_USER
    if phase == "no_consent" and known.withdrawn >= known.consent.number > 0:
        return _TAKEN_BACK
    if phase == "no_consent" and known.enrolment is not None:
        return "Everything stays on this computer: you have not agreed to send it.", ""
    if phase == "idle" and accounts.rejected:
        return _ALL_BUT_REJECTED
    return _PHASES[phase]


def held_words(known: Remembered) -> tuple[str, str]:
    """Why nothing may leave in a file, and what to do about it."""
    if known.pause is not None:
        return _PAUSED_BY_COLLECTOR if known.pause.by == "collector" else _PAUSED_BY_USER
    return (
        "Nothing was written: you have not agreed to send what was recorded.",
        "`whimbrel sync preview` prints what would go, and `whimbrel sync agree` says yes.",
    )


def rejected_words(code: str) -> str:
    """Why the collector refuses a record."""
    return _REJECTED.get(code, f"The collector refuses it ({code}).")
