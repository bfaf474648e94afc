"""A device and the real collector, over real sockets, with everything in between that a field has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from chaos_proxy import chaos_before
from collecting import newcomer, rows, value
from collector_serving import ServedCollector, serving_collector
from local_records import EMBEDDING, base64_text, inference, said, send, sha256_of, uuid_bytes
from msgspec import structs
from outbox_accounts import accounts
from sync_world import Device

from store.clock import SystemClock
from store.collector.database import CollectorDatabase
from store.collector.rate_buckets import Rate
from store.collector.service import Collector, Limits
from store.local.erasure.scope import Scope
from store.sync.credentials import Secrets
from store.sync.forms import Enrolment, Sharing, Withdrawal
from store.sync.transport import HttpTransport

EVENTS = "SELECT event_id FROM event ORDER BY seq"


@pytest.fixture
def served(collector_database: CollectorDatabase) -> Iterator[ServedCollector]:
    often = Rate(10_000, 10_000)
    with serving_collector(
        Collector(collector_database, SystemClock(), Limits(often, often, often))
    ) as found:
        yield found


@pytest.fixture
def device(tmp_path: Path, served: ServedCollector) -> Iterator[Device]:
    transport = HttpTransport("Whimbrel/test", connect_s=5, read_s=10)
    made = Device(tmp_path / "device", transport)
    admitted = served.collector.devices.enrol(served.collector.devices.new_code("test"), newcomer("laptop"))
    made.secrets.found = Secrets(admitted.token, "")
    made.memory.enrol(
        Enrolment(served.url, served.collector.id.hex(), admitted.device_id.hex(), "laptop", 1, "file")
    )
    made.agree()
    yield made
    accounts(made.store.database)
    made.close()
    transport.close()


def ids(served: ServedCollector) -> list[bytes]:
    return [bytes(event_id) for (event_id,) in rows(served.collector.database, EVENTS)]


def moved(device: Device, port: int) -> None:
    """The collector is reached by another port."""
    enrolment = device.memory.now().enrolment
    assert enrolment is not None
    device.memory.enrol(
        Enrolment(
            f"http://127.0.0.1:{port}", enrolment.collector_id, enrolment.device_id, "laptop", 1, "file"
        )
    )


def test_what_a_field_does_to_requests_loses_and_doubles_nothing(
    device: Device, served: ServedCollector
) -> None:
    with chaos_before(served.port, seed=5) as (port, chaos):
        moved(device, port)
        for part in range(3):
            device.record(1 + 60 * part, 60)
            for _ in range(25):
                device.engine.once(asked=True)
                device.record(1000 + sum(chaos.done.values()) * 3, 1)
            device.restart()
        chaos.calm = True
        device.drain()
        assert len(chaos.done) == len(chaos.harms())
    told = device.store.outbox.accounts()
    assert (told.waiting, told.rejected, told.accepted) == (0, {}, told.recorded)
    kept = ids(served)
    assert len(kept) == len(set(kept)) == told.recorded


def test_a_collector_put_back_from_a_backup_gets_again_what_it_lost(
    device: Device, served: ServedCollector
) -> None:
    device.record(1, 300)
    device.drain()
    database = served.collector.database
    with database.write() as session:
        session.change("DELETE FROM event WHERE seq > 200 AND seq <= 250")
    device.engine.compare_soon()
    device.drain()
    assert ids(served) == [uuid_bytes(number) for number in range(1, 301)]
    assert device.engine.once().phase == "idle"


def test_what_the_collector_knows_of_other_epochs_is_not_sent_again(
    device: Device, served: ServedCollector
) -> None:
    device.record(1, 20)
    device.drain()
    device.store.database.submit(
        lambda db: db.execute_sql("UPDATE outbox_state SET epoch = x'0102030405060708090a0b0c0d0e0f10'")
    ).result(10)
    device.record(21, 5)
    device.engine.compare_soon()
    device.drain()
    assert device.store.outbox.accounts().accepted == 25
    assert ids(served) == [uuid_bytes(number) for number in range(1, 26)]


def test_what_is_withdrawn_is_erased_there_and_what_is_agreed_to_anew_arrives(
    device: Device, served: ServedCollector
) -> None:
    database = served.collector.database
    device.agree(2, embeddings=True)
    send(device.store.statistics, inference(1, embedding=base64_text(EMBEDDING)), said(2, about=1))
    device.drain()
    assert value(database, "SELECT count(*) FROM event_part") == 1
    no_more = structs.replace(device.memory.now().consent, number=3, sharing=Sharing())
    device.memory.say(lambda _: (no_more, Withdrawal("embeddings", 2, 1)))
    device.drain()
    assert value(database, "SELECT count(*) FROM event_part") == 0
    nothing = structs.replace(no_more, given=False)
    device.memory.say(lambda _: (nothing, Withdrawal("all", 3, 1)))
    device.record(3, 1)
    device.drain()
    assert value(database, "SELECT count(*) FROM event WHERE payload IS NOT NULL") == 0
    device.agree(4)
    device.drain()
    assert value(database, "SELECT count(*) FROM event WHERE payload IS NOT NULL") == 1
    assert device.store.outbox.accounts().rejected == {}


def test_what_is_erased_here_goes_there_and_nothing_else(device: Device, served: ServedCollector) -> None:
    database = served.collector.database
    kept = "SELECT event_id FROM event WHERE payload IS NOT NULL ORDER BY seq"
    device.record(1, 1, picture={"sha256": sha256_of("secret"), "fileName": "a.jpg"})
    device.record(2, 3)
    device.drain()
    device.store.upkeep.erase(Scope(picture_sha256=sha256_of("secret")))
    device.store.upkeep.finish()
    device.record(10, 1)
    device.drain()
    assert [bytes(row[0]) for row in rows(database, kept)] == list(map(uuid_bytes, (2, 3, 4, 10)))
    assert len(ids(served)) == 5
    device.engine.compare_soon()
    device.drain()
    assert (device.engine.state().erasing, len(ids(served))) == (0, 5)


def test_a_revoked_device_stops_and_says_so(device: Device, served: ServedCollector) -> None:
    device.record(1, 1)
    device.secrets.found = Secrets("bm8", "")
    assert device.engine.once().phase == "paused"
    assert device.engine.state().sentence == "The collector does not let this device in any more."
