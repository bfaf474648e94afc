"""The one table of settings: what exists, its default, what it may be, and what it does."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from store.local.errors import SettingError
from store.local.learning_settings import LEARNING_SETTINGS
from store.local.setting_form import Setting

MAX_JSON_BYTES = 65_536


def _days(name: str, default: int | None, what: str) -> Setting:
    says = f"After how many days {what}; null keeps them for ever. What you have checked stays."
    return Setting(name, default, Annotated[int, Meta(ge=1, le=36_500)] | None, "1 to 36500, or null", says)


def _megabytes(name: str, default: int | None, what: str) -> Setting:
    says = f"How many MB of {what} are kept at most; the oldest go first, checked ones last. Null: no limit."
    kind = Annotated[int, Meta(ge=1, le=10_000_000)] | None
    return Setting(name, default, kind, "1 to 10000000, or null", says)


SETTINGS = (
    Setting(
        "keepThumbnails", True, bool, "true or false", "Keep a small copy of each picture, to show it again."
    ),
    Setting(
        "keepCrops",
        False,
        bool,
        "true or false",
        "Keep the 224-pixel part that was looked at, for fine-tuning.",
    ),
    Setting(
        "keepEmbeddings",
        True,
        bool,
        "true or false",
        "Keep the numbers that the model found in a picture; without them nothing is learned from it.",
    ),
    Setting("firstRunDone", False, bool, "true or false", "The page's first steps were taken."),
    Setting(
        "theme",
        "system",
        Literal["system", "light", "dark", "sun"],
        "system, light, dark or sun",
        "How the page looks.",
    ),
    Setting(
        "backend",
        "auto",
        Literal["auto", "wasm", "webgl", "webgpu", "cpu"],
        "auto, wasm, webgl, webgpu or cpu",
        "What computes in the page; auto takes the fastest that is correct.",
    ),
    Setting(
        "backendFigures",
        None,
        dict[str, Any] | None,
        "an object of at most 64 KiB, or null",
        "What each backend measured on this machine.",
    ),
    Setting(
        "rejectBelow",
        0.5,
        Annotated[float, Meta(ge=0, le=1)] | None,
        "0 to 1, or null",
        "Below this calibrated confidence the page says “I don't know”; null: it always answers.",
    ),
    Setting(
        "trialVersion",
        None,
        Annotated[str, Meta(min_length=1, max_length=256)] | None,
        "the id of a model, or null",
        "The model that a share of the sessions works with instead of the one at work; null: none.",
    ),
    Setting(
        "trialShare",
        0.5,
        Annotated[float, Meta(ge=0, le=1)],
        "0 to 1",
        "The share of sessions that try the other model; a session stays with its own.",
    ),
    Setting(
        "costlyConnection",
        False,
        bool,
        "true or false",
        "This connection costs money: records are sent only when you ask for it.",
    ),
    Setting(
        "shadowShare",
        0.1,
        Annotated[float, Meta(ge=0, le=1)],
        "0 to 1",
        "The share of pictures that a page also shows to a model in the shadow over another backbone.",
    ),
    Setting(
        "takeReleases",
        True,
        bool,
        "true or false",
        "Fetch the models that your team's collector offers, try each, and use it if it is not worse.",
    ),
    Setting(
        "releaseShadowPictures",
        50,
        Annotated[int, Meta(ge=1, le=1_000_000)],
        "1 to 1000000",
        "So many pictures a model of the team's answers beside the one at work before it takes its place.",
    ),
    _days("keepAnswersDays", None, "answers that you have not checked go, with what belongs to them"),
    _megabytes("keepAnswersMegabytes", None, "answers that you have not checked"),
    _days("keepEmbeddingsDays", 730, "the embeddings of unchecked answers go"),
    _megabytes("keepEmbeddingsMegabytes", 2048, "embeddings"),
    _days("keepThumbnailsDays", None, "the small copies of unchecked pictures go"),
    _megabytes("keepThumbnailsMegabytes", 2048, "small copies of pictures"),
    _days("keepCropsDays", None, "the squares of unchecked pictures go"),
    _megabytes("keepCropsMegabytes", 2048, "squares"),
    _days("keepEventsDays", 365, "the notes on failures go"),
    _days("keepWaitingDays", 90, "heavy parts whose answer never came go"),
    *LEARNING_SETTINGS,
)
_BY_NAME = {setting.name: setting for setting in SETTINGS}


def defaults() -> dict[str, object]:
    """Every setting at its default, in the order of the table."""
    return {setting.name: setting.default for setting in SETTINGS}


def checked_json(name: str, value: object) -> str:
    """The value as JSON. Raises SettingError for an unknown name or a value that it cannot have."""
    setting = _BY_NAME.get(name)
    if setting is None:
        raise SettingError(f"There is no setting {name[:64]!r}.", f"The settings are {', '.join(_BY_NAME)}.")
    try:
        text = msgspec.json.encode(msgspec.convert(value, setting.kind))
        sound = msgspec.json.decode(text) == value and b"\\u0000" not in text and len(text) <= MAX_JSON_BYTES
    except (msgspec.ValidationError, TypeError, ValueError, OverflowError, RecursionError):
        sound = False
    if not sound:
        raise SettingError(f"The setting {name} cannot have that value.", f"It is {setting.allowed}.")
    return text.decode()
