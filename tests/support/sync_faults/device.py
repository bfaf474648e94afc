"""A device's life in a process of its own: the real memory on the disk, the real engine, and no page.

It records batches, takes the engine's turns, jumps over the pauses, and ends when all is sent and compared
(or when nothing more can be sent, or it is tired). Now and then its user takes the small pictures back, and
agrees to everything again. On the way it tells of the faults that happen inside: `clock` where its clock
jumped, `dns` where a name was not found.
"""

from __future__ import annotations

import contextlib
import logging
import random
import socket
import ssl
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import msgspec
from fault_suite.workload import body
from local_records import body_of, inference, send_body
from msgspec import Struct
from sync_faults.troubles import POISON_CODE

from store.local.learning.shadow import Shadow
from store.local.opening import LocalStore, open_store
from store.models.registry import ModelRegistry
from store.sync import payload, reconcile, standing
from store.sync.assembling import ModelParts, Sync, make_sync
from store.sync.credentials import Keyring, NoKeyring
from store.sync.engine import RECONCILE_AGAIN_S
from store.sync.enrolment import Device
from store.sync.forms import Outcome, Sharing
from store.sync.transport import HttpTransport

READ_S, PATIENT_S = 0.4, 60.0  # in trouble, and where nothing is done to answers
_TEN_YEARS_MS = 10 * 365 * 86_400_000
_JUMPS = 0.04
_UNKNOWN_NAMES = 0.06
_TAKEN_BACK = 0.15  # of all lives
_EVERYTHING = Sharing(True, True, True, "exact")
_BIG = 10**9
BIG_PREDICTIONS = 100


class Life(Struct, frozen=True):
    """`seed` decides; batches `first` .. `first + batches - 1` are recorded, each fifth with a large record
    where `big`. `wild`: clock and names fail. `calm`: what was refused as poison goes again first.
    """

    folder: str
    trusted: str
    seed: str
    first: int = 0
    batches: int = 0
    turns: int = 400
    wild: bool = False
    calm: bool = False
    big: bool = False
    schema: int = 1


class Entry(Struct, frozen=True):
    """How a device comes to its collector."""

    folder: str
    trusted: str
    url: str
    code: str


class FieldClock:
    """The machine's, with jumps of its wall clock, and pauses that are over at once."""

    def __init__(self, offset_ms: int = 0) -> None:
        self.offset_ms = offset_ms
        self._skipped_s = 0.0

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 + self.offset_ms

    def monotonic(self) -> float:
        return time.monotonic() + self._skipped_s

    def skip(self, seconds: float) -> None:
        self._skipped_s += seconds


def live(text: str) -> int:
    """One life; the last line that it prints says in which phase it ended."""
    logging.getLogger("whimbrel").addHandler(logging.NullHandler())
    life = msgspec.json.decode(text, type=Life)
    chance = random.Random(life.seed)
    clock = FieldClock()
    with contextlib.ExitStack() as held:
        if life.wild:
            _jump(clock, chance)
            held.enter_context(_names_fail(chance))
        for module in (payload, reconcile, standing):
            held.enter_context(patch.object(module, "SCHEMA", life.schema))
        store = open_store(Path(life.folder), clock)
        held.callback(store.close)
        sync = _sync(store, life, PATIENT_S if life.calm else READ_S, chance)
        held.callback(sync.close)
        if not life.calm and chance.random() < _TAKEN_BACK:
            sync.service.withdraw("crops")
            sync.service.agree(_EVERYTHING)
        if life.calm:
            refused = [one.seq for one in sync.service.rejected(0, 10_000) if one.code == POISON_CODE]
            sync.service.send_again(refused)
        phase = _Turns(life, sync, store, clock, chance).run()
    _tell(f"rests {phase}")
    return 0


