"""The addresses of the team's pages."""

from __future__ import annotations

from typing import Any

from store.collector.looking import Looking
from webui.collector.handlers import team
from webui.routes import Operation, Route

_HTML, _CSS = "text/html", "text/css"
_REFUSED = (401, 403, 503)


def team_routes(shared: dict[str, Any], looking: Looking) -> list[Route]:
    """All of them; `shared` is what every handler is handed."""
    looks = {**shared, "looking": looking}
    return [
        Route("/", team.DevicesHandler, (_page("Devices."),), shared),
        Route("/team/incoming", team.IncomingHandler, (_page("What came in."),), looks),
        Route("/team/disagreements", team.DisagreementsHandler, (_page("Labels that differ."),), looks),
        Route("/team/rejected", team.RejectedHandler, (_page("What was refused."),), looks),
        Route("/team/log", team.LogHandler, (_page("Who did what."),), shared),
        Route("/team/enrolment-codes", team.CodesHandler, (_form("Makes a code."),), shared),
        Route(
            "/team/devices/{device}/revoke", team.RevokeHandler, (_form("Puts a device out.", 303),), shared
        ),
        Route(
            "/team/sign-in",
            team.SignInHandler,
            (_page("The form to sign in."), _form("Signs in.", 303)),
            shared,
        ),
        Route("/team/sign-out", team.SignOutHandler, (_form("Signs out.", 303),), shared),
        Route("/team/style.css", team.StyleHandler, (Operation("GET", "The style.", _CSS),), shared),
    ]


def _page(does: str) -> Operation:
    return Operation("GET", does, _HTML, problems=_REFUSED)


def _form(does: str, status: int = 200) -> Operation:
    return Operation("POST", does, _HTML, status=status, problems=(*_REFUSED, 404, 429))
