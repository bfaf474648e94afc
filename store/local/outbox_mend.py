"""Makes the queue whole again where a salvaged file came back with holes, and leaves a whole one as it is.

What a hole took is not known. So a record without a place, of which nothing says that it was dropped, is sent
again rather than not at all, since a collector knows records by their ids; and what the counters then miss
counts as dropped, "damaged".
"""

from __future__ import annotations

import apsw

from store.local.connection import rows_of

_ANY_STATE = "INSERT OR IGNORE INTO outbox_state VALUES (1, 1, 0, 0, 0, 0, 0, 1, 1, NULL, NULL, NULL)"
_COUNTED = """
SELECT count(*) FILTER (WHERE state IN (0, 1)), count(*) FILTER (WHERE state = 2),
       count(*) FILTER (WHERE state = 3), coalesce(sum(bytes) FILTER (WHERE state <> 3), 0)
FROM outbox
"""
_STATE = "SELECT recorded, accepted, waiting, rejected, bytes, next_number FROM outbox_state"
_NEXT = """
SELECT 1 + max(coalesce((SELECT max(number) FROM record), 0),
               coalesce((SELECT max(to_seq) FROM outbox_drop), 0))
"""
_REQUEUE = """
INSERT INTO outbox (seq, bytes) SELECT number, octet_length(payload) FROM record
WHERE NOT EXISTS (SELECT 1 FROM outbox WHERE seq = number)
  AND NOT EXISTS (SELECT 1 FROM outbox_drop WHERE number BETWEEN from_seq AND to_seq)
ORDER BY number
"""
_AT_LEAST_THE_RUNS = """
INSERT INTO outbox_dropped
SELECT reason, sum(to_seq - from_seq + 1) FROM outbox_drop WHERE true GROUP BY reason
ON CONFLICT (reason) DO UPDATE SET count = max(count, excluded.count)
"""
_DROPPED = "SELECT coalesce(sum(count), 0) FROM outbox_dropped"
_DAMAGED = """
INSERT INTO outbox_dropped VALUES ('damaged', ?)
ON CONFLICT (reason) DO UPDATE SET count = count + excluded.count
"""
_SET = """
UPDATE outbox_state SET recorded = ?, accepted = ?, waiting = ?, rejected = ?, bytes = ?, next_number = ?,
    ready_from = 1, spared_to = 1
"""


def mend(connection: apsw.Connection) -> None:
    """To be called inside a transaction, where the file is not where it was: one look at every row."""
    connection.execute(_ANY_STATE)
    ((recorded, accepted, *told, next_number),) = rows_of(connection, _STATE)
    ((waiting, held, dead, size),) = rows_of(connection, _COUNTED)
    least: int = connection.execute(_NEXT).get
    dropped: int = connection.execute(_DROPPED).get
    adds_up = recorded == accepted + waiting + dead + dropped
    if adds_up and told == [waiting, dead, size] and next_number >= least:
        return
    connection.execute(_REQUEUE)
    connection.execute(_AT_LEAST_THE_RUNS)
    ((waiting, held, dead, size),) = rows_of(connection, _COUNTED)
    dropped = connection.execute(_DROPPED).get
    missing = recorded - max(accepted, held) - waiting - dead - dropped
    if missing > 0:
        connection.execute(_DAMAGED, (missing,))
        dropped += missing
    accepted = max(held, recorded - waiting - dead - dropped)
    recorded = accepted + waiting + dead + dropped
    connection.execute(_SET, (recorded, accepted, waiting, dead, size, max(next_number, least)))
