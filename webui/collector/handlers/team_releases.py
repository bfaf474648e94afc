"""The team's pages of releases: who has which, how each does beside the model before, and the rollout."""

from __future__ import annotations

from collections.abc import Callable

from store.collector.accounts import ADMIN
from store.collector.release_arms import OnDevice, on_devices, together
from store.collector.releases import Release, State, no_release
from store.local.figures.intervals import Estimate, Interval
from webui import problems
from webui.base_handler import Authentication
from webui.collector.refusals import problem_of
from webui.collector.team_handler import TeamHandler
from webui.problems import Problem

_MOST_PERCENT = 100
_MEGABYTE = 1_000_000
_LONGEST_NUMBER = 16
_CHANGES: dict[str, State] = {"offer": "out", "pause": "paused", "withdraw": "withdrawn"}
_WORDS = {
    "downloaded": "fetched",
    "shadow": "answers beside",
    "active": "at work",
    "rolled-back": "went back",
    "refused": "refused",
}
_WHY = {
    "page": "its numbers came out wrong in a page",
    "worse": "it did worse than the model at work",
    "feedback": "what the user said proved it worse",
    "user": "the user went back",
    "damaged": "its files were damaged",
    "no-network": "the network that it needs is not there",
    "app-too-old": "that Whimbrel is too old",
    "expired": "its time was over, by that device's clock",
    "wrong-key": "it is signed with a key that the device does not know",
}


class _ReleasesPage(TeamHandler):
    """What both pages say."""

    def releases_page(self, name: str, **values: object) -> None:
        """One of the pages, with the words for it."""
        self.page(name, words=_WORDS, because=_WHY, **_FIGURES, **values)

    async def release(self, text: str) -> Release:
        """The release of a number in an address. Raises Problem."""
        if not text.isdecimal() or len(text) > _LONGEST_NUMBER:
            raise problems.from_status(404)
        releases = await self.call(self.collector.releases.all)
        found = [each for each in releases if each.version == int(text)]
        if not found:
            raise problem_of(no_release(int(text)))
        return found[0]

    async def devices(self, version: int) -> list[OnDevice]:
        """What devices said of it."""
        return on_devices(await self.call(self.collector.release_reports.of, version))


class ReleasesHandler(_ReleasesPage):
    """All of them."""

    authentication = Authentication.ACCOUNT

    async def get(self) -> None:
        """The newest first, each with its devices and how it does."""
        releases = await self.call(self.collector.releases.all)
        devices = {each.version: await self.devices(each.version) for each in releases}
        arms = {version: together([one.arms for one in found]) for version, found in devices.items()}
        self.releases_page("releases.html", releases=releases, devices=devices, arms=arms)


class ReleasePageHandler(_ReleasesPage):
    """One of them."""

    authentication = Authentication.ACCOUNT

    async def get(self, version: str) -> None:
        """Its rollout, both models on the same pictures, and each device."""
        release = await self.release(version)
        devices = await self.devices(release.version)
        arms = together([each.arms for each in devices])
        self.releases_page("release.html", release=release, devices=devices, arms=arms)


class ChangeReleaseHandler(_ReleasesPage):
    """Changes a rollout."""

    authentication = Authentication.ACCOUNT
    role = ADMIN

    async def post(self, version: str) -> None:
        """Offers it, to so many percent, pauses it, or withdraws it for good."""
        release = await self.release(version)
        form = self.form()
        state = _CHANGES.get(form.get("what", ""))
        if state is None:
            raise problems.from_status(422)
        percent = _share(form.get("percent", "")) if state == "out" else None
        await self.call(self.collector.releases.change, release.version, state, self.who, percent)
        self.go_to(f"/team/releases/{release.version}")


def _share(text: str) -> int:
    if not text.isdecimal() or int(text) > _MOST_PERCENT:
        raise Problem(
            problems.WRONG_SHAPE, f"{text[:20]!r} is no percentage.", "Give a number from 0 to 100."
        )
    return int(text)


def _counts(devices: list[OnDevice]) -> list[str]:
    """How many devices are how far with a release."""
    states = [each.state for each in devices]
    return [f"{states.count(state):,} {word}" for state, word in _WORDS.items() if state in states]


def _percent(share: Estimate) -> str:
    """A share with its interval."""
    if share.value is None or share.low is None or share.high is None:
        return "not known yet"
    return f"{100 * share.value:.1f} % ({100 * share.low:.1f} to {100 * share.high:.1f})"


def _points(difference: Interval | None) -> str:
    """A difference of two shares with its interval, in points."""
    if difference is None:
        return "not known yet"
    value, low, high = (f"{100 * each:+.1f}".replace("-", "\N{MINUS SIGN}") for each in difference)
    return f"{value} points ({low} to {high})"


def _size(count: int) -> str:
    return f"{count / 1e6:,.1f} MB" if count >= _MEGABYTE / 10 else f"{count / 1e3:,.0f} kB"


def _ms(milliseconds: float | None) -> str:
    return "not known yet" if milliseconds is None else f"{milliseconds:,.0f} ms"


_FIGURES: dict[str, Callable[..., object]] = {
    "counts": _counts,
    "percent": _percent,
    "points": _points,
    "ms": _ms,
    "size": _size,
}
