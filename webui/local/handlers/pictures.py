"""What was recognised before: cards, thumbnails, and the labels that the user has typed."""

from __future__ import annotations

import re

from webui import problems
from webui.base_handler import Authentication
from webui.image_types import image_type
from webui.local.local_handler import LocalHandler
from webui.local.messages import Cursor, Labels, Limit, Pictures, TeamLabel
from webui.local.model_state import active_labels
from webui.local.query_parameters import read_query
from webui.local.services import LabelStore, ModelRegistry, PictureStore
from webui.problems import Problem
from webui.routes import Parameter

DEFAULT_LIMIT = 200
_DIGEST = re.compile(r"[0-9a-f]{64}")
PARAMETERS = (
    Parameter("limit", Limit, "How many at most; 200 if not said."),
    Parameter("before", Cursor, "The `next` of the page before."),
)


class PicturesHandler(LocalHandler):
    """`GET /api/pictures?limit=&before=`."""

    authentication = Authentication.COOKIE
    pictures: PictureStore

    async def get(self) -> None:
        """A page of cards, newest first."""
        given = read_query(PARAMETERS, self.request.query_arguments)
        limit, before = given.get("limit", DEFAULT_LIMIT), given.get("before")
        cards, following = await self.call(self.pictures.recent, limit, before)
        self.answer(Pictures(cards, following))


class ThumbnailHandler(LocalHandler):
    """`GET /api/pictures/{sha256}/thumbnail`."""

    authentication = Authentication.COOKIE
    pictures: PictureStore

    async def get(self, sha256: str) -> None:
        """The image bytes, which no browser may keep: an erasure could not reach what lies in its cache."""
        content = await self.call(self.pictures.thumbnail, sha256) if _DIGEST.fullmatch(sha256) else None
        media = image_type(content) if content else None
        if content is None or media is None:
            raise Problem(
                problems.NOT_FOUND,
                "There is no thumbnail of this picture.",
                "It was not kept, or it was erased.",
            )
        self.set_header("Content-Type", media)
        self.finish(content)


class LabelsHandler(LocalHandler):
    """`GET /api/labels`."""

    authentication = Authentication.COOKIE
    labels: LabelStore
    registry: ModelRegistry

    async def get(self) -> None:
        """The team's labels, and the names that the user has typed and that neither those nor the active
        model know by that name."""
        self.answer(await self.call(self._labels))

    def _labels(self) -> Labels:
        shared = self.labels.shared()
        known = {name.casefold() for name in active_labels(self.registry)}
        known |= {name.casefold() for label in shared for name in (label.name, *label.synonyms)}
        typed = [name for name in self.labels.typed() if name.casefold() not in known]
        return Labels(typed, [TeamLabel(each.name, each.scientific, each.synonyms) for each in shared])
