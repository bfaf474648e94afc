"""A process that takes batches until somebody kills it; prints the number of each batch that it acknowledged.

python tests/support/ingest_child.py FOLDER FIRST_BATCH CLIENTS
"""

from __future__ import annotations

import os
import sys
import threading
from itertools import count
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]

from local_records import send  # noqa: E402 - the paths come first
from store_verdict import batch_of  # noqa: E402

from store.clock import SystemClock  # noqa: E402
from store.local.opening import LocalStore, open_store  # noqa: E402


def work(store: LocalStore, numbers: count[int], lock: threading.Lock) -> None:
    """Sends batch after batch, and tells of each only when the store has answered."""
    while True:
        with lock:
            number = next(numbers)
        if send(store.statistics, *batch_of(number)).accepted:
            os.write(1, f"{number}\n".encode())


def main() -> None:
    """Opens the store and starts the clients; only a signal ends this."""
    folder, first, clients = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    store = open_store(folder, SystemClock())
    numbers, lock = count(first), threading.Lock()
    threads = [threading.Thread(target=work, args=(store, numbers, lock)) for _ in range(clients)]
    for thread in threads:
        thread.start()


if __name__ == "__main__":
    main()
