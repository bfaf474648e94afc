"""The JSON of the local API that is not the seed's: camelCase on the wire, checked on the way in."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from store.events import DeviceInfo, ModelVersion, Name, Record
from store.local.picture_store import PictureCard
from store.local.setting_names import SETTINGS
from webui.local.messages_program import CrashInfo

PathText = Annotated[str, Meta(min_length=1, max_length=4096, pattern="^[^\\x00]*$")]
Limit = Annotated[int, Meta(ge=1, le=1000)]
Cursor = Annotated[str, Meta(min_length=1, max_length=256)]


class _Out(Struct, frozen=True, rename="camel"):
    """Base of answers."""


class _In(Struct, frozen=True, rename="camel", forbid_unknown_fields=True):
    """Base of requests: an unknown field is a mistake of the caller's and is said so."""


class StatisticsBody(_Out, frozen=True):
    """What `POST /api/statistics` takes, for the document; a record without `kind` is an inference."""

    session_id: Name
    statistics: list[Record]
    device_info: DeviceInfo | None = None


class AppInfo(_Out, frozen=True):
    """Which program answers."""

    name: str
    version: str


class ModelStatusInfo(_Out, frozen=True):
    """How the model is doing; the texts are for people, `progress` is 0..1 or null."""

    state: Literal["ready", "preparing", "missing", "failed"]
    sentence: str
    advice: str
    progress: float | None


class ModelState(_Out, frozen=True):
    """The model that the page works with (a descriptor, or null) and how it is doing; the `model` event.

    `shadows` are the descriptors of the versions that are to answer beside it, the newest last.
    """

    model: dict[str, Any] | None
    model_status: ModelStatusInfo
    shadows: list[dict[str, Any]]


class MemoryInfo(_Out, frozen=True):
    """How the memory is; the texts are for people and empty where all is well. The `memory` event."""

    state: Literal["well", "full", "read-only"]
    sentence: str
    advice: str


class Session(_Out, frozen=True):
    """What the page asks for first; `tries` is the id of `model` where it is not the one at work, `crash` how
    the run before ended, where that was not dismissed."""

    app: AppInfo
    install_id: str
    model: dict[str, Any] | None
    model_status: ModelStatusInfo
    memory: MemoryInfo
    settings: dict[str, object]
    shadows: list[dict[str, Any]]
    tries: str | None = None
    crash: CrashInfo | None = None


class TeamLabel(_Out, frozen=True):
    """A label of the team that this device belongs to; whoever says one of `synonyms` means it."""

    name: str
    scientific: str | None
    synonyms: list[str]


class Labels(_Out, frozen=True):
    """Names that the user has typed and that no label of the active model has, nor of the team; and those of
    the team."""

    labels: list[str]
    shared: list[TeamLabel]


class Pictures(_Out, frozen=True):
    """A page of the pictures seen before, newest first; `next` is the cursor for `before`."""

    pictures: list[PictureCard]
    next: str | None


class VersionInfo(ModelVersion, frozen=True, kw_only=True):
    """One model version with what the page needs to load it."""

    descriptor: dict[str, Any]


class Models(_Out, frozen=True):
    """Every model version, and the ids of the active one and of that to which a rollback leads."""

    active: str | None
    before: str | None
    versions: list[VersionInfo]


class ImportRequest(_In, frozen=True):
    """A model file or folder on this machine."""

    path: PathText
    labels_path: PathText | None = None
    activate: bool = False


class FetchRequest(_In, frozen=True):
    """A base model by its family's name; `alpha` is null where the family has none."""

    name: Name
    alpha: Annotated[float, Meta(gt=0, le=4)] | None = None
    activate: bool = False


class ActivateRequest(_In, frozen=True):
    """`anyway` puts a version to work that did not pass all of its checks."""

    anyway: bool = False


class Nothing(_In, frozen=True):
    """An empty object."""


JobKind = Literal["import", "fetch", "export", "model-export", "compress"]


class Job(_Out, frozen=True):
    """Work that takes long. `progress` is 0..1 or null, `seconds_left` as far as the pace tells.

    What came of it: `version` is the id of a model, `path` a file or folder with so many `records`.
    """

    id: str
    kind: JobKind
    state: Literal["working", "done", "failed", "cancelled"]
    sentence: str
    advice: str = ""
    progress: float | None = None
    seconds_left: float | None = None
    version: str | None = None
    path: str | None = None
    records: int | None = None


class Handover(_Out, frozen=True):
    """A fresh one-use link, and whether the running Whimbrel brought its window to the front."""

    url: str
    window: bool


class Ready(_Out, frozen=True):
    """The server answers and its memory can be read."""

    ready: bool


class _Settings(Struct, frozen=True):
    """Base of what is made from the store's table of settings."""


# For the document: the store's table says what settings there are and what they may be, and checks them.
Settings = msgspec.defstruct(
    "Settings", [(each.name, each.kind) for each in SETTINGS], bases=(_Settings,), module=__name__
)
SettingsPatch = msgspec.defstruct(
    "SettingsPatch",
    [(each.name, each.kind | UnsetType, UNSET) for each in SETTINGS],
    bases=(_Settings,),
    module=__name__,
)
