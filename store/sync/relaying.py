"""Passes a colleague's bundle on to the collector, a part at a time, and brings the receipt back.

Whoever passes it on can neither change it nor answer it: the colleague's key signed it, the collector's key
signs the receipt. What was passed on is noted beside the bundle, so that a relay that was cut goes on there.
"""

from __future__ import annotations

import base64
import os
from collections.abc import Callable, Iterator
from pathlib import Path

from msgspec import Struct

from store.bundles.bundle_file import BundleFile, open_bundle
from store.bundles.forms import RECEIPT, BundleError, Seal, Taken, foreign, unwritable
from store.bundles.receipt_file import read_line, receipt_beside, write_receipt
from store.protocol import BUNDLE, SCHEMA, BundleAnswer, BundleRequest
from store.sync.bundling import SecretsOf
from store.sync.enrolled import not_enrolled, receipt_key_of
from store.sync.exchange import Exchange, Line
from store.sync.forms import SyncError
from store.sync.memory import SyncMemory
from store.sync.verdict import Bisect, Halve, Refused, Retry, Stop, Stranger, UpdateNeeded
from store.sync.words import BY_ITSELF, failure_words

MOST_TRIES = 8
_PARTIAL = ".partial"
_PAUSE_S, _PATIENCE_S = 1.0, 60.0
_ON = "What was passed on stays there; the same command goes on from it."
_REFUSALS = {
    "bundle-damaged": "The collector found this bundle cut off or changed.",
    "bundle-foreign": "This bundle is for another collector.",
    "bundle-unknown": "The collector does not know the device that wrote this bundle, or not by this key.",
    "bundle-revoked": "The device that wrote this bundle was put out at the collector.",
}


class Relayed(Struct, frozen=True, rename="camel"):
    """So many parts were passed on, `before` of them by an earlier try; the receipt is `receipt`."""

    parts: int
    before: int
    records: int
    receipt: str


class Relaying:
    """Passes bundles on to this device's own collector. Every method blocks on the network, and raises
    StoreError."""

    def __init__(
        self, memory: SyncMemory, secrets: SecretsOf, exchange: Exchange, sleep: Callable[[float], None]
    ) -> None:
        self._memory = memory
        self._secrets = secrets
        self._exchange = exchange
        self._sleep = sleep

    def relay(self, path: Path) -> Relayed:
        """Passes all of a bundle on, and writes the receipt beside it."""
        line = self._line()
        receipt_key = receipt_key_of(line.enrolment)
        target = receipt_beside(path)
        partial = target.with_name(target.name + _PARTIAL)
        with open_bundle(path) as bundle:
            seal = bundle.head.seal
            if seal.collector_id != line.enrolment.collector_id:
                raise foreign("bundle")
            before = _before(partial, seal, receipt_key)
            for part in range(before, len(seal.parts)):
                _keep(partial, part, self._pass_on(line, receipt_key, bundle, part))
            write_receipt(target, _passed(partial, seal, receipt_key))
            partial.unlink(missing_ok=True)
        return Relayed(len(seal.parts), before, seal.records, str(target))

    def _line(self) -> Line:
        home = self._memory.now().enrolment
        if home is None:
            raise not_enrolled()
        secrets = self._secrets.load(home.kept_in)
        if secrets is None:
            raise SyncError(*failure_words("no-secret"))
        return Line(home, secrets.token)

    def _pass_on(self, line: Line, receipt_key: bytes, bundle: BundleFile, part: int) -> bytes:
        """Sends one part; the line of the receipt for it. Raises SyncError where that cannot be done now."""
        request = _request(bundle, part)
        found: BundleAnswer | Refused = Retry("refused")
        for _ in range(MOST_TRIES):
            found = self._exchange.ask(line, BUNDLE, request, BundleAnswer)
            if isinstance(found, BundleAnswer):
                return _checked(found, bundle.head.seal, part, receipt_key)
            if not isinstance(found, Retry) or found.after_s is None or found.after_s > _PATIENCE_S:
                break
            self._sleep(max(_PAUSE_S, found.after_s))
        raise _failure(found)


def _request(bundle: BundleFile, part: int) -> BundleRequest:
    head = bundle.head
    packed = base64.b64encode(bundle.part(part)).decode()
    return BundleRequest(SCHEMA, head.text.decode(), head.signature, part, packed)


def _checked(told: BundleAnswer, seal: Seal, part: int, receipt_key: bytes) -> bytes:
    line = told.line.encode() + b"\n"
    try:
        taken: Taken | None = read_line(line, receipt_key)
    except BundleError:
        taken = None
    if taken is None or not _is_about(taken, seal, part):
        raise SyncError("What came back is no receipt of the collector's.", _ON)
    return line


def _is_about(taken: Taken, seal: Seal, part: int) -> bool:
    ours = (seal.collector_id, seal.device_id, seal.bundle_id, len(seal.parts), part)
    return (taken.collector_id, taken.device_id, taken.bundle_id, taken.parts, taken.part) == ours


def _before(partial: Path, seal: Seal, receipt_key: bytes) -> int:
    """How many parts were passed on by an earlier try; what is no good behind them is cut off."""
    sizes = [len(line) for line in _passed(partial, seal, receipt_key)]
    if sizes:
        os.truncate(partial, len(RECEIPT) + sum(sizes))
    return len(sizes)


def _passed(partial: Path, seal: Seal, receipt_key: bytes) -> Iterator[bytes]:
    """The lines that came back already, up to the first that is cut, damaged or another bundle's."""
    if not partial.is_file():
        return
    with partial.open("rb") as file:
        if file.readline() != RECEIPT:
            return
        for part, line in enumerate(file):
            try:
                taken = read_line(line, receipt_key)
            except BundleError:
                return
            if not _is_about(taken, seal, part):
                return
            yield line


def _keep(partial: Path, part: int, line: bytes) -> None:
    """Notes a line behind those before it; behind nothing, a new file."""
    try:
        if part == 0:
            partial.write_bytes(RECEIPT + line)
            return
        with partial.open("ab") as file:
            file.write(line)
    except OSError as error:
        raise unwritable(partial, error) from error


def _failure(found: BundleAnswer | Refused) -> SyncError:
    match found:
        case Bisect(code) | Stop(code) if code in _REFUSALS:
            return SyncError(_REFUSALS[code], "Ask whoever wrote it to write it anew, or your team.")
        case Stop():
            return SyncError(
                "The collector does not let this device in any more.", "Ask your team, then enrol again."
            )
        case UpdateNeeded():
            return SyncError(*failure_words("update-needed"))
        case Retry(code) | Stranger(code):
            sentence, advice = failure_words(code)
            return SyncError(sentence, _ON if advice == BY_ITSELF else f"{advice} {_ON}")
        case Bisect() | Halve() | BundleAnswer():
            return SyncError(*failure_words("refused")[:1], _ON)