class _Turns:
    """Records and sends in turns."""

    def __init__(
        self, life: Life, sync: Sync, store: LocalStore, clock: FieldClock, chance: random.Random
    ) -> None:
        self._life = life
        self._service, self._engine = sync.service, sync.engine
        self._store = store
        self._clock = clock
        self._random = chance
        self._numbers = list(range(life.first + life.batches - 1, life.first - 1, -1))

    def run(self) -> str:
        """The phase in which nothing more is to be done, or `tired`."""
        for _ in range(self._life.turns):
            if self._numbers and self._random.random() < 0.6:
                self._record(self._numbers.pop())
            if self._life.wild and self._random.random() < _JUMPS:
                _jump(self._clock, self._random)
            outcome = self._engine.once(asked=True)
            if outcome.phase == "no_consent":  # another copy of this memory took back what this one agreed to
                self._service.agree(_EVERYTHING)
                continue
            if outcome.wait_s is None or (self._is_compared(outcome) and not self._numbers):
                return outcome.phase
            if outcome.phase != "idle" or not self._numbers:
                self._clock.skip(outcome.wait_s)
        return "tired"

    def _is_compared(self, outcome: Outcome) -> bool:
        """Nothing waits, and the next comparison is due tomorrow, not in an hour."""
        due_in = self._engine._reconcile_at - self._clock.monotonic()
        return outcome.phase == "idle" and outcome.wait_s != 0 and due_in > RECONCILE_AGAIN_S

    def _record(self, number: int) -> None:
        send_body(self._store.statistics, body(number))
        if self._life.big and number % 5 == 0:
            send_body(self._store.statistics, body_of(_large(number)))


def _large(number: int) -> dict[str, Any]:
    names = [f"{rank} {'x' * 240}" for rank in range(1, BIG_PREDICTIONS + 1)]
    answers = [{"className": name, "probability": 0.01, "rank": rank + 1} for rank, name in enumerate(names)]
    return inference(_BIG + number, predictions=answers)


def enter(text: str) -> int:
    """A new memory whose user agrees to everything and enrols."""
    entry = msgspec.json.decode(text, type=Entry)
    store = open_store(Path(entry.folder), FieldClock())
    sync = _sync(store, entry, PATIENT_S, random.Random(0))
    sync.service.agree(_EVERYTHING)
    sync.service.enrol(entry.url, entry.code)
    sync.close()
    store.close()
    return 0


def _sync(store: LocalStore, who: Life | Entry, read_s: float, chance: random.Random) -> Sync:
    def trust() -> ssl.SSLContext:
        return ssl.create_default_context(cafile=who.trusted)

    transport = HttpTransport("Whimbrel/faults", read_s=read_s, trust=trust)
    device = Device("field laptop", "0.1.0", "linux", "install of the field laptop")
    models = Path(who.folder) / "models"
    registry = ModelRegistry(models, store.model_versions, store.database.clock)
    return make_sync(
        store,
        Path(who.folder),
        device,
        ModelParts(registry, Shadow(store.database, store.model_versions, models)),
        transport=transport,
        find_keyring=_no_keyring,
        uniform=chance.random,
    )


def _no_keyring() -> Keyring:
    raise NoKeyring


def _jump(clock: FieldClock, chance: random.Random) -> None:
    choices = (-_TEN_YEARS_MS, 0, _TEN_YEARS_MS, chance.randint(-_TEN_YEARS_MS, _TEN_YEARS_MS))
    clock.offset_ms = chance.choice(choices)
    _tell("clock")


@contextlib.contextmanager
def _names_fail(chance: random.Random) -> Iterator[None]:
    """The resolver finds nothing, now and then."""
    found = socket.getaddrinfo

    def resolve(*asked: Any, **more: Any) -> Any:
        if chance.random() < _UNKNOWN_NAMES:
            _tell("dns")
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return found(*asked, **more)

    with patch.object(socket, "getaddrinfo", resolve):
        yield


def _tell(line: str) -> None:
    sys.stdout.write(line + "\n")  # at once: a kill between a line and its end would join two
    sys.stdout.flush()
