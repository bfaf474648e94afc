"""What the doctor looks at: everything that a run needs. It changes nothing."""

from __future__ import annotations

import os
import platform
import shutil
import stat
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version

from desktop.data_folder import DataFolder
from desktop.errors import PlainError
from desktop.findings import Finding
from desktop.installed import STATIC, app_version

_MIB = 1024 * 1024
_LITTLE_DISK, _NO_DISK = 1024 * _MIB, 256 * _MIB
_LIBRARIES = ("tornado", "peewee", "apsw", "msgspec", "numpy", "scipy", "pillow", "pywebview", "PySide6")
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


Check = Callable[[DataFolder], Iterator[Finding]]


def findings(folder: DataFolder) -> Iterator[Finding]:
    """What every check found, in order; a check that fails itself is a problem, and the others go on."""
    from desktop.doctor_memory import check_memory, check_models, check_sqlite  # noqa: PLC0415 - the database
    from desktop.doctor_sync import check_sending  # noqa: PLC0415
    from desktop.doctor_window import check_window  # noqa: PLC0415

    checks: tuple[Check, ...] = (
        check_program,
        check_sqlite,
        check_folder,
        check_instance,
        check_memory,
        check_models,
        check_sending,
        check_page,
        check_window,
        check_extras,
    )
    for check in checks:
        try:
            yield from check(folder)
        except Exception as error:
            name = check.__name__.removeprefix("check_")
            yield Finding("problem", f"Looking at the {name} failed ({type(error).__name__}: {error}).")


def check_program(_: DataFolder) -> Iterator[Finding]:
    """Versions of the program and of what it stands on."""
    yield Finding(
        "ok", f"Whimbrel {app_version()}, Python {platform.python_version()}, {platform.platform()}"
    )
    yield Finding("ok", ", ".join(f"{name} {installed_version(name) or '-'}" for name in _LIBRARIES))


def installed_version(name: str) -> str | None:
    """The version of a distribution, None where it is not installed."""
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def check_folder(folder: DataFolder) -> Iterator[Finding]:
    """The data folder: whether it can be written, who may read its secret, how much room there is."""
    if not folder.path.exists():
        yield Finding("ok", f"The data folder {folder.path} will be made at the first start")
    else:
        yield _writable(folder)
        yield from _secret(folder)
    place = next(path for path in (folder.path, *folder.path.parents) if path.is_dir())
    free = shutil.disk_usage(place).free
    room = f"{free / _MIB / 1024:.1f} GiB free on the disk of {place}"
    if free < _NO_DISK:
        yield Finding("problem", room, "Free some space: Whimbrel stops remembering when there is none.")
    else:
        yield Finding("note" if free < _LITTLE_DISK else "ok", room)


def _writable(folder: DataFolder) -> Finding:
    try:
        folder.prepare()
    except PlainError as error:
        return Finding("problem", error.sentence, error.advice)
    return Finding("ok", f"The data folder {folder.path} can be written")


def _secret(folder: DataFolder) -> Iterator[Finding]:
    secret = folder.path / "secret"
    if os.name != "posix" or not secret.exists():
        return
    if stat.S_IMODE(secret.stat().st_mode) & 0o077:
        yield Finding("problem", f"Other users of this machine can read {secret}", f"Run: chmod 600 {secret}")


def check_instance(folder: DataFolder) -> Iterator[Finding]:
    """Whether Whimbrel runs on this folder, and the port that its page lives on."""
    instance = folder.running()
    port = folder.remembered_port()
    if instance is not None:
        yield Finding("ok", f"Whimbrel runs on it (process {instance.pid}, port {instance.port})")
    elif port is not None:
        yield Finding("ok", f"Whimbrel is not running; its page lives on port {port}")


def check_page(_: DataFolder) -> Iterator[Finding]:
    """Whether the page was built."""
    if (STATIC / "index.html").is_file():
        yield Finding("ok", "The page is built")
    else:
        yield Finding(
            "problem", f"The page is not built ({STATIC})", "Run: python3 build_scripts/dev.py setup"
        )


def check_extras(_: DataFolder) -> Iterator[Finding]:
    """What only some things need: the training component, and a browser for the tests."""
    from store.models.training_component import training_python  # noqa: PLC0415 - loads numpy

    if training_python() is None:
        yield Finding("note", "No training component: .keras, .h5 and SavedModel files can't be imported")
    if sys.platform.startswith("linux") and not any(shutil.which(name) for name in _BROWSERS):
        yield Finding("note", "No Chromium: only the browser tests need it", "Run: apt-get install chromium")
