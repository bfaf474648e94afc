"""Turns what SQLite and the file system say into errors for people."""

from __future__ import annotations

import errno

import apsw
from peewee import PeeweeException

from store.local import errors
from store.local.page_sums import is_wrong_sum

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT}


def cause_of(error: BaseException) -> BaseException:
    """SQLite's own error inside one that Peewee wrapped."""
    while isinstance(error, PeeweeException):  # connecting inside a query wraps twice
        inner = getattr(error, "orig", None)
        if not isinstance(inner, BaseException):
            break
        error = inner
    return error


def explained(error: BaseException) -> BaseException:
    """The error for people where the trouble is the disk or the file, else the error itself."""
    cause = cause_of(error)
    if isinstance(cause, errors.StoreError):
        return cause
    return _trouble_with_file(cause) or _trouble_with_disk(cause) or error


def _trouble_with_disk(cause: BaseException) -> errors.StoreError | None:
    if isinstance(cause, apsw.FullError) or (isinstance(cause, OSError) and cause.errno in _NO_SPACE):
        return errors.full()
    if isinstance(cause, apsw.IOError | OSError):
        return errors.StoreError(
            f"The disk did not take what Whimbrel wrote ({cause}).",
            "Check the disk, then start Whimbrel again.",
        )
    return None


def _trouble_with_file(cause: BaseException) -> errors.StoreError | None:
    if isinstance(cause, apsw.BusyError | apsw.LockedError):
        return errors.StoreBusy(
            "Another program keeps Whimbrel's memory locked.", "Close the other program and try again."
        )
    if isinstance(cause, apsw.CorruptError | apsw.NotADBError) or is_wrong_sum(cause):
        return errors.DamagedStore(
            f"Whimbrel's memory is damaged ({cause}).",
            "Start Whimbrel again: it checks the file and says what to do.",
        )
    if isinstance(cause, apsw.ReadOnlyError | apsw.CantOpenError | apsw.PermissionsError):
        return errors.StoreError(
            f"Whimbrel may not write its memory ({cause}).",
            "Check that you may write to the data folder, or name another one with --data-dir.",
        )
    return None
