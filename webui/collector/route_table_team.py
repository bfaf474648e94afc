"""The addresses of the team's pages."""

from __future__ import annotations

from typing import Any

from store.collector.looking import Looking
from store.collector.records import Records
from store.collector.service import Collector
from store.collector.team_exports import TeamExports
from store.collector.team_figures import TeamFigures
from webui import export_parameters
from webui.blocking import BlockingCalls
from webui.collector.handlers import exports, figures, labels, settling, team, team_releases
from webui.routes import Operation, Route

_HTML, _CSS, _JS = "text/html", "text/css", "text/javascript"
_REFUSED = (401, 403, 503)


def team_routes(
    shared: dict[str, Any], looking: Looking, collector: Collector, reading: BlockingCalls
) -> list[Route]:
    """All of them; `shared` is what every handler is handed."""
    looks = {**shared, "looking": looking}
    return [
        Route("/", team.DevicesHandler, (_page("Devices."),), shared),
        Route("/team/incoming", team.IncomingHandler, (_page("What came in."),), looks),
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
        Route("/team/keys.js", team.KeysHandler, (Operation("GET", "Keys of the pages.", _JS),), shared),
        *_settling(shared, collector),
        *_labels(shared, collector),
        *_figures(shared, collector, reading),
        *_releases(shared),
    ]


def _settling(shared: dict[str, Any], collector: Collector) -> list[Route]:
    settles = {**shared, "settling": collector.settling}
    one = "/team/disagreements/{picture}"
    return [
        Route("/team/disagreements", settling.DisagreementsHandler, (_page("Labels that differ."),), settles),
        Route(one, settling.CaseHandler, (_page("One picture."),), {**settles, "labels": collector.labels}),
        Route(f"{one}/settle", settling.SettleHandler, (_form("Settles a picture.", 303, 422),), settles),
        Route(
            "/team/settlements/{settlement}/undo", settling.UndoHandler, (_form("Undoes it.", 303),), settles
        ),
        Route(
            "/team/pictures/{picture}",
            settling.PictureHandler,
            (Operation("GET", "A small picture.", "image/jpeg", problems=(*_REFUSED, 404)),),
            settles,
        ),
    ]


def _figures(shared: dict[str, Any], collector: Collector, reading: BlockingCalls) -> list[Route]:
    analytics, clock = collector.analytics, collector.clock
    reads = {**shared, "analytics": analytics, "reading": reading}
    found = {**reads, "records": Records(analytics, clock)}
    downloads = {**shared, "reading": reading, "exports": TeamExports(analytics, clock)}
    download = Operation(
        "GET",
        "What all devices sent, as one download.",
        export_parameters.MEDIA,
        query=export_parameters.PARAMETERS,
        problems=(*_REFUSED, 400),
    )
    counted = {**reads, "figures": TeamFigures(analytics, clock)}
    return [
        Route("/team/statistics", figures.FiguresHandler, (_page("Figures across devices.", 400),), counted),
        Route("/team/exports", exports.ExportsPageHandler, (_page("What can be exported."),), counted),
        Route("/team/exports/training-data", exports.TeamExportHandler, (download,), downloads),
        Route("/api/export/training-data", exports.ProgramsExportHandler, (download,), downloads),
        Route("/team/records", figures.RecordsHandler, (_page("The records behind one.", 400),), found),
    ]


def _labels(shared: dict[str, Any], collector: Collector) -> list[Route]:
    listed = {**shared, "labels": collector.labels}
    table = Operation("GET", "The shared labels as a table.", "text/csv", problems=_REFUSED)
    changes = (_page("One label."), _form("Changes a label.", 303, 422))
    return [
        Route("/team/labels", labels.LabelsHandler, (_page("The shared labels."),), listed),
        Route("/team/labels/add", labels.AddLabelHandler, (_form("Adds a label.", 303, 422),), listed),
        Route("/team/labels/edit", labels.LabelHandler, changes, listed),
        Route("/team/labels/merge", labels.MergeLabelHandler, (_form("Merges two.", 303, 422),), listed),
        Route("/team/labels/remove", labels.RemoveLabelHandler, (_form("Removes one.", 303),), listed),
        Route(
            "/team/labels/import", labels.ImportLabelsHandler, (_form("Reads a table.", 200, 422),), listed
        ),
        Route("/team/labels.csv", labels.LabelsTableHandler, (table,), listed),
    ]


def _page(does: str, *more: int) -> Operation:
    return Operation("GET", does, _HTML, problems=(*_REFUSED, *more))


def _releases(shared: dict[str, Any]) -> list[Route]:
    one = "/team/releases/{version}"
    changed = (_form("Offers, pauses or withdraws it.", 303, 422),)
    return [
        Route("/team/releases", team_releases.ReleasesHandler, (_page("Model releases."),), shared),
        Route(one, team_releases.ReleasePageHandler, (_page("One release.", 404),), shared),
        Route(f"{one}/change", team_releases.ChangeReleaseHandler, changed, shared),
    ]


def _form(does: str, status: int = 200, *more: int) -> Operation:
    return Operation("POST", does, _HTML, status=status, problems=(*_REFUSED, 404, 429, *more))
