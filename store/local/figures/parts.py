"""The parts of an answer about a window that come from records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from store.events import DeviceInfo
from store.local.connection import id_array
from store.local.figures.forms import (
    Accuracy,
    Change,
    Counts,
    DeviceFigure,
    ErrorFigure,
    Figure,
    Latency,
    MemoryFigures,
    VersionAccuracy,
)
from store.local.figures.histograms import Tally, merged
from store.local.figures.intervals import Estimate, count_change, difference, wilson
from store.local.figures.rollup import ANSWER, BYTES, ERROR, STAGES, TENSORS
from store.local.figures.snapshot import Snapshot
from store.local.figures.windows import Frame

MOST_DEVICES = 100
PERCENTILES = (0.5, 0.95, 0.99)
_JUDGED = ("right", "wrong")
_SAID = (*_JUDGED, "unsure")
_DEVICE = msgspec.json.Decoder(DeviceInfo)


def _change(found: Estimate | None) -> Change | None:
    if found is None or found.value is None or found.low is None or found.high is None:
        return None
    return Change(found.value, found.low, found.high)


@dataclass(frozen=True)
class Parts:
    """A window and the one before it (None where nothing was recorded then)."""

    frame: Frame
    now: Snapshot
    before: Snapshot | None

    def counts(self) -> Counts:
        """How many of everything."""
        answers, link = {"kind": "inference"}, self.frame.link
        return Counts(
            answers=self._count(link(**answers), ANSWER),
            pictures=self._distinct("picture", link(**answers)),
            feedback=self._count(link(**answers, mark="marked"), *_SAID),
            corrections=self._count(link(**answers, corrected="true"), "corrected"),
            errors=self._count(link(kind="event"), ERROR),
            sessions=self._distinct("session", link(**answers)),
        )

    def _count(self, records: str, *what: str) -> Figure:
        n = self.now.count(*what)
        change = None
        if self.before is not None:
            spread = max(self.now.spread(*what), self.before.spread(*what))
            change = _change(count_change(n, self.before.count(*what), self.frame.share, spread))
        return Figure(n, n, change=change, records=records)

    def _distinct(self, what: str, records: str) -> Figure:
        n = self.now.distinct(what)
        change = None
        if self.before is not None:
            spread = max(self.now.spread(ANSWER), self.before.spread(ANSWER))
            change = _change(count_change(n, self.before.distinct(what), self.frame.share, spread))
        return Figure(n, n, change=change, records=records)

    def latency(self) -> list[Latency]:
        """All together, then each backend, then each version."""
        groups = {group for _, group in self.now.tallies}
        backends = sorted({group.backend for group in groups} - {""})
        versions = sorted({group.version for group in groups})
        chosen: list[tuple[str | None, str | None]] = [(None, None)]
        chosen += [(backend, None) for backend in backends]
        chosen += [(None, version) for version in versions]
        return [self._latency(stage, *choice) for choice in chosen for stage in STAGES]

    def _latency(self, stage: str, backend: str | None, version: str | None) -> Latency:
        now = _tally(self.now, stage, backend, version)
        before = None if self.before is None else _tally(self.before, stage, backend, version)
        named = {"backend": backend} if backend is not None else {}
        named |= {"modelVersion": version} if version is not None else {}
        p50, p95, p99 = (self._percentile(p, stage, named, now, before) for p in PERCENTILES)
        return msgspec.convert(
            {"stage": stage, "backend": backend, "modelVersion": version, "p50": p50, "p95": p95, "p99": p99},
            Latency,
        )

    def _percentile(
        self, p: float, stage: str, named: dict[str, str], now: Tally, before: Tally | None
    ) -> Figure:
        found = now.quantile(p)
        change = None if before is None else _change(difference(found, before.quantile(p)))
        records = None
        if found.value is not None:
            records = self.frame.link(kind="inference", timedStage=stage, slowerThan=now.over(p), **named)
        return Figure(found.value, now.n, found.low, found.high, change, records)

    def accuracy(self) -> Accuracy:
        """From what the user said of answers of the window, whenever it was said."""
        versions = sorted({one.group.version for one in self.now.counts if one.what in _JUDGED})
        return Accuracy(
            overall=self._accuracy(None),
            by_model_version=[VersionAccuracy(version, self._accuracy(version)) for version in versions],
            audited=self._audited(),
        )

    def _audited(self) -> Figure:
        """From answers of the window that were drawn by chance, whenever they were checked."""
        found, n = self.now.audited
        change = None
        if self.before is not None:
            change = _change(difference(found, self.before.audited[0]))
        records = self.frame.link(kind="inference", drawn="true", mark="judged") if n else None
        return Figure(found.value, n, found.low, found.high, change, records)

    def _accuracy(self, version: str | None) -> Figure:
        right, n = _judged(self.now, version)
        found = wilson(right, n)
        change = None
        if self.before is not None:
            change = _change(difference(found, wilson(*_judged(self.before, version))))
        named = {} if version is None else {"modelVersion": version}
        records = self.frame.link(kind="inference", mark="judged", **named) if n else None
        return Figure(found.value, n, found.low, found.high, change, records)

    def errors(self) -> list[ErrorFigure]:
        """Each kind of failure, the most frequent first."""
        now, before = _by_detail(self.now, ERROR), _by_detail(self.before, ERROR)
        spread = self.now.spread(ERROR)
        return [
            ErrorFigure(
                stage, code, self._part(n, before[detail], spread, kind="event", stage=stage, code=code)
            )
            for detail, n in now.most_common()
            for stage, code in (msgspec.json.decode(detail, type=tuple[str, str]),)
        ]

    def _part(self, n: int, before: int, spread: float, **named: str) -> Figure:
        change = None
        if self.before is not None:
            change = _change(count_change(n, before, self.frame.share, spread))
        return Figure(n, n, change=change, records=self.frame.link(**named))

    def devices(self) -> list[DeviceFigure]:
        """The devices with the most answers."""
        now, before = _by_detail(self.now, ANSWER), _by_detail(self.before, ANSWER)
        total, spread = now.total(), self.now.spread(ANSWER)
        told = [(device, n) for device, n in now.most_common() if device][:MOST_DEVICES]
        infos = self._device_infos(device for device, _ in told)
        return [
            _device(
                device,
                infos.get(device, DeviceInfo()),
                self._part(n, before[device], spread, kind="inference", device=device),
                n / total,
            )
            for device, n in told
        ]

    def _device_infos(self, devices: Iterable[str]) -> dict[str, DeviceInfo]:
        hashes = tuple(bytes.fromhex(device) for device in devices)
        if not hashes:
            return {}
        rows = self.now.connection.execute(
            "SELECT hash, info FROM device WHERE hash IN carray(?)", (id_array(hashes),)
        )
        return {bytes(found).hex(): _DEVICE.decode(info) for found, info in rows}

    def memory(self) -> MemoryFigures:
        """Means over the answers."""
        return MemoryFigures(self._mean(BYTES), self._mean(TENSORS))

    def _mean(self, measure: str) -> Figure:
        now = _tally(self.now, measure)
        found = now.mean()
        change = None
        if self.before is not None:
            change = _change(difference(found, _tally(self.before, measure).mean()))
        records = self.frame.link(kind="inference") if now.n else None
        return Figure(found.value, now.n, found.low, found.high, change, records)


def _tally(snapshot: Snapshot, measure: str, backend: str | None = None, version: str | None = None) -> Tally:
    return merged(
        tally
        for (name, group), tally in snapshot.tallies.items()
        if name == measure and backend in (None, group.backend) and version in (None, group.version)
    )


def _judged(snapshot: Snapshot, version: str | None) -> tuple[int, int]:
    """How many answers were right, of how many."""
    said = Counter[str]()
    for one in snapshot.counts:
        if one.what in _JUDGED and version in (None, one.group.version):
            said[one.what] += one.n
    return said["right"], said.total()


def _by_detail(snapshot: Snapshot | None, what: str) -> Counter[str]:
    found = Counter[str]()
    for one in snapshot.counts if snapshot is not None else ():
        if one.what == what:
            found[one.detail] += one.n
    return found


def _device(device: str, info: DeviceInfo, answers: Figure, share: float) -> DeviceFigure:
    return DeviceFigure(
        device=device,
        vendor=info.gpu.vendor if info.gpu else None,
        renderer=info.gpu.renderer if info.gpu else None,
        webgl_version=info.webgl_version,
        device_memory=info.device_memory,
        hardware_concurrency=info.hardware_concurrency,
        answers=answers,
        share=share,
    )
