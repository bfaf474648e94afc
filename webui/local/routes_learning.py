"""The addresses of examples, labels and lineage."""

from __future__ import annotations

from store.local.learning.label_book import LabelChange
from webui.local.handlers import examples
from webui.local.messages import Nothing
from webui.local.messages_learning import Examples, LabelRequest, Means, PictureVersions, VersionPictures
from webui.local.services import ModelRegistry
from webui.local.services_learning import LearningServices
from webui.routes import Operation, Route

_WRONG = (400, 404, 409, 422, 503, 507)


def routes(learning: LearningServices, registry: ModelRegistry) -> list[Route]:
    """What could be learned from, changes of labels, and what made a version."""
    counted = Operation(
        "GET",
        "What could be learned from, by label, and the changes of labels.",
        Examples,
        query=examples.EXAMPLES_PARAMETERS,
        problems=(400, 503),
    )
    means = Operation(
        "GET",
        "The mean direction of each label.",
        Means,
        query=examples.MEANS_PARAMETERS,
        problems=(400, 503),
    )
    undo = Operation("POST", "Takes a change of a label back.", LabelChange, Nothing, problems=_WRONG)
    pictures = Operation(
        "GET",
        "The pictures that made a version.",
        VersionPictures,
        query=examples.PICTURES_PARAMETERS,
        problems=(400, 503),
    )
    versions = Operation(
        "GET", "The versions that a picture had a part in.", PictureVersions, problems=(503,)
    )
    read, book = {"examples": learning.examples}, {"label_book": learning.label_book}
    return [
        Route("/api/examples", examples.ExamplesHandler, (counted,), {**read, **book, "registry": registry}),
        Route("/api/examples/means", examples.MeansHandler, (means,), read),
        *(_change(kind, learning) for kind in ("rename", "merge")),
        Route("/api/labels/changes/{number}/undo", examples.UndoHandler, (undo,), book),
        Route("/api/models/{id}/pictures", examples.VersionPicturesHandler, (pictures,), read),
        Route("/api/pictures/{sha256}/versions", examples.PictureVersionsHandler, (versions,), read),
    ]


def _change(kind: str, learning: LearningServices) -> Route:
    summary = {"rename": "Gives a label a new name.", "merge": "Makes one label of two."}[kind]
    operation = Operation("POST", summary, LabelChange, LabelRequest, problems=_WRONG)
    handed = {"label_book": learning.label_book, "kind": kind}
    return Route(f"/api/labels/{kind}", examples.LabelChangeHandler, (operation,), handed)
