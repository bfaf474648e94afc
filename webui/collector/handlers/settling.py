"""Pictures that were labelled differently: one after the other, by keys alone if somebody likes."""

from __future__ import annotations

from urllib.parse import urlencode

from store.collector.accounts import LABELLER
from store.collector.labels import Labels
from store.collector.settling import Settlement, Settling
from webui import problems
from webui.base_handler import Authentication
from webui.collector.team_handler import TeamHandler, hex_id
from webui.image_types import image_type
from webui.problems import Problem

_LIST = "/team/disagreements"
_SHA256_BYTES, _ID_BYTES = 32, 16
_MOST_OFFERED = 9


class SettlingHandler(TeamHandler):
    """What these pages share."""

    settling: Settling

    def just_settled(self, settlements: list[Settlement]) -> Settlement | None:
        """The one that this page is shown after, if the address names it and it stands."""
        named = self.get_query_argument("settled", "")
        found = (each for each in settlements if each.id.hex() == named and each.undone_at is None)
        return next(found, None)


class DisagreementsHandler(SettlingHandler):
    """Which pictures there are to settle."""

    authentication = Authentication.ACCOUNT

    async def get(self) -> None:
        """A page long, and how many in all."""
        differing = await self.call(self.settling.differing)
        how_many = await self.call(self.settling.how_many)
        shown = await self.call(self.settling.with_crop, [each.picture for each in differing])
        settled = await self.call(self.settling.settled)
        just = self.just_settled(settled)
        values = {"differing": differing, "how_many": how_many, "shown": shown, "just": just}
        self.page("disagreements.html", settled=settled, **values)


class CaseHandler(SettlingHandler):
    """One picture."""

    authentication = Authentication.ACCOUNT
    labels: Labels

    async def get(self, picture: str) -> None:
        """All that was said of it, and what it can be settled as."""
        sha256 = hex_id(picture, _SHA256_BYTES)
        case = await self.call(self.settling.case, sha256)
        how_many = await self.call(self.settling.how_many)
        shown = await self.call(self.settling.with_crop, [sha256])
        following = await self.call(self.settling.next, sha256)
        just = self.just_settled(await self.call(self.settling.settled))
        known = await self.call(self.labels.all)
        values = {"how_many": how_many, "following": following, "just": just, "known": known}
        offered = case.labels[:_MOST_OFFERED]
        self.page("settle.html", case=case, offered=offered, shown=sha256 in shown, **values)


class SettleHandler(SettlingHandler):
    """Decides."""

    authentication = Authentication.ACCOUNT
    role = LABELLER

    async def post(self, picture: str) -> None:
        """Settles the picture as the form says, and goes on to the next."""
        sha256 = hex_id(picture, _SHA256_BYTES)
        form = self.form()
        label = " ".join(form.get("label", "").split())[:256] or None
        if label is None and "unknown" not in form:
            raise Problem(problems.WRONG_SHAPE, "No label was chosen.", "Go back and choose one.")
        settlement = await self.call(self.settling.settle, sha256, label, self.who)
        following = await self.call(self.settling.next, sha256)
        where = _LIST if following is None else f"{_LIST}/{following.hex()}"
        self.go_to(f"{where}?{urlencode({'settled': settlement.id.hex()})}")


class UndoHandler(SettlingHandler):
    """Takes a decision back."""

    authentication = Authentication.ACCOUNT
    role = LABELLER

    async def post(self, settlement: str) -> None:
        """Undoes it, and shows the picture again."""
        picture = await self.call(self.settling.undo, hex_id(settlement, _ID_BYTES), self.who)
        self.go_to(f"{_LIST}/{picture.hex()}")


class PictureHandler(SettlingHandler):
    """Small pictures that were shared."""

    authentication = Authentication.ACCOUNT

    async def get(self, picture: str) -> None:
        """The picture; what is none is not shown, whoever sent it."""
        body = await self.call(self.settling.crop, hex_id(picture, _SHA256_BYTES))
        media = None if body is None else image_type(body)
        if body is None or media is None:
            raise problems.from_status(404)
        self.set_header("Content-Type", media)
        self.set_header("Cache-Control", "private, max-age=600")
        await self.finish(body)
