"""Puts sending together on a memory: the one place that knows all its parts."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from store.local.erased_sent import ErasedSent
from store.local.learning.duels import Duels
from store.local.learning.shadow import Shadow
from store.local.opening import LocalStore
from store.local.shared_labels import SharedLabels
from store.local.sync_store import SyncStore
from store.models.registry import ModelRegistry
from store.sync.bundling import Bundling, BundlingParts
from store.sync.credentials import Credentials, Keyring, system_keyring
from store.sync.engine import Engine, EngineParts
from store.sync.enrolment import Device, Enrolling
from store.sync.exchange import Exchange
from store.sync.forms import SyncState
from store.sync.loop import SyncLoop
from store.sync.memory import SyncMemory
from store.sync.networks import networks
from store.sync.receiving import Receiving
from store.sync.reconcile import Reconciling
from store.sync.relaying import Relaying
from store.sync.releases.fetching import Fetching
from store.sync.releases.following import Following, FollowingParts
from store.sync.releases.memory import ReleaseMemory
from store.sync.releases.ticking import TrialThread
from store.sync.releases.trial import Trial, TrialParts
from store.sync.sending import Sending
from store.sync.service import ServiceParts, SyncService
from store.sync.standing import Withdrawing
from store.sync.telling import Telling
from store.sync.transport import HttpTransport, Transport

COSTLY = "costlyConnection"
RELEASES = "releases"  # the folder, in that of the data


@dataclass(frozen=True)
class Sync:
    """Sending on one memory. `start` gives it a thread; without, `engine.once` takes a turn. `carrier` is the
    transport of what is passed on for others, beside which the engine goes on sending."""

    service: SyncService
    engine: Engine
    loop: SyncLoop
    transport: Transport
    carrier: Transport
    credentials: Credentials
    following: Following
    trial: Trial
    trials: TrialThread

    def start(self, news: Callable[[SyncState], None]) -> None:
        """Begins to send by itself; `news` hears every change."""
        self.engine.news = news
        self.service.poke = lambda asked: self.loop.poke(asked=asked)
        self.loop.start()
        self.trials.start()

    def close(self) -> None:
        """Ends, and cuts what is under way in the network; the batch goes again at the next start."""
        self.transport.close()
        self.carrier.close()
        self.loop.close()
        self.trials.close()


@dataclass(frozen=True)
class ModelParts:
    """The models that releases come to, and where they are tried."""

    registry: ModelRegistry
    shadow: Shadow


def make_sync(
    store: LocalStore,
    data_dir: Path,
    device: Device,
    models: ModelParts,
    *,
    transport: Transport | None = None,
    find_keyring: Callable[[], Keyring] = system_keyring,
    uniform: Callable[[], float] = random.random,
    sleep: Callable[[float], None] = time.sleep,
) -> Sync:
    """Sending for a memory that is open to write."""
    clock = store.database.clock
    notes = SyncStore(store.database)
    memory = SyncMemory(notes)
    sender, carrier = (transport or HttpTransport(f"Whimbrel/{device.app_version}") for _ in range(2))
    credentials = Credentials(data_dir, device.install_id, find_keyring)
    exchange = Exchange(sender, clock)
    fetching = Fetching(data_dir / RELEASES, exchange)
    trial, parts_of_following = _releases(store, models, exchange, fetching, device.app_version)
    following = Following(parts_of_following, uniform)
    parts = EngineParts(
        memory=memory,
        accounts=store.outbox.accounts,
        sending=Sending(store.outbox, exchange, notes.parts_of, clock),
        reconciling=Reconciling(store.outbox, exchange, store.clock_watch),
        withdrawing=Withdrawing(memory, exchange, clock),
        telling=Telling(ErasedSent(store.database), exchange),
        receiving=Receiving(SharedLabels(store.database), exchange),
        exchange=exchange,
        secrets=credentials,
        clock=clock,
        releases=following,
    )
    engine = Engine(parts, random=uniform, costly=lambda: bool(store.settings.all()[COSTLY]))
    service = SyncService(
        ServiceParts(
            memory=memory,
            queue=store.outbox,
            notes=notes,
            engine=engine,
            enrolling=Enrolling(sender, credentials, device, clock),
            secrets=credentials,
            clock=clock,
            bundling=_bundling(store, memory, credentials, parts_of_following.memory),
            relaying=Relaying(memory, credentials, Exchange(carrier, clock), sleep),
        )
    )
    loop = SyncLoop(engine, networks, uniform)
    store.outbox.grew = store.upkeep.rows_gone = loop.grew
    return Sync(service, engine, loop, sender, carrier, credentials, following, trial, TrialThread(trial))


def _bundling(
    store: LocalStore, memory: SyncMemory, credentials: Credentials, releases: ReleaseMemory
) -> Bundling:
    """What writes bundles and takes receipts."""
    return Bundling(
        BundlingParts(
            memory=memory,
            queue=store.outbox,
            parts_of=SyncStore(store.database).parts_of,
            secrets=credentials,
            clock=store.database.clock,
            erased=ErasedSent(store.database),
            reports=releases,
        )
    )


def _releases(
    store: LocalStore, models: ModelParts, exchange: Exchange, fetching: Fetching, app_version: str
) -> tuple[Trial, FollowingParts]:
    """What tries releases on this device, and what is needed to follow them."""
    memory = ReleaseMemory(SyncStore(store.database))
    duels, settings = Duels(store.database), store.settings.all
    trial = Trial(TrialParts(memory, models.registry, models.shadow, duels, settings))
    parts = FollowingParts(
        memory=memory,
        fetching=fetching,
        exchange=exchange,
        registry=models.registry,
        insert=store.model_versions.insert,
        trial=trial,
        settings=settings,
        clock=store.database.clock,
        app_version=app_version,
    )
    return trial, parts
