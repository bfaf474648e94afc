"""What the handlers of the local API share: blocking calls, and the store's errors as problems."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

from store.bundles.forms import BundleError
from store.local.erasure.scope import WrongScope
from store.local.errors import (
    NewerStore,
    SettingError,
    StoreBusy,
    StoreClosed,
    StoreError,
    StoreFull,
    UnknownCursor,
    closed,
)
from store.local.figures.windows import TooManyPoints
from store.local.folder_queue.forms import JobOver, UnknownJob, WrongPaths
from store.local.learning.label_book import ChangeInUse, LabelTaken, UnknownChange, UnknownLabel, WrongLabel
from store.local.learning.readiness import CannotTrain
from store.local.learning.runs import TrainingBusy
from store.local.upkeep import UnknownPlan
from store.models.errors import ModelError
from store.models.gate_words import GateNotPassed
from store.sync.forms import SyncError
from webui import problems
from webui.base_handler import BaseHandler
from webui.blocking import CallsClosed
from webui.problems import Kind, Problem

P = ParamSpec("P")
T = TypeVar("T")
RETRY_AFTER_S = 1
_KINDS: dict[type[StoreError | ModelError], Kind] = {
    StoreFull: problems.DISK_FULL,
    StoreBusy: problems.BUSY,
    StoreClosed: problems.BUSY,
    NewerStore: problems.CONFLICT,
    UnknownCursor: problems.BAD_QUERY,
    SettingError: problems.WRONG_SHAPE,
    TooManyPoints: problems.BAD_QUERY,
    WrongScope: problems.WRONG_SHAPE,
    UnknownPlan: problems.CONFLICT,
    UnknownLabel: problems.NOT_FOUND,
    UnknownChange: problems.NOT_FOUND,
    LabelTaken: problems.CONFLICT,
    ChangeInUse: problems.CONFLICT,
    WrongLabel: problems.WRONG_SHAPE,
    TrainingBusy: problems.CONFLICT,
    CannotTrain: problems.CONFLICT,
    GateNotPassed: problems.CONFLICT,
    UnknownJob: problems.NOT_FOUND,
    WrongPaths: problems.WRONG_SHAPE,
    JobOver: problems.CONFLICT,
    SyncError: problems.CONFLICT,
    BundleError: problems.CONFLICT,
}


def problem_of(error: StoreError | ModelError) -> Problem:
    """The problem that carries the error's own two sentences."""
    usual = problems.MODEL if isinstance(error, ModelError) else problems.INTERNAL
    kind = _KINDS.get(type(error), usual)
    headers = {"Retry-After": str(RETRY_AFTER_S)} if kind is problems.BUSY else {}
    return Problem(kind, error.sentence, error.advice, headers)


class LocalHandler(BaseHandler):
    """A handler that talks to the store and the models."""

    async def call(self, call: Callable[P, T], *arguments: P.args, **named: P.kwargs) -> T:
        """What the blocking `call` returns, run off the event loop.

        Raises:
            Problem: what the store or the models refused, in their own words.
        """
        try:
            return await self.shared.calls.run(call, *arguments, **named)
        except CallsClosed as error:
            raise problem_of(closed()) from error
        except (StoreError, ModelError) as error:
            raise problem_of(error) from error

    async def written(self, queue: Callable[P, Future[T]], *arguments: P.args, **named: P.kwargs) -> T:
        """The result of work that `queue` hands to the writer, once it is committed; Problem as in `call`."""
        future = await self.call(queue, *arguments, **named)
        return await self.committed(lambda: future)

    async def committed(self, queue: Callable[P, Future[T]], *arguments: P.args, **named: P.kwargs) -> T:
        """As `written`, for a `queue` that is quick enough for the event loop and reads no database."""
        try:
            return await asyncio.wrap_future(queue(*arguments, **named))
        except (StoreError, ModelError) as error:
            raise problem_of(error) from error
