"""`whimbrel serve` and `run` as real processes on data folders of their own."""

from __future__ import annotations

import http.client
import json
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from command_line import CLI, whimbrel
from running import ROOT, Whimbrel, running

from desktop.data_folder import DataFolder
from desktop.errors import PlainError
from desktop.running_app import RunningApp, find_running


def get(port: int, path: str, headers: dict[str, str] | None = None) -> tuple[int, bytes, str]:
    """Status, content and the cookie that an answer sets."""
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", path, headers=headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read(), (answer.getheader("Set-Cookie") or "").partition(";")[0]


@pytest.fixture
def app(data_dir: Path) -> Iterator[Whimbrel]:
    with running(data_dir) as started:
        yield started


def test_serve_prints_one_line_whose_link_lets_in_once(app: Whimbrel, data_dir: Path) -> None:
    assert get(app.port, "/readyz")[0] == 200
    assert get(app.port, "/api/session")[0] == 401
    path = app.link.removeprefix(app.origin)
    status, _, cookie = get(app.port, path)
    assert status == 200
    assert get(app.port, path)[0] in (401, 403, 410)
    status, content, _ = get(app.port, "/api/session", {"Cookie": cookie})
    assert status == 200
    assert json.loads(content)["model"]["id"].startswith("efficientnet-lite0")
    app.stop()
    assert app.output == [f"Whimbrel is ready: {app.link}"]
    key = app.link.partition("key=")[2]
    logs = b"".join(path.read_bytes() for path in (data_dir / "logs").iterdir())
    assert logs
    assert key.encode() not in logs
    assert cookie.partition("=")[2].encode() not in logs


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_with_a_stream_open(
    app: Whimbrel, data_dir: Path, number: signal.Signals
) -> None:
    _, _, cookie = get(app.port, app.link.removeprefix(app.origin))
    with closing(http.client.HTTPConnection("127.0.0.1", app.port, timeout=10)) as stream:
        stream.request("GET", "/api/events", headers={"Cookie": cookie})
        assert stream.getresponse().status == 200
        assert app.stop(number) == 0
    assert not (data_dir / "running.json").exists()
    assert not (data_dir / "memory-open").exists(), "the memory was not closed"
    with closing(socket.socket()) as again:
        assert again.connect_ex(("127.0.0.1", app.port)) != 0


def test_port_and_cookie_outlive_a_restart(app: Whimbrel, data_dir: Path) -> None:
    _, _, cookie = get(app.port, app.link.removeprefix(app.origin))
    app.stop()
    with running(data_dir) as again:
        assert again.port == app.port
        assert get(again.port, "/api/session", {"Cookie": cookie})[0] == 200


def test_a_killed_one_leaves_nothing_in_the_way(app: Whimbrel, data_dir: Path) -> None:
    app.stop(signal.SIGKILL)
    with running(data_dir) as again:
        assert again.port == app.port


def test_a_second_start_hands_over_to_the_first(app: Whimbrel, data_dir: Path) -> None:
    for arguments in (["run"], ["serve", "--no-browser"], ["run", "--no-window"]):
        second = whimbrel(*arguments, "--data-dir", data_dir)
        assert (second.returncode, second.stderr) == (0, "")
        sentence, _, link = second.stdout.strip().rpartition(" ")
        assert sentence == "Whimbrel is already running on this data folder:"
        assert link.startswith(f"{app.origin}/enter?key=")
        assert get(app.port, link.removeprefix(app.origin))[0] == 200


def test_a_second_start_does_not_hang_on_one_that_does_not_answer(app: Whimbrel, data_dir: Path) -> None:
    (data_dir / "running.json").write_text(json.dumps({"pid": 1, "port": 1}))
    now = iter(range(100))
    with pytest.raises(PlainError, match=r"\(process 1\) holds the data folder .* but does not answer"):
        find_running(DataFolder(data_dir), lambda: float(next(now)), lambda _: None)


def test_an_app_that_is_gone_or_refuses_is_a_sentence(app: Whimbrel, data_dir: Path) -> None:
    running_app = RunningApp(app.port, data_dir)
    with pytest.raises(PlainError, match="There is no model version of this name"):
        running_app.call("POST", "/api/models/none/activate", {})
    app.stop()
    with pytest.raises(PlainError, match=f"runs on port {app.port} stopped answering"):
        running_app.call("GET", "/api/models")


def test_two_folders_run_side_by_side(app: Whimbrel, prepared_copy: Path) -> None:
    with running(prepared_copy) as other:
        assert other.port != app.port
        assert get(other.port, "/readyz")[0] == get(app.port, "/readyz")[0] == 200


def test_a_taken_port_is_one_sentence(data_dir: Path) -> None:
    with closing(socket.socket()) as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        told = whimbrel("serve", "--no-browser", "--port", port, "--data-dir", data_dir)
    assert told.returncode == 1
    assert told.stdout == ""
    assert told.stderr == (
        f"Port {port} is already in use by another program. "
        "Choose another with --port, or leave --port out.\n"
    )


def test_a_file_as_data_folder_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "letter").write_text("not a folder")
    told = whimbrel("serve", "--data-dir", tmp_path / "letter")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.count("\n") == 1
    assert "is a file" in told.stderr


def test_a_read_only_data_folder_is_one_sentence(data_dir: Path) -> None:
    told = read_only(data_dir, "serve", "--no-browser")
    assert (told.returncode, told.stdout) == (1, "")
    assert told.stderr.count("\n") == 1
    assert f"can't write in its data folder {data_dir} (Read-only file system)" in told.stderr


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    script = 'mount -t tmpfs -o size=64k tmpfs "$0" && head -c 65536 /dev/zero >"$0/fill"; exec "$@"'
    told = unshared(script, full, "serve", "--no-browser")
    assert (told.returncode, told.stdout) == (1, "")
    assert f"The disk of the data folder {full} is full" in told.stderr


def read_only(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command line on a folder that is mounted read-only for it (root may write past permissions)."""
    return unshared('mount --bind "$0" "$0" && mount -o remount,ro,bind "$0"; exec "$@"', folder, *arguments)


def unshared(script: str, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command line on a folder, after a shell script with its own mounts; skips where that may not be."""
    if subprocess.run(["unshare", "-m", "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("Mounting needs root.")
    words = [*CLI, *arguments, "--data-dir", str(folder)]
    return subprocess.run(
        ["unshare", "-m", "sh", "-c", script, str(folder), *words],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
