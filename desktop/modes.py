"""What stands behind the address: the memory as it is opened every day, or the way out of a damaged one."""

from __future__ import annotations

import contextlib
import logging
import threading
from collections.abc import Callable
from pathlib import Path

from store.clock import Clock
from store.local import pending as set_aside_note
from store.local.backup_schedule import BackupSchedule, BackupThread
from store.local.errors import DamagedStore, GivenUp, StoreError
from store.local.opening import LocalStore, open_store
from store.local.recovery import Recovery
from store.local.soundness import records_in
from webui.front import Closable

log = logging.getLogger("whimbrel")
Open = Callable[[LocalStore, contextlib.ExitStack], Closable]


Recover = Callable[[Recovery, Callable[[], None], contextlib.ExitStack, str | None], Closable]
Turn = Callable[[Closable], None]


class Modes:
    """Opens the memory, watches it, and changes to the recovery and back while the server listens on.

    `normal(store, held)` and `recovering(recovery, open, held, backup)` make the applications and give what
    is to be closed with them to `held`; `turn` puts one in front of the socket.
    """

    def __init__(self, data_dir: Path, clock: Clock, normal: Open, recovering: Recover) -> None:
        self._data_dir = data_dir
        self._clock = clock
        self._normal = normal
        self._recovering = recovering
        self._lock = threading.Lock()
        self._held = contextlib.ExitStack()
        self._closed = False
        self._store: LocalStore | None = None
        self.turn: Turn = lambda _: None
        self.is_recovering = False

    def open(self) -> Closable:
        """The first application: the usual one, or the recovery where the memory is damaged."""
        try:
            return self._open_normally()
        except DamagedStore as error:
            log.error("%s", error.sentence)
            return self._open_recovery(None)

    def close(self) -> None:
        """Closes what is open; what is queued is written."""
        with self._lock:
            self._closed = True
            self._held.close()

    def restore(self, backup: str) -> None:
        """Puts a backup in the memory's place while the program runs: closes, restores and opens again."""
        self._start(lambda: self._change(lambda: self._open_recovery(backup)))

    def _open_normally(self) -> Closable:
        store = open_store(self._data_dir, self._clock, show_newer=True, check_later=True)
        held = contextlib.ExitStack()
        held.callback(store.close)
        try:
            application = self._normal(store, held)
        except BaseException:
            held.close()
            raise
        self._store, self._held, self.is_recovering = store, held, False
        if store.health.now().state != "read-only":
            self._look_after(store, held)
        return application

    def _look_after(self, store: LocalStore, held: contextlib.ExitStack) -> None:
        heard = store.database.noticed

        def noticed(error: object) -> None:
            heard(error)
            if isinstance(error, DamagedStore):
                self._found_damage(store, error)

        store.database.noticed = noticed
        schedule = BackupSchedule(store.backups, self._clock, lambda: _is_empty(store))
        thread = BackupThread(schedule, before=store.disk.look)
        held.callback(thread.stop)
        held.callback(store.backups.close)
        store.disk.start()
        thread.start()
        ended = threading.Event()
        checking = self._start(lambda: self._check(store, ended.is_set))
        held.callback(checking.join)
        held.callback(ended.set)

    def _check(self, store: LocalStore, cancelled: Callable[[], bool]) -> None:
        try:
            store.check(cancelled)
        except GivenUp:
            return
        except DamagedStore as error:
            self._found_damage(store, error)

    def _found_damage(self, store: LocalStore, error: DamagedStore) -> None:
        """On any thread, also the writer's: the change itself is another's work."""
        self._start(lambda: self._set_aside(store, error))

    def _set_aside(self, store: LocalStore, error: DamagedStore) -> None:
        path = store.database.path

        def change() -> Closable:
            set_aside_note.set_aside(path, self._clock, error.sentence, records_in(path))
            return self._open_recovery(None)

        store.database.keep_still(True)
        self._change(change, lambda: self._store is store)

    def _open_recovery(self, backup: str | None) -> Closable:
        held = contextlib.ExitStack()
        recovery = Recovery(self._data_dir, self._clock)
        application = self._recovering(recovery, self._leave_recovery, held, backup)
        self._store, self._held, self.is_recovering = None, held, True
        return application

    def _leave_recovery(self) -> None:
        self._start(lambda: self._change(self.open))

    def _change(self, make: Callable[[], Closable], still: Callable[[], bool] = lambda: True) -> None:
        """Closes what is open, makes another application and turns to it, if that is `still` wanted."""
        with self._lock:
            if self._closed or not still():
                return
            self._held.close()
            try:
                self.turn(make())
            except StoreError as error:
                log.error("the memory could not be opened again: %s", error)

    @staticmethod
    def _start(work: Callable[[], None]) -> threading.Thread:
        thread = threading.Thread(target=work, name="whimbrel-modes", daemon=True)
        thread.start()
        return thread


def _is_empty(store: LocalStore) -> bool:
    with store.database.read() as db:
        return db.execute_sql("SELECT 1 FROM record LIMIT 1").fetchone() is None
