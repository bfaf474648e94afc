"""A process that takes batches into the store alone, without HTTP, until somebody kills it."""

from __future__ import annotations

import os
import threading
from itertools import count
from pathlib import Path

from fault_suite.workload import BATCH, body
from local_records import send_body

from store.clock import SystemClock
from store.local.opening import LocalStore, open_store


def work(store: LocalStore, numbers: count[int], lock: threading.Lock) -> None:
    """Sends batch after batch, and tells of each only when the store has answered."""
    while True:
        with lock:
            number = next(numbers)
        if send_body(store.statistics, body(number)).accepted == BATCH:
            os.write(1, f"{number}\n".encode())


def main(folder: Path, first: int, clients: int) -> int:
    """Opens the store and starts the clients; only a signal ends this."""
    store = open_store(folder, SystemClock())
    numbers, lock = count(first), threading.Lock()
    threads = [threading.Thread(target=work, args=(store, numbers, lock)) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return 1
