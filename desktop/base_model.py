"""The model of a first start, set up in the background while the page is open already."""

from __future__ import annotations

import logging
import threading

from desktop.model_sources import ModelSources
from store.models.errors import ModelError
from store.models.service import ModelService, ModelStatus

log = logging.getLogger("whimbrel.models")
PREPARING = "Setting up the first model."
_STOP_SECONDS = 5.0


class BaseModelSetup:
    """Brings in the default model and puts it to work; says how it goes through the service's status."""

    def __init__(self, sources: ModelSources, service: ModelService) -> None:
        self._sources = sources
        self._service = service
        self._thread = threading.Thread(target=self._run, name="whimbrel-first-model", daemon=True)
        self._cancelled = threading.Event()

    def start(self) -> None:
        """Start, unless a model is at work already."""
        if any(version.state == "active" for version in self._service.registry.list()):
            return
        self._service.set_status(ModelStatus("preparing", PREPARING, "", None))
        self._thread.start()

    def stop(self) -> None:
        """Give up what is under way; files are complete or absent, never half there."""
        self._cancelled.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    def _run(self) -> None:
        try:
            version = self._sources.fetch_default(self._tell)
            if not self._cancelled.is_set():
                self._service.activate(version.id)
        except ModelError as error:
            log.warning("the first model could not be set up: %s", error)
            self._failed(error.sentence, error.advice)
        except Exception:
            if self._cancelled.is_set():
                return
            log.exception("the first model could not be set up")
            self._failed(
                "The first model could not be set up.",
                "Run `whimbrel doctor`, or fetch one with `whimbrel models fetch starter`.",
            )

    def _tell(self, sentence: str, done: float) -> None:
        """Raises _Cancelled where the app is closing, which ends the work between two steps."""
        if self._cancelled.is_set():
            raise _Cancelled
        self._service.set_status(ModelStatus("preparing", sentence, "", done))

    def _failed(self, sentence: str, advice: str) -> None:
        if not self._cancelled.is_set():
            self._service.set_status(ModelStatus("failed", sentence, advice, None))


class _Cancelled(Exception):  # noqa: N818 - not an error
    """The app is closing."""
