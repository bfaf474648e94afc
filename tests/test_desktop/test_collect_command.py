"""`whimbrel collect` as real processes: on SQLite, on PostgreSQL, over TLS, killed and started again."""

from __future__ import annotations

import html
import json
import signal
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from collect_running import RunningCollector, certificate, collect_command
from collecting import Sender
from collector_requests import enrolment, sent
from postgres_server import PostgresServer

from desktop.collect import upkeep
from store.collector.devices import Admitted
from store.collector.errors import Unreachable
from store.collector.migrations import MIGRATIONS
from store.protocol import ENROL

Start = Callable[..., RunningCollector]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts collectors that end with the test."""
    started: list[RunningCollector] = []

    def begin(*words: str) -> RunningCollector:
        started.append(RunningCollector(words).start())
        return started[-1]

    yield begin
    for each in started:
        if each.process is not None and each.process.poll() is None:
            each.stop()


def client(url: str, token: str = "", verify: ssl.SSLContext | bool = True) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=url, headers=headers, trust_env=False, timeout=20, verify=verify)


def comes_in(url: str, code: str, verify: ssl.SSLContext | bool = True) -> Sender:
    with client(url, verify=verify) as stranger:
        answer = stranger.post(ENROL, json=enrolment(code)).json()
    return Sender(Admitted(bytes.fromhex(answer["device_id"]), answer["token"]))


def send(url: str, sender: Sender, count: int) -> dict[str, int]:
    with client(url, sender.admitted.token) as device:
        answer: dict[str, int] = sent(device, sender.batch(*sender.records(count))).json()
    return answer


def test_from_nothing_to_a_collector_that_was_killed_and_restored(start: Start, tmp_path: Path) -> None:
    folder = ("--data-dir", str(tmp_path / "centre"))
    code = collect_command("enrolment-code", "--group", "field", *folder).splitlines()[0]
    running = start(*folder)
    sender = comes_in(running.url, code)
    assert send(running.url, sender, 3)["accepted"] == 3
    running.stop(signal.SIGKILL)
    again = start(*folder)
    assert again.collector_id == running.collector_id
    assert send(again.url, sender, 2)["accepted"] == 2
    [device] = json.loads(collect_command("devices", "--json", *folder))
    assert (device["name"], device["group"], device["accepted"]) == ("laptop", "field", 5)
    assert "laptop" not in collect_command("devices", "--silent-for", "1", *folder)
    copy, elsewhere = str(tmp_path / "copy"), ("--database", str(tmp_path / "restored.sqlite3"))
    assert "copied to" in collect_command("backup", copy, *folder)
    assert "is restored" in collect_command("restore", copy, *elsewhere)
    collect_command("revoke", "laptop", *folder)
    with client(again.url, sender.admitted.token) as revoked:
        assert sent(revoked, sender.batch(*sender.records(1))).status_code == 401
    assert "device-revoked" in collect_command("audit", *folder)
    assert json.loads(collect_command("devices", "--json", *elsewhere))[0]["accepted"] == 5
    assert again.stop() == 0


def test_two_on_one_postgres_and_one_is_killed(
    start: Start, postgres: PostgresServer, tmp_path: Path
) -> None:
    words = ("--database", postgres.empty_database(), "--data-dir", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"is empty\. Run `whimbrel collect migrate`"):
        start(*words)
    assert f"schema {MIGRATIONS[-1].number}" in collect_command("migrate", *words)
    code = collect_command("enrolment-code", *words).splitlines()[0]
    first, second = start(*words), start(*words)
    sender = comes_in(first.url, code)
    batch = sender.batch(*sender.records(20))
    with client(first.url, sender.admitted.token) as device:
        assert sent(device, batch).json()["accepted"] == 20
    first.stop(signal.SIGKILL)
    with client(second.url, sender.admitted.token) as device:
        assert sent(device, batch).json()["duplicate"] == 20
    assert json.loads(collect_command("devices", "--json", *words))[0]["accepted"] == 20


def test_over_tls(start: Start, tmp_path: Path) -> None:
    cert, key = certificate(tmp_path)
    folder = ("--data-dir", str(tmp_path / "centre"))
    code = collect_command("enrolment-code", *folder).splitlines()[0]
    running = start("--tls-cert", str(cert), "--tls-key", str(key), *folder)
    assert running.url.startswith("https://127.0.0.1:")
    assert comes_in(running.url, code, ssl.create_default_context(cafile=str(cert))).admitted.token
    with pytest.raises(httpx.ConnectError), client(running.url) as distrustful:
        distrustful.get("/healthz")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--address", "0.0.0.0"], "would take plain HTTP from other machines"),
        (["--address", "192.0.2.7"], "would take plain HTTP from other machines"),
        (["--tls-cert", "missing.pem"], "Only one of --tls-cert and --tls-key"),
        (["--tls-cert", "missing.pem", "--tls-key", "missing.pem"], "can't be used"),
        (["--database", "/dev/null/x"], "can't be reached"),
    ],
)
def test_what_it_refuses_to_start_with(
    words: list[str], sentence: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from desktop.cli import main

    assert main(["collect", *words, "--data-dir", str(tmp_path)]) > 0
    assert sentence in capsys.readouterr().err


def test_a_proxy_in_front_may_be_elsewhere(start: Start, tmp_path: Path) -> None:
    running = start("--address", "0.0.0.0", "--behind-proxy", "--data-dir", str(tmp_path))
    with client(running.url.replace("0.0.0.0", "127.0.0.1")) as watcher:
        assert watcher.get("/metrics").status_code == 200
        from_afar = {"X-Forwarded-For": "203.0.113.9"}
        assert watcher.get("/metrics", headers=from_afar).status_code == 401


def test_a_replica_that_is_not_there_keeps_nobody_from_sending(start: Start, tmp_path: Path) -> None:
    words = ("--data-dir", str(tmp_path))
    running = start(*words, "--analytics-url", str(tmp_path / "nowhere.sqlite3"))
    code = collect_command("enrolment-code", *words).splitlines()[0]
    comes_in(running.url, code)
    name, password = {"name": "vera"}, "a short sentence"
    collect_command("account", "vera", *words, said=password)
    with client(running.url) as vera:
        vera.headers["Origin"] = running.url
        assert vera.post("/team/sign-in", data={**name, "password": password}).status_code == 303
        assert vera.get("/").status_code == 200
        told = vera.get("/team/statistics")
        assert (told.status_code, "can't be reached" in html.unescape(told.text)) == (503, True)


def test_a_time_without_the_database_is_survived() -> None:
    rounds: list[float] = []

    class Gone:
        def count(self) -> None:
            raise Unreachable("Gone.")

    upkeep(Gone(), lambda seconds: bool(rounds.append(seconds)) or len(rounds) == 2)  # type: ignore[arg-type, func-returns-value]
    assert rounds == [60.0, 60.0]
