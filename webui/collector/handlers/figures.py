"""Figures across devices, and the records behind each of them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Callable
from typing import get_args
from urllib.parse import urlencode

from store.collector.analytics import Analytics
from store.collector.records import PAGE, Found, Records, Wanted, Word
from store.collector.team_figures import Figure, Narrowed, TeamFigures
from store.export.csv_form import safe
from store.local.figures.intervals import Estimate
from webui import problems
from webui.base_handler import Authentication
from webui.blocking import BlockingCalls
from webui.collector.team_handler import TeamHandler, hex_id
from webui.problems import Problem

PERIODS = ((7, "the last 7 days"), (30, "the last 30 days"), (90, "the last 90 days"), (None, "ever"))
_MOST_DAYS = 36_500
_ID_BYTES, _SHA256_BYTES = 16, 32
_LONGEST = 256
_COLUMNS = (
    "by", "name", "pictures", "timed", "p50", "p50_low", "p50_high", "p95", "p95_low", "p95_high", "p99",
    "p99_low", "p99_high", "right", "wrong", "unsure", "share_right", "share_low", "share_high",
    "chance_right", "chance_wrong", "chance_share", "chance_low", "chance_high",
)  # fmt: skip


class NarrowedHandler(TeamHandler):
    """A page about some of the pictures, as its address says. It reads on threads of its own, so that what
    devices send waits for none of it."""

    analytics: Analytics
    reading: BlockingCalls

    @property
    def calls(self) -> BlockingCalls:
        """Those threads."""
        return self.reading

    def narrowed(self) -> Narrowed:
        """What the address asks for. Raises Problem."""
        device = self.get_query_argument("device", "")
        return Narrowed(
            days=self._number("days", _MOST_DAYS),
            device=hex_id(device, _ID_BYTES) if device else None,
            version=self.get_query_argument("version", "")[:_LONGEST] or None,
        )

    def _number(self, name: str, most: int) -> int | None:
        text = self.get_query_argument(name, "")
        if not text:
            return None
        if not text.isdecimal() or not 0 < int(text) <= most:
            raise Problem(problems.BAD_QUERY, f"`{name}` can't be {text[:40]!r}.", "Give a whole number.")
        return int(text)


class FiguresHandler(NarrowedHandler):
    """By model version and by device."""

    authentication = Authentication.ACCOUNT
    figures: TeamFigures

    async def get(self) -> None:
        """The page, or with `format=csv` its table."""
        narrowed = self.narrowed()
        by_version = await self.call(self.figures.by, "version", narrowed)
        by_device = await self.call(self.figures.by, "device", narrowed)
        if self.get_query_argument("format", "") == "csv":
            self._answer_table(
                [("version", each) for each in by_version] + [("device", each) for each in by_device]
            )
            return
        choices = await self.call(self.figures.choices)
        as_of = await self.call(self.analytics.as_of)
        values = {"by_version": by_version, "by_device": by_device, "choices": choices, "as_of": as_of}
        self.page(
            "statistics.html",
            narrowed=narrowed,
            periods=PERIODS,
            link=linker(narrowed),
            share=share_words,
            took=took_words,
            span=span,
            **values,
        )

    def _answer_table(self, lines: list[tuple[str, Figure]]) -> None:
        text = io.StringIO()
        writer = csv.writer(text, lineterminator="\r\n")
        writer.writerow(_COLUMNS)
        writer.writerows(_cells(by, figure) for by, figure in lines)
        self.set_header("Content-Type", "text/csv; charset=utf-8")
        self.set_header("Content-Disposition", 'attachment; filename="whimbrel-statistics.csv"')
        self.finish("\ufeff" + text.getvalue())


class RecordsHandler(NarrowedHandler):
    """The records behind a figure."""

    authentication = Authentication.ACCOUNT
    records: Records

    async def get(self) -> None:
        """A page of them, the newest arrival first."""
        wanted = self._wanted()
        found = await self.call(self.records.find, wanted, PAGE + 1)
        shown, more = found[:PAGE], len(found) > PAGE
        crops = await self.call(
            self.collector.settling.with_crop, [each.picture for each in shown if each.picture is not None]
        )
        as_of = await self.call(self.analytics.as_of)
        older = self._older(shown[-1]) if more else None
        values = {"found": shown, "crops": crops, "older": older, "as_of": as_of}
        self.page("records.html", wanted=wanted, took=took_words, **values)

    def _wanted(self) -> Wanted:
        word = self.get_query_argument("word", "")
        if word and word not in get_args(Word):
            raise Problem(
                problems.BAD_QUERY, f"`word` can't be {word[:40]!r}.", f"{', '.join(get_args(Word))}."
            )
        picture = self.get_query_argument("picture", "")
        return Wanted(
            narrowed=self.narrowed(),
            word=word or None,  # type: ignore[arg-type]  # checked above
            by_chance=self.get_query_argument("chance", "") == "1",
            slower=_milliseconds(self.get_query_argument("slower", "")),
            picture=hex_id(picture, _SHA256_BYTES) if picture else None,
            after=_place(self.get_query_argument("after", "")),
        )

    def _older(self, last: Found) -> str:
        fields = {name: self.get_query_argument(name) for name in self.request.query_arguments}
        received_at, device_id, event_id = last.place
        fields["after"] = f"{received_at}.{device_id.hex()}.{event_id.hex()}"
        return f"/team/records?{urlencode(fields)}"


def _milliseconds(text: str) -> float | None:
    if not text:
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise Problem(problems.BAD_QUERY, f"`slower` can't be {text[:40]!r}.", "Give milliseconds.")
    return value


def _place(text: str) -> tuple[int, bytes, bytes] | None:
    if not text:
        return None
    received_at, _, ids = text.partition(".")
    device, _, event = ids.partition(".")
    if not received_at.lstrip("-").isdecimal() or len(received_at) > 19:  # noqa: PLR2004 - of 64 bits
        raise Problem(problems.BAD_QUERY, "`after` names no record.", "Take it from the page before.")
    return int(received_at), hex_id(device, _ID_BYTES), hex_id(event, _ID_BYTES)


def linker(narrowed: Narrowed) -> Callable[..., str]:
    """Makes addresses of records among those that a page is about."""

    def link(**more: object) -> str:
        fields = {
            "days": narrowed.days,
            "device": None if narrowed.device is None else narrowed.device.hex(),
            "version": narrowed.version,
            **more,
        }
        return "/team/records?" + urlencode(
            {name: value for name, value in fields.items() if value is not None}
        )

    return link


def share_words(share: Estimate) -> str:
    """A share with its interval."""
    if share.value is None or share.low is None or share.high is None:
        return ""
    return f"{100 * share.value:.0f} %, likely {100 * share.low:.0f}-{100 * share.high:.0f}"


def took_words(milliseconds: float | None) -> str:
    """How long something took."""
    if milliseconds is None:
        return ""
    if milliseconds >= 9950:  # noqa: PLR2004 - from ten seconds on whole ones
        return f"{milliseconds / 1000:,.0f} s"
    if milliseconds >= 999.5:  # noqa: PLR2004
        return f"{milliseconds / 1000:.1f} s"
    return f"{milliseconds:.0f} ms"


def span(share: Estimate) -> tuple[float, float, float] | None:
    """Where the bar of an interval begins, how wide it is, and where its value lies, in percent."""
    if share.value is None or share.low is None or share.high is None:
        return None
    return 100 * share.low, 100 * (share.high - share.low), 100 * share.value


def _cells(by: str, figure: Figure) -> list[object]:
    times = [bound for time in figure.times for bound in (time.value, time.low, time.high)]
    checked, chance = figure.checked, figure.by_chance
    cells: list[object] = [
        by, safe(figure.name), figure.pictures, figure.timed, *times, checked.right, checked.wrong,
        checked.unsure, *checked.share, chance.right, chance.wrong, *chance.share,
    ]  # fmt: skip
    return ["" if cell is None else cell for cell in cells]
