"""What a version's own checks say about putting it to work. Light to import."""

from __future__ import annotations

from typing import Any

from store.events import ModelVersion
from store.models.errors import ModelError


class GateNotPassed(ModelError):  # noqa: N818 - reads as what is the matter
    """A version did not pass a check, or too little is known to tell."""


def check_gates(version: ModelVersion) -> None:
    """Raises GateNotPassed for the first check that failed, else for the first that could not tell."""
    gates = [gate for gate in gates_of(version) if gate.get("passed") is not True]
    for gate in sorted(gates, key=lambda gate: gate.get("passed") is None):
        raise GateNotPassed(
            str(gate.get("sentence") or f"{version.name} did not pass the check “{gate.get('name')}”."),
            "Put it to work all the same if you know better, or correct more pictures and train again.",
        )


def gates_of(version: ModelVersion) -> list[dict[str, Any]]:
    """The checks of a version that are kept in its metrics."""
    found = version.metrics.get("gates")
    return [gate for gate in found if isinstance(gate, dict)] if isinstance(found, list) else []
