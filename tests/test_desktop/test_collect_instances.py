"""Several instances behind nginx on one PostgreSQL, as real processes of which some are killed while devices
send: everything arrives once. nginx runs the site of docs/operations.md, over TLS.
"""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import pytest
import redis_server
from draining import drain_all, everything_arrived_once
from instances import Team
from nginx_server import PROGRAM
from postgres_server import PostgresServer

from store.local.outbox_values import MAX_RECORDS

pytestmark = pytest.mark.skipif(
    PROGRAM is None, reason="nginx is not installed here; `dev.py setup` as root brings Debian's."
)
DEVICES, RECORDS = 3, 2000
IN_ALL = DEVICES * RECORDS


@pytest.fixture
def held() -> Iterator[ExitStack]:
    """What is started and opened ends with the test."""
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def team(postgres: PostgresServer, held: ExitStack, tmp_path: Path) -> Team:
    return Team(postgres.collector_database(), tmp_path, held)


def test_two_of_three_instances_are_killed(team: Team) -> None:
    instances = team.instances(3)
    drains = team.drains(instances, DEVICES, RECORDS)
    kill = [partial(each.stop, signal.SIGKILL) for each in instances]
    drain_all(drains, [(IN_ALL // 4, kill[0]), (IN_ALL // 2, kill[1])])
    everything_arrived_once(team.collector, drains)


@pytest.mark.skipif(redis_server.PROGRAM is None, reason=redis_server.MISSING)
def test_with_a_queue_a_worker_redis_and_an_instance_are_killed(team: Team, held: ExitStack) -> None:
    redis = held.enter_context(redis_server.redis_server())
    instances = team.instances(2, redis.url)
    workers = team.workers(2, redis.url)
    drains = team.drains(instances, DEVICES, RECORDS)

    def cut_the_power() -> None:
        redis.end(signal.SIGKILL)
        redis.start()

    plan: list[tuple[int, Callable[[], object]]] = [
        (IN_ALL // 6, partial(workers[0].stop, signal.SIGKILL)),
        (IN_ALL // 3, cut_the_power),
        (IN_ALL // 2, partial(instances[0].stop, signal.SIGKILL)),
    ]
    drain_all(drains, plan)
    assert redis.ever_queued(team.collector.id) >= IN_ALL // MAX_RECORDS // 2
    everything_arrived_once(team.collector, drains)
