"""`whimbrel release upload`: hands a model of this device in at its collector."""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from desktop.data_folder import DataFolder
from desktop.errors import PlainError
from desktop.installed import app_version
from desktop.models_access import models_of
from desktop.progress import shown
from desktop.settings import Settings
from desktop.sync_access import sync_of
from store.clock import SystemClock
from store.models.registry import find_version
from store.releases.making import Terms, make, manifest_of
from store.sync.credentials import Credentials, system_keyring
from store.sync.exchange import Exchange, Line
from store.sync.forms import Enrolment
from store.sync.releases.handing_in import Way, hand_in
from store.sync.transport import HttpTransport
from webui.local.session_keys import SessionKeys

_YEAR_MS = 365 * 24 * 3_600_000


def upload(settings: Settings, chosen: argparse.Namespace) -> int:
    """Send a version with its network, as far as the collector does not have it."""
    folder, clock = DataFolder(settings.data_dir), SystemClock()
    line = _line(folder, clock)
    with tempfile.TemporaryDirectory(prefix="whimbrel-upload-") as made, shown() as tell:
        draft = Path(made) / "draft"
        with models_of(folder) as models:
            version = find_version(models.list(), chosen.version)
            make(folder.models, version, Terms(1, "whole", clock.now_ms(), _YEAR_MS, app_version()), draft)
        transport = HttpTransport(f"Whimbrel/{app_version()}")
        try:
            way = Way(Exchange(transport, clock), line, time.sleep)
            model = hand_in(way, draft, manifest_of(draft)[0], tell)
        finally:
            transport.close()
    print(f"It is at the collector as {model}.")
    print(f"There a release is made of it with: whimbrel collect release make {model} DIR --number N")
    return 0


def _line(folder: DataFolder, clock: SystemClock) -> Line:
    """The collector that this device belongs to, and its token. Raises PlainError and SyncError."""
    with sync_of(folder) as sync:
        enrolment: Enrolment | None = sync.state().enrolment
    if enrolment is None:
        raise PlainError("This device belongs to no collector.", "Enrol it with: whimbrel sync enrol")
    install_id = SessionKeys.open(folder.path, clock).install_id
    secrets = Credentials(folder.path, install_id, system_keyring).load(enrolment.kept_in)
    if secrets is None:
        raise PlainError(
            "This device's key to the collector is not on this computer.",
            "Enrol this device again with a new code.",
        )
    return Line(enrolment, secrets.token)
