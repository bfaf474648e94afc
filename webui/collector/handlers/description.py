"""`GET /api/openapi.json`: what the collector answers, for programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from webui.base_handler import Authentication
from webui.collector.collector_handler import CollectorHandler


class DescriptionHandler(CollectorHandler):
    """Answers the OpenAPI document."""

    authentication = Authentication.NONE
    counted = False
    describe: Callable[[], dict[str, Any]]

    def get(self) -> None:
        """The document."""
        self.answer(self.describe())
