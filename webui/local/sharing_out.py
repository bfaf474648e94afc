"""Which version a session works with, where a share of them is to try another one."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping

from store.events import ModelVersion
from webui.local.services import ModelRegistry


def in_trial(session_id: str, version_id: str, share: float) -> bool:
    """Whether a session belongs to the share: always the same answer, and another set for each version."""
    digest = hashlib.sha256(f"{version_id}\n{session_id}".encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64 < share


def trial_version(
    registry: ModelRegistry, settings: Mapping[str, object], session_id: str | None
) -> ModelVersion | None:
    """The version that this session tries; None where it works with the one that is at work.

    A version that is not there, is at work, or failed a gate is tried by nobody. Reads the registry.
    """
    wanted, share = settings["trialVersion"], settings["trialShare"]
    if session_id is None or not isinstance(wanted, str) or not isinstance(share, int | float):
        return None
    if not in_trial(session_id, wanted, share):
        return None
    found = next((version for version in registry.list() if version.id == wanted), None)
    return None if found is None or found.state == "active" or _failed(found) else found


def _failed(version: ModelVersion) -> bool:
    gates = version.metrics.get("gates", [])
    return isinstance(gates, list) and any(gate.get("passed") is False for gate in gates)
