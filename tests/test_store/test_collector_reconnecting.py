"""A collector and a PostgreSQL that was restarted, or is away: nobody is refused for want of looking."""

from __future__ import annotations

import psycopg
import pytest
from postgres_server import PostgresServer

from store.collector.errors import Busy, Unreachable
from store.collector.postgres_database import PostgresDatabase

_END_ALL = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid()
"""


def test_connections_that_a_restart_broke_are_let_go_unnoticed(postgres: PostgresServer) -> None:
    url = postgres.empty_database()
    database = PostgresDatabase(url, connections=3)
    with database.read(), database.write(), database.read():
        pass  # three are open now
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(_END_ALL)
    with database.write() as session:
        session.change("CREATE TABLE public.kept (number INTEGER)")
    with database.read() as session:
        assert session.rows("SELECT count(*) FROM public.kept") == [(0,)]
    database.close()


def test_what_breaks_in_the_middle_is_told_and_not_tried_again(postgres: PostgresServer) -> None:
    url = postgres.empty_database()
    database = PostgresDatabase(url, connections=3)
    with pytest.raises(Unreachable, match="terminating connection"), database.write() as session:
        session.change("CREATE TABLE public.kept (number INTEGER)")
        with psycopg.connect(url, autocommit=True) as other:
            other.execute(_END_ALL)
        session.change("INSERT INTO public.kept VALUES (1)")
    with database.read() as session:
        assert session.rows("SELECT to_regclass('public.kept')") == [(None,)]
    database.close()


def test_a_database_that_is_away_is_told_from_one_that_is_busy(postgres: PostgresServer) -> None:
    url = postgres.empty_database()
    database = PostgresDatabase(url, connections=1, wait_s=0.3)
    with database.read(), pytest.raises(Busy), database.read():
        pass
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as other:
        other.execute(f"DROP DATABASE {url.partition('@/')[2].partition('?')[0]} WITH (FORCE)")
    with pytest.raises(Unreachable, match="does not exist"), database.read():
        pass
    database.close()
