"""A device with a real memory and models, and a user who recognises pictures and says what they are.

Pictures are of three groups (WOLF, FOX, DOG). A head tells them apart without fail, but may have its labels
mixed up: that is what one version does worse than another.
"""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from example_world import seen, vector
from keyrings import no_keyring
from local_records import HandClock, said, send
from msgspec import structs
from releasing import Shop

from store.events import ModelVersion
from store.local.learning.shadow import Shadow
from store.local.learning.version_checks import VersionChecks
from store.local.opening import open_store
from store.models.head_set import HeadSet, load_head, write_head
from store.models.labels import Label
from store.models.network import head_forward
from store.models.registry import ModelRegistry
from store.models.version_names import version_id
from store.sync.assembling import ModelParts, make_sync
from store.sync.enrolment import Device
from store.sync.forms import Outcome, Sharing
from store.sync.transport import Transport

WOLF, FOX, DOG = "wolf", "fox", "dog"
LABELS = (WOLF, FOX, DOG)
SIZE = 128  # of the tiny model's embeddings


def write_labels(models: Path, like: ModelVersion, name: str, labels: Sequence[str]) -> ModelVersion:
    """Writes a version over the same network that calls the groups of pictures by these labels."""
    kernel = np.stack([vector(group, size=SIZE) for group in range(3)], axis=1).astype(np.float32) * 8
    head = HeadSet(like.space_id, 1.0, [(kernel, np.zeros(3, np.float32))], tuple(map(Label, labels)))
    head_id = write_head(models, head)
    metrics = {"variants": like.metrics["variants"]}
    made = version_id(name, like.backbone_id, head_id)
    return structs.replace(like, id=made, name=name, head_id=head_id, metrics=metrics, label_count=3)


class FieldDevice:
    """Everything of it in `folder`; `close` and `start` are a restart, with a `transport` that is new."""

    def __init__(
        self, folder: Path, shop: Shop, transport: Transport | None = None, *, network: bool = True
    ) -> None:
        self.folder = folder
        self.clock = HandClock()
        self.models = folder / "models"
        self.transport = transport
        self.app_version = "1.0"
        self._next = 1
        folder.mkdir()
        if network:
            shutil.copytree(shop.models / shop.version.backbone_id, self.models / shop.version.backbone_id)
        self.start()
        self.base = shop.version

    def start(self) -> None:
        self.store = open_store(self.folder / "data", self.clock)
        self.registry = ModelRegistry(self.models, self.store.model_versions, self.clock)
        self.shadow = Shadow(self.store.database, self.store.model_versions, self.models)
        self.sync = make_sync(
            self.store,
            self.folder / "data",
            Device("laptop", self.app_version, "linux", "install"),
            ModelParts(self.registry, self.shadow),
            transport=self.transport,
            find_keyring=no_keyring,
            uniform=lambda: 1.0,
        )

    def close(self) -> None:
        self.sync.transport.close()
        self.store.close()

    def works_with(self, name: str, labels: Sequence[str] = LABELS, made: str = "fetched") -> ModelVersion:
        """Puts a version of its own to work."""
        version = structs.replace(write_labels(self.models, self.base, name, labels), made=made)
        self.store.model_versions.insert(version)
        return self.registry.activate(version.id)

    def at_work(self) -> str:
        """The name of the version that answers."""
        active = self.registry.active()
        return "" if active is None else active.name

    def page_tries(self, version_id: str, off: float | None = 0.0) -> None:
        """A page compares the numbers of a version with the reference."""
        assert VersionChecks(self.store.database).note(version_id, "wasm", off, half=False)

    def look(self, count: int, group: int, *, judged: bool = True) -> None:
        """Recognises pictures of a group, and says what they are."""
        active = self.registry.active()
        assert active is not None
        head = load_head(self.models, active.head_id)
        for _ in range(count):
            number, self._next = self._next, self._next + 1
            embedding = vector(group, number, SIZE)
            answers = head_forward(head.layers, np.array([embedding], np.float32), head.temperature)[0]
            best = int(answers.argmax())
            answer = {"className": head.labels[best].name, "probability": float(answers[best]), "rank": 1}
            known = {"modelVersion": active.id, "spaceId": active.space_id, "totalTime": 40.0}
            records = [seen(number, embedding, predictions=[answer], **known)]
            if judged:
                truth = LABELS[group]
                records.append(said(10_000 + number, number, None if answer["className"] == truth else truth))
            send(self.store.statistics, *records)

    def joins(self, url: str, code: str) -> None:
        """Enrols, and agrees to send."""
        self.sync.service.agree(Sharing(embeddings=True))
        self.sync.service.enrol(url, code)

    def turns(self, most: int = 1_000) -> Outcome:
        """Takes turns of sending until there is nothing to do now."""
        for _ in range(most):
            outcome = self.sync.engine.once(asked=True)
            if outcome.wait_s != 0:
                return outcome
        raise AssertionError("it never comes to rest")

    def course(self) -> str:
        """The stage of the release that it is with."""
        found = self.sync.trial.course()
        return "" if found is None else found.stage
