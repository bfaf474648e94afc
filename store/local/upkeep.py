"""The upkeep of the memory: what is over goes by itself once a day, what the user wants erased at once.

Everything that removes runs on one thread, one after the other, and everything is written down first. What a
kill cuts off is finished at the next start.
"""

from __future__ import annotations

import functools
import logging
import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable

from store.clock import Clock
from store.local import upkeep_log
from store.local.clock_watch import DAY_MS, HOUR_MS, ClockWatch
from store.local.connection import LocalDatabase
from store.local.database import Database
from store.local.erasure import marks
from store.local.erasure.carrying_out import Erasing, Order
from store.local.erasure.copies import Copies, Replacing, copies_in
from store.local.erasure.scope import Scope, shares_of
from store.local.errors import StoreError
from store.local.figures import hours_kept
from store.local.retention.carrying_out import CarryingOut
from store.local.retention.plan import Plan
from store.local.retention.planning import make_plan
from store.local.retention.policy import Rule, rules
from store.local.retention.preview import Preview, preview_of
from store.local.setting_store import SettingStore
from store.local.upkeep_log import Entry

log = logging.getLogger("whimbrel.upkeep")
TICK_S = 60.0
OBSERVE_S = 600.0
PLANS_KEPT = 8
LOG_SHOWN = 20
AT_LATEST_MS = DAY_MS + 6 * HOUR_MS  # a machine that is never idle waits no longer


class UnknownPlan(StoreError):  # noqa: N818
    """A preview that is too old, or none of ours."""


class _Stopped(Exception):  # noqa: N818
    """The program ends: what is under way is gone on with at the next start."""


