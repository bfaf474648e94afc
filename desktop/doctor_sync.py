"""What the doctor looks at of sending: where this device belongs, and where its key is. Reads only."""

from __future__ import annotations

from collections.abc import Iterator

from desktop.data_folder import DataFolder
from desktop.doctor_memory import FILE_NAME, Reader
from desktop.findings import Finding
from store.local.sync_store import notes_in
from store.sync.credentials import Credentials
from store.sync.forms import SyncError
from store.sync.memory import remembered
from webui.local.session_keys import INSTALL_ID_FILE

_PLACES = {"keyring": "the system's keyring", "file": "a file of your own in the data folder"}


def check_sending(folder: DataFolder) -> Iterator[Finding]:
    """Where records go, and where the key to the collector is kept."""
    path = folder.path / FILE_NAME
    if not path.exists():
        return
    with Reader(path).read() as database:
        known = remembered(notes_in(database))
    if known.enrolment is None:
        yield Finding("ok", "This device belongs to no collector; everything stays here.")
        return
    install_id = (folder.path / INSTALL_ID_FILE).read_text(encoding="ascii").strip()
    place = _PLACES[known.enrolment.kept_in]
    try:
        secrets = Credentials(folder.path, install_id).load(known.enrolment.kept_in)
    except SyncError as error:
        yield Finding("problem", error.sentence, error.advice)
        return
    if secrets is None:
        yield Finding(
            "problem",
            f"The key to the collector {known.enrolment.url} is missing from {place}.",
            "Ask your team for a code, then: whimbrel sync enrol URL CODE",
        )
    else:
        yield Finding("ok", f"Sends to {known.enrolment.url}; its key is in {place}.")
