"""What devices found when they judged a release and the model before it on the same pictures, taken together.

Each device tells how many pictures its users judged, and how many of them each of the two got right, in the
shadow and at work. Those are different pictures, so they add up, on a device and over devices.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby

from msgspec import Struct

from store.collector.release_reports import Report
from store.local.figures.intervals import Estimate, Interval, paired_difference, wilson

_JUDGED = ("both", "onlyRelease", "onlyBefore", "judged")
_MOST = 2**40
_AT_WORK = ("rolled-back", "active")


class Arms(Struct, frozen=True):
    """Both on the same pictures: of `judged` ones so many were right by both, by one alone, and by neither.

    Times are medians in milliseconds of one device, or the median of those of devices; None where unknown.
    """

    pictures: int = 0
    judged: int = 0
    both: int = 0
    only_release: int = 0
    only_before: int = 0
    release_ms: float | None = None
    before_ms: float | None = None

    @property
    def release(self) -> Estimate:
        """The share that the release got right, with its 95 % interval."""
        return wilson(self.both + self.only_release, self.judged)

    @property
    def before(self) -> Estimate:
        """The same of the model before."""
        return wilson(self.both + self.only_before, self.judged)

    @property
    def difference(self) -> Interval | None:
        """How much more the release got right, pair by pair; None where nothing was judged."""
        if not self.judged:
            return None
        neither = self.judged - self.both - self.only_release - self.only_before
        return paired_difference(self.both, self.only_release, self.only_before, neither)


class OnDevice(Struct, frozen=True):
    """One device's last word on a release: its state since `at`, why it ended there, and what it found."""

    device_id: bytes
    device: str
    state: str
    at: int
    why: str
    arms: Arms


def on_devices(reports: Iterable[Report]) -> list[OnDevice]:
    """By device; `reports` are in the order of devices and times."""
    return [_on_device(list(group)) for _, group in groupby(reports, lambda report: report.device_id)]


def together(found: Sequence[Arms]) -> Arms:
    """All of them as one."""
    return Arms(
        pictures=sum(each.pictures for each in found),
        judged=sum(each.judged for each in found),
        both=sum(each.both for each in found),
        only_release=sum(each.only_release for each in found),
        only_before=sum(each.only_before for each in found),
        release_ms=_middle(each.release_ms for each in found),
        before_ms=_middle(each.before_ms for each in found),
    )


def _on_device(reports: list[Report]) -> OnDevice:
    last = reports[-1]
    said = {report.state: report.figures for report in reports}
    at_work = next((said[state] for state in _AT_WORK if _arms(said.get(state, {})).judged), {})
    beside = said.get("shadow", {}) if "refused" not in said else said["refused"]
    why = str(last.figures.get("code") or last.figures.get("by") or "")
    return OnDevice(
        last.device_id, last.device, last.state, last.at, why, together([_arms(beside), _arms(at_work)])
    )


def _arms(figures: Mapping[str, object]) -> Arms:
    """Figures as a device told them; what cannot be counts as nothing."""
    both, only_release, only_before, judged = (_count(figures.get(name)) for name in _JUDGED)
    pictures = _count(figures.get("pictures"))
    if both + only_release + only_before > judged or judged > pictures:
        return Arms()
    times = (_time(figures.get("releaseMs")), _time(figures.get("beforeMs")))
    return Arms(pictures, judged, both, only_release, only_before, *times)


def _count(value: object) -> int:
    return value if isinstance(value, int) and 0 <= value <= _MOST else 0


def _time(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and 0 < value < _MOST else None


def _middle(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.median(known) if known else None
