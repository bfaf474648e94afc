"""A device that sends, with a memory on the disk and a collector on paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from local_records import HandClock, inference, send
from outbox_accounts import accounts
from paper_collector import COLLECTOR, DEVICE, TOKEN, PaperCollector

from store.local.erased_sent import ErasedSent
from store.local.opening import LocalStore, open_store
from store.local.shared_labels import SharedLabels
from store.local.sync_store import SyncStore
from store.sync.credentials import Kept, Secrets
from store.sync.engine import Engine, EngineParts
from store.sync.exchange import Exchange
from store.sync.forms import TEXT_VERSION, Consent, Enrolment, Outcome, Sharing
from store.sync.memory import SyncMemory
from store.sync.receiving import Receiving
from store.sync.reconcile import Reconciling
from store.sync.sending import Sending
from store.sync.standing import Withdrawing
from store.sync.telling import Telling
from store.sync.transport import Transport

URL = "https://collector.example"
MOST_STATISTICS = 1000  # of one batch from a page
ENROLMENT = Enrolment(URL, COLLECTOR, DEVICE, "field laptop", 1, "file")


class KnownSecrets:
    """Secrets that are there, or are not."""

    def __init__(self) -> None:
        self.found: Secrets | None = Secrets(TOKEN, "")

    def load(self, kept_in: Kept) -> Secrets | None:
        return self.found


@dataclass
class Device:
    """One installation. `engine` is made anew by `restart`."""

    folder: Path
    transport: Transport
    clock: HandClock = field(default_factory=HandClock)
    secrets: KnownSecrets = field(default_factory=KnownSecrets)
    costly: Callable[[], bool] = lambda: False
    random: Callable[[], float] = lambda: 1.0

    def __post_init__(self) -> None:
        self.start()

    def start(self) -> None:
        self.store: LocalStore = open_store(self.folder, self.clock)
        notes = SyncStore(self.store.database)
        self.memory = SyncMemory(notes)
        exchange = Exchange(self.transport, self.clock)
        outbox = self.store.outbox
        parts = EngineParts(
            memory=self.memory,
            accounts=outbox.accounts,
            sending=Sending(outbox, exchange, notes.parts_of, self.clock),
            reconciling=Reconciling(outbox, exchange, self.store.clock_watch),
            withdrawing=Withdrawing(self.memory, exchange, self.clock),
            telling=Telling(ErasedSent(self.store.database), exchange),
            receiving=Receiving(SharedLabels(self.store.database), exchange),
            exchange=exchange,
            secrets=self.secrets,
            clock=self.clock,
        )
        self.engine = Engine(parts, random=self.random, costly=self.costly)

    def restart(self) -> None:
        """Ends as after a crash of the process: what is in flight stays in flight in the file."""
        self.close()
        self.start()

    def close(self) -> None:
        self.store.close()

    def agree_anew(self, **sharing: object) -> None:
        """The user says yes again, whatever was said and withdrawn before."""
        known = self.memory.now()
        self.agree(max(known.consent.number, known.withdrawn) + 1, **sharing)

    def agree(self, number: int = 1, **sharing: object) -> None:
        """The user says yes."""
        word = Consent(number, True, TEXT_VERSION, 1, Sharing(**sharing))  # type: ignore[arg-type]
        self.memory.say(lambda _: (word, None))

    def ready(self) -> Device:
        """Enrolled, with consent."""
        self.memory.enrol(ENROLMENT)
        self.agree()
        return self

    def record(self, first: int, count: int, **changes: object) -> None:
        """Remembers so many answers, numbered from `first` on."""
        numbers = range(first, first + count)
        for some in (numbers[at : at + MOST_STATISTICS] for at in range(0, count, MOST_STATISTICS)):
            send(self.store.statistics, *(inference(number, **changes) for number in some))

    def drain(self, most: int = 10_000) -> list[Outcome]:
        """Takes turns until there is nothing to do, jumping over pauses."""
        outcomes: list[Outcome] = []
        for _ in range(most):
            outcome = self.engine.once(asked=True)
            outcomes.append(outcome)
            if outcome.phase != "waiting" and outcome.wait_s != 0:
                return outcomes
            self.clock.now += int((outcome.wait_s or 0) * 1000)
        raise AssertionError("it never comes to rest")


def collector_of(device: Device) -> PaperCollector:
    assert isinstance(device.transport, PaperCollector)
    return device.transport


@contextmanager
def sending_device(folder: Path, transport: Transport) -> Iterator[Device]:
    """One that is ready to send; its accounts must add up at the end."""
    made = Device(folder, transport).ready()
    yield made
    accounts(made.store.database)
    made.close()
