"""What the collector's log says, in words; its short names and ids are for programs."""

from __future__ import annotations

from collections.abc import Mapping

from store.collector.audit import AuditEntry

_SHORT = 12  # digits of an id or a hash
_ID_DIGITS = 32
_CHANGES = {"out": "offered", "paused": "paused", "withdrawn": "withdrew"}  # by the state after it
_WORDING: dict[str, tuple[tuple[str, str], ...]] = {  # of each the first whose detail is there
    "account-closed": (("", "closed the account {account}"),),
    "account-set": (("", "gave {account} an account, as {role}"),),
    "bundle-read": (("", "read a file from the device {device}"),),
    "code-made": (
        ("group", "made a code for a device of the group {group}"),
        ("", "made a code for a device"),
    ),
    "consent-withdrawn": (("", "took back what it shared ({scope})"),),
    "device-enrolled": (("again", "came in again"), ("", "came in")),
    "device-revoked": (("", "put out the device {device}"),),
    "erased-at-device": (("", "erased {events} records, {erased} of which were here"),),
    "exported": (("", "exported what devices sent, as {format}"),),
    "label-merged": (("", "had {label} count as {into}"),),
    "label-removed": (("", "took {label} off the labels"),),
    "label-set": (("before", "changed the label {before} to {label}"), ("", "wrote the label {label}")),
    "labels-imported": (("", "read {labels} labels from a table"),),
    "model-added": (("", "added the model {model}"),),
    "release-added": (
        ("groups", "added release {version}, for {percent} % of {groups}"),
        ("", "added release {version}, for {percent} % of all devices"),
    ),
    "release-changed": (
        ("percent", "offered release {version} to {percent} % of its devices"),
        ("", "{change} release {version}"),
    ),
    "release-keys-set": (("", "set the keys of releases ({keys})"),),
    "retention-set": (("days", "keeps {kind} for {days} days"), ("", "keeps {kind} for ever")),
    "settled": (
        ("label", "settled the picture {picture} as {label}"),
        ("", "settled the picture {picture} as one that can't be told"),
    ),
    "settlement-undone": (("", "took back how the picture {picture} was settled"),),
    "signed-in": (("", "signed in from {address}"),),
    "token-made": (("", "made a token for {name} ({scopes})"),),
}


def done(entry: AuditEntry, devices: Mapping[str, str]) -> str:
    """What somebody did; `devices` are names by hex id. What it knows no words for it gives as it is."""
    details = {name: _shown(value, devices) for name, value in entry.details.items()}
    if details.get("before") == details.get("label"):
        details.pop("before", None)
    if "state" in details:
        details["change"] = _CHANGES.get(details["state"], details["state"])
    for needed, words in _WORDING.get(entry.what, ()):
        if not needed or details.get(needed):
            try:
                return words.format_map(details)
            except KeyError:
                break
    return ", ".join([entry.what, *(f"{name} {value}" for name, value in details.items() if value)])


def doer(entry: AuditEntry, devices: Mapping[str, str]) -> str:
    """Who did it."""
    return _shown(entry.who, devices)


def _shown(value: object, devices: Mapping[str, str]) -> str:
    """A detail as one reads it; nothing for what was not said."""
    if value is None or value is False:
        return ""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    text = str(value)
    is_id = len(text) >= _ID_DIGITS and set(text) <= set("0123456789abcdef")
    return devices.get(text, text[:_SHORT]) if is_id else text