class Upkeep:
    """Shows what would go, lets it go, and keeps the log of it. Safe on any thread.

    Its thread begins when `ready` says so: nothing is moved in a file that is still being checked.
    """

    def __init__(
        self,
        database: Database,
        clock: Clock,
        watch: ClockWatch,
        settings: SettingStore,
        backups: Replacing,
        *,
        ready: Callable[[], bool] = lambda: True,
        new_token: Callable[[], str] = lambda: secrets.token_hex(8),
    ) -> None:
        self._database = database
        self._clock = clock
        self.watch = watch
        self._settings = settings
        self._erasing = Erasing(database, clock, backups, self._rows_gone, self._pause)
        self._carrying_out = CarryingOut(database, clock, self._pause)
        self._new_token = new_token
        self._ready = ready
        self._plans: OrderedDict[str, Plan] = OrderedDict()
        self._ended = threading.Event()
        self._wanted = threading.Event()
        self._thread = threading.Thread(target=self._run, name="whimbrel-upkeep", daemon=True)
        self._observed_at: float | None = None
        self._looked_at: int | None = None
        self._newest = -1
        self.rows_gone: Callable[[], None] = lambda: None  # a collector may have to hear of it
        self._changed: Callable[[Entry], None] = lambda _: None
        self._erased: Callable[[int, Scope], None] = lambda _number, _scope: None

    def listen(self, changed: Callable[[Entry], None], erased: Callable[[int, Scope], None]) -> None:
        """Calls `changed` when a removal begins or ends, `erased` when nothing of an erasure can be read any
        more; on whichever thread that happens."""
        self._changed, self._erased = changed, erased

    def rules(self) -> tuple[Rule, ...]:
        """The rules as they are set."""
        return rules(self._settings.all())

    def preview(self) -> tuple[str, Preview]:
        """What a retention would take now, and the token that makes `run` take exactly that."""
        plan, preview = self._look()
        token = self._new_token()
        self._plans[token] = plan
        while len(self._plans) > PLANS_KEPT:
            self._plans.popitem(last=False)
        return token, preview

    def run(self, token: str) -> Entry:
        """Begins what the preview with this token showed. Raises UnknownPlan for any other token."""
        plan = self._plans.pop(token, None)
        if plan is None:
            raise UnknownPlan("That preview is no longer known.", "Look again at what would go, then run it.")
        return self._begin("retention", plan, asked=True)

    def erase_preview(self, scope: Scope) -> tuple[Preview, Copies]:
        """What an erasure would remove, and the copies that it would replace or could remove."""
        with self._database.read() as db:
            found = shares_of(db.connection(), scope.checked())
        where = {"sha256": scope.picture_sha256, "sessionId": scope.session_id}
        narrowed = {name: value for name, value in where.items() if value is not None}
        return preview_of(found, narrowed), copies_in(self._database.path.parent)

    def erase(self, scope: Scope, *, damaged_copies: bool = False) -> Entry:
        """Begins an erasure: from now on it happens, whatever becomes of this process."""
        return self._begin("erasure", Order(scope.checked(), damaged_copies), asked=True, scope=scope)

    def entries(self) -> list[Entry]:
        """The last removals, the newest first."""
        with self._database.read() as db:
            return upkeep_log.last(db, LOG_SHOWN)

    def entry(self, number: int) -> Entry | None:
        """One removal."""
        with self._database.read() as db:
            return upkeep_log.find(db, number)

    def told(self, number: int) -> None:
        """Notes that the user has been told of what was removed by itself, up to this number."""
        self._database.submit(lambda db: upkeep_log.mark_told(db.connection(), number)).result()

    def start(self) -> None:
        """Starts the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Ends the thread after the job that it is at."""
        self._ended.set()
        self._wanted.set()
        if self._thread.ident is not None:
            self._thread.join()

    def tick(self) -> None:
        """Finishes what is begun, and begins what is due."""
        self.observe()
        self.finish()
        if self._due():
            self._begin_by_itself()
            self.finish()

    def _run(self) -> None:
        while not self._ended.is_set():
            self._wanted.clear()
            try:
                if self._ready():
                    self.tick()
            except _Stopped:
                return
            except Exception as error:
                said = error.sentence if isinstance(error, StoreError) else repr(error)
                log.warning("the upkeep goes on later: %s", said)
            self._wanted.wait(TICK_S)

    def _pause(self, seconds: float) -> None:
        if self._ended.wait(seconds):
            raise _Stopped

    def _look(self) -> tuple[Plan, Preview]:
        with self._database.read() as db:
            plan, found = make_plan(db, self.rules(), self.watch.older_than)
        return plan, preview_of(found)

    def _begin(
        self, what: upkeep_log.What, plan: Plan | Order, *, asked: bool, scope: Scope | None = None
    ) -> Entry:
        now = self.watch.now()

        def write(db: LocalDatabase) -> Entry:
            connection = db.connection()
            if scope is not None:
                marks.leave(connection, scope, now)
            number = upkeep_log.begin(
                connection, what, plan, asked=asked, now_ms=now.wall, counted_ms=now.counted
            )
            return upkeep_log.find_there(db, number)

        entry = self._database.submit(write).result()
        self._plans.clear()  # what they showed is not what there is any more
        self._changed(entry)
        self._wanted.set()
        return entry

    def observe(self) -> None:
        """Writes down how the time goes, every ten minutes."""
        at = self._clock.monotonic()
        if self._observed_at is not None and at - self._observed_at < OBSERVE_S:
            return
        self._observed_at = at

        def write(db: LocalDatabase) -> None:
            self.watch.observe(db)
            marks.expire(db.connection(), self.watch.now())

        self._database.submit(write).result()
        self._thin_figures()

    def _thin_figures(self) -> None:
        """Takes the hours of the server's figures that are too many, one a job."""
        while (start := self._surplus_hour()) is not None:
            self._database.submit(functools.partial(_remove_hour, start)).result()
            self._pause(0.0)

    def _surplus_hour(self) -> int | None:
        with self._database.read() as db:
            return hours_kept.surplus_hour(db.connection(), hours_kept.HOURS_KEPT)

    def finish(self) -> None:
        """Carries out what is begun, on the calling thread; for who has not started the thread."""
        with self._database.read() as db:
            entries = upkeep_log.working(db)
        erasures = [entry for entry in entries if entry.what == "erasure"]
        if erasures:
            self._erasing.finish(erasures)
        for entry in entries:
            if entry.what == "retention":
                self._carry_out(entry)
        for entry in entries:
            self._tell(entry.number)

    def _carry_out(self, entry: Entry) -> None:
        self._carrying_out.run(entry.number, upkeep_log.plan_of(entry, Plan))
        ended_at = self._clock.now_ms()

        def write(db: LocalDatabase) -> None:
            upkeep_log.set_plan(
                db.connection(), entry.number, Plan()
            )  # it may be long, and is of no more use
            upkeep_log.end(db.connection(), entry.number, ended_at)

        self._database.submit(write).result()

    def _rows_gone(self, number: int, scope: Scope) -> None:
        self._erased(number, scope)
        self.rows_gone()

    def _tell(self, number: int) -> None:
        entry = self.entry(number)
        if entry is not None:
            self._changed(entry)

    def _due(self) -> bool:
        counted = self.watch.now().counted
        with self._database.read() as db:
            last = upkeep_log.last_retention(db)
            newest = int(db.execute_sql("SELECT coalesce(max(number), 0) FROM record").fetchone()[0])
        idle, self._newest = newest == self._newest, newest
        last = max((when for when in (last, self._looked_at) if when is not None), default=None)
        since = DAY_MS if last is None else counted - last
        return since >= AT_LATEST_MS or (idle and since >= DAY_MS)

    def _begin_by_itself(self) -> None:
        self._looked_at = self.watch.now().counted
        plan, preview = self._look()
        if not preview.is_empty:
            self._begin("retention", plan, asked=False)


def _remove_hour(start: int, db: LocalDatabase) -> None:
    hours_kept.remove_hour(db.connection(), start)
