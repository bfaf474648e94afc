"""What could be learned from, what labels are called, and which pictures made which version."""

from __future__ import annotations

import binascii
import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from store.events import HexDigest, Name
from store.local.learning.example_forms import ENOUGH, LabelCount, LineageFilter, Side, Window
from store.local.learning.label_book import LabelChange
from webui import problems
from webui.base_handler import Authentication
from webui.local.local_handler import LocalHandler
from webui.local.messages import Limit, Nothing
from webui.local.messages_learning import (
    CountedLabel,
    Examples,
    LabelRequest,
    Mean,
    Means,
    PictureVersions,
    VersionPictures,
)
from webui.local.query_parameters import bad_query, read_query
from webui.local.services import ModelRegistry
from webui.local.services_learning import ExampleStore, LabelBook
from webui.problems import Problem
from webui.routes import Parameter

DEFAULT_LIMIT = 200
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NUMBER = re.compile(r"[0-9]{1,15}")
_SPACE = "The embedding space, 64 hexadecimal digits"
EXAMPLES_PARAMETERS = (Parameter("spaceId", HexDigest, f"{_SPACE}; that of the active model if not said."),)
MEANS_PARAMETERS = (Parameter("spaceId", HexDigest, f"{_SPACE}; has to be said."),)
PICTURES_PARAMETERS = (
    Parameter("side", Side, "Only pictures of this side."),
    Parameter("label", Name, "Only pictures that had this label then."),
    Parameter("limit", Limit, "How many at most; 200 if not said."),
    Parameter("after", Annotated[int, Meta(ge=0, le=2**53)], "The `next` of the page before."),
)


class ExamplesHandler(LocalHandler):
    """`GET /api/examples`."""

    authentication = Authentication.COOKIE
    examples: ExampleStore
    label_book: LabelBook
    registry: ModelRegistry

    async def get(self) -> None:
        """The counts by label, and the history of the labels."""
        given = read_query(EXAMPLES_PARAMETERS, self.request.query_arguments)
        self.answer(await self.call(self._examples, given.get("spaceId")))

    def _examples(self, asked: str | None) -> Examples:
        active = self.registry.active() if asked is None else None
        space_id = asked if active is None else active.space_id
        counts, nothing = self.examples.counted(space_id)
        labels = [_counted(count) for count in counts]
        return Examples(space_id, ENOUGH, labels, nothing, self.label_book.history())


class MeansHandler(LocalHandler):
    """`GET /api/examples/means?spaceId=`."""

    authentication = Authentication.COOKIE
    examples: ExampleStore

    async def get(self) -> None:
        """The mean direction of each label."""
        given = read_query(MEANS_PARAMETERS, self.request.query_arguments)
        if "spaceId" not in given:
            raise bad_query("The parameter spaceId is missing.", "Give the `spaceId` of the model at work.")
        found = await self.call(self.examples.means, given["spaceId"])
        means = [Mean(one.label, one.count, _base64(one.mean)) for one in found]
        self.answer(Means(given["spaceId"], means))


class LabelChangeHandler(LocalHandler):
    """`POST /api/labels/rename`, `POST /api/labels/merge`."""

    authentication = Authentication.COOKIE
    label_book: LabelBook
    kind: Literal["rename", "merge"]

    async def post(self) -> None:
        """Changes what a label counts as; answers the change."""
        asked = self.decode(self.body(), LabelRequest)
        self.answer(await self.call(self._change, asked))

    def _change(self, asked: LabelRequest) -> LabelChange:
        change = self.label_book.rename if self.kind == "rename" else self.label_book.merge
        return change(asked.old, asked.new)


class UndoHandler(LocalHandler):
    """`POST /api/labels/changes/{number}/undo`."""

    authentication = Authentication.COOKIE
    label_book: LabelBook

    async def post(self, number: str) -> None:
        """Takes a change back; answers it as it is now."""
        self.decode(self.body(), Nothing)
        if not _NUMBER.fullmatch(number):
            raise Problem(
                problems.NOT_FOUND, "There is no such change of a label.", "Look at the history again."
            )
        self.answer(await self.call(self.label_book.undo, int(number)))


class VersionPicturesHandler(LocalHandler):
    """`GET /api/models/{id}/pictures`."""

    authentication = Authentication.COOKIE
    examples: ExampleStore

    async def get(self, version_id: str) -> None:
        """A page of the pictures that made a version."""
        given = read_query(PICTURES_PARAMETERS, self.request.query_arguments)
        passing = LineageFilter(given.get("side"), given.get("label"))
        window = Window(given.get("after", 0), given.get("limit", DEFAULT_LIMIT))
        found = await self.call(self.examples.lineage_page, version_id, passing, window)
        self.answer(VersionPictures(found.pictures, found.next))


class PictureVersionsHandler(LocalHandler):
    """`GET /api/pictures/{sha256}/versions`."""

    authentication = Authentication.COOKIE
    examples: ExampleStore

    async def get(self, sha256: str) -> None:
        """The versions that the picture had a part in; none of a picture that is not there."""
        known = _DIGEST.fullmatch(sha256)
        self.answer(PictureVersions(await self.call(self.examples.versions_of, sha256) if known else []))


def _counted(count: LabelCount) -> CountedLabel:
    return CountedLabel(**msgspec.structs.asdict(count), ready=count.embeddings >= ENOUGH)


def _base64(data: bytes) -> str:
    return binascii.b2a_base64(data, newline=False).decode()
