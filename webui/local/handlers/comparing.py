"""Two versions side by side, and the pictures behind their figures."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from store.comparing.forms import Choice, Comparison, JudgedPictures
from store.events import Name
from webui.base_handler import Authentication
from webui.local.handlers.trials import version_of
from webui.local.local_handler import LocalHandler
from webui.local.query_parameters import bad_query, read_query
from webui.local.services import ModelRegistry
from webui.local.services_comparing import VersionComparing
from webui.routes import Parameter

LabelOrNone = Annotated[str, Meta(max_length=256, pattern="^[^\\x00]*$")]
COMPARE_PARAMETERS = (
    Parameter("a", Name, "The version to compare with; has to be said."),
    Parameter("b", Name, "The version that is compared; has to be said."),
)
JUDGED_PARAMETERS = (
    Parameter("gate", Name, "Only pictures that this check names."),
    Parameter("label", LabelOrNone, 'Only pictures that are this; empty for "none of these".'),
    Parameter("answered", Name, "Only pictures for which the version answers this."),
    Parameter("beside", Name, "Only pictures that this version has answered, too."),
)


class _ComparingHandler(LocalHandler):
    """Has the registry and what compares its versions."""

    registry: ModelRegistry
    comparing: VersionComparing


class CompareHandler(_ComparingHandler):
    """`GET /api/models/compare?a=&b=`."""

    authentication = Authentication.COOKIE

    async def get(self) -> None:
        """Both versions on the same pictures."""
        given = read_query(COMPARE_PARAMETERS, self.request.query_arguments)
        for name in ("a", "b"):
            if name not in given:
                raise bad_query(f"The parameter {name} is missing.", "Give the ids of two versions.")
        self.answer(await self.call(self._compare, given["a"], given["b"]))

    def _compare(self, a: str, b: str) -> Comparison:
        return self.comparing.compare(version_of(self.registry, a), version_of(self.registry, b))


class JudgedHandler(_ComparingHandler):
    """`GET /api/models/{id}/judged?gate=&label=&answered=&beside=`."""

    authentication = Authentication.COOKIE

    async def get(self, version_id: str) -> None:
        """The pictures that were chosen."""
        given = read_query(JUDGED_PARAMETERS, self.request.query_arguments)
        beside = given.pop("beside", None)
        self.answer(await self.call(self._pictures, version_id, Choice(**given), beside))

    def _pictures(self, version_id: str, choice: Choice, beside: str | None) -> JudgedPictures:
        other = None if beside is None else version_of(self.registry, beside)
        return self.comparing.pictures(version_of(self.registry, version_id), choice, other)
