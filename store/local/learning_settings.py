"""The settings of learning anew and of checking by chance."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from store.local.setting_form import Setting

_Points = Annotated[float, Meta(ge=1, le=100)] | None
_Bits = Annotated[float, Meta(ge=0.001, le=1)] | None
_Count = Annotated[int, Meta(ge=1, le=10_000_000)] | None
_Days = Annotated[float, Meta(ge=0.1, le=36_500)] | None
_Minutes = Annotated[int, Meta(ge=1, le=1440)]
_Percent = Annotated[int, Meta(ge=0, le=100)]
_Share = Annotated[float, Meta(ge=0, le=1)]

LEARNING_SETTINGS = (
    Setting(
        "retrainByItself",
        True,
        bool,
        "true or false",
        "Learn by itself when it is time and the machine is idle; what was learned is used when you say so.",
    ),
    Setting(
        "retrainUse",
        False,
        bool,
        "true or false",
        "Put to work by itself what was learned by itself, once it passed every check, a page's among them.",
    ),
    Setting(
        "retrainAccuracyDrop",
        10.0,
        _Points,
        "1 to 100, or null",
        "Learn anew when answers are right so many points less often than at first; null: not for that.",
    ),
    Setting(
        "retrainDistribution",
        0.2,
        _Bits,
        "0.001 to 1, or null",
        "Learn anew when the labels answered differ by so many bits (Jensen-Shannon); null: not for that.",
    ),
    Setting(
        "retrainDataPoints",
        1000,
        _Count,
        "1 to 10000000, or null",
        "Learn anew after so many pictures that you have checked; null: not for that.",
    ),
    Setting(
        "retrainDays",
        7.0,
        _Days,
        "0.1 to 36500, or null",
        "Learn anew so many days after the last time, if there is something new; null: not for that.",
    ),
    Setting(
        "retrainIdleMinutes",
        10,
        _Minutes,
        "1 to 1440",
        "So many minutes without a new picture are idle enough to learn by itself.",
    ),
    Setting(
        "retrainBatteryPercent",
        50,
        _Percent,
        "0 to 100",
        "On battery, nothing is learned by itself under this charge.",
    ),
    Setting(
        "auditShare",
        0.02,
        _Share,
        "0 to 1",
        "The share of new pictures that are drawn by chance for Review, to know how often answers are right.",
    ),
)
