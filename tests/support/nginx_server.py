"""Debian's nginx with the site of docs/operations.md, in front of collectors that run here."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from running import ROOT

OPERATIONS = ROOT / "docs" / "operations.md"
PROGRAM = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
MOST_TRIES = 20
_KEPT_IN = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
_READY = "start worker process"
_AROUND = """
{user}daemon off;
pid {folder}/nginx.pid;
error_log stderr notice;
worker_processes 1;
events {{ worker_connections 256; }}
http {{
    access_log off;
    {temporary}
    {site}
}}
"""


def site_of_the_docs() -> str:
    """The site as an administrator copies it."""
    found = re.search(r"```nginx\n(.*?)```", OPERATIONS.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


def site_for(instances: Sequence[str], port: int, certificate: Path, key: Path) -> str:
    """The same for these instances (URLs), on a port of this machine, with this certificate."""
    servers = "".join(f"server {url.partition('//')[2]} max_fails=0;\n" for url in instances)
    site, changed = re.subn(
        r"(\s*server 127\.0\.0\.1:\d+ max_fails=0;\n)+", f"\n{servers}", site_of_the_docs()
    )
    assert changed == 1
    for before, after in (
        (r"listen 443 ssl;\s*listen \[::\]:443 ssl;", f"listen 127.0.0.1:{port} ssl;"),
        (r"ssl_certificate \S+;", f"ssl_certificate {certificate};"),
        (r"ssl_certificate_key \S+;", f"ssl_certificate_key {key};"),
    ):
        site, changed = re.subn(before, after, site)
        assert changed == 1, before
    return site


@contextmanager
def nginx(folder: Path, instances: Sequence[str], certificate: Path, key: Path) -> Iterator[int]:
    """Runs it until the block ends; the port at which it speaks HTTPS."""
    for _ in range(MOST_TRIES):
        port = _free_port()
        process = _started(folder, site_for(instances, port, certificate, key))
        if _is_ready(process):
            break
    else:
        raise RuntimeError("nginx found no port")
    assert process.stderr is not None
    reader = threading.Thread(target=process.stderr.read, name="nginx-log", daemon=True)
    reader.start()
    try:
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)
        reader.join()
        process.stderr.close()


def _started(folder: Path, site: str) -> subprocess.Popen[str]:
    assert PROGRAM is not None
    folder.mkdir(exist_ok=True)
    temporary = " ".join(f"{name}_temp_path {folder}/{name};" for name in _KEPT_IN)
    user = "user root;\n" if os.geteuid() == 0 else ""  # the folder is its owner's alone
    config = folder / "nginx.conf"
    config.write_text(_AROUND.format(user=user, folder=folder, temporary=temporary, site=site))
    command = [PROGRAM, "-p", str(folder), "-c", str(config), "-e", "stderr"]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
    return port


def _is_ready(process: subprocess.Popen[str]) -> bool:
    """Waits until it listens; False where somebody else took the port meanwhile. Raises RuntimeError."""
    assert process.stderr is not None
    told = ""
    for line in process.stderr:
        told += line
        if _READY in line:
            return True
    process.communicate()
    if "Address already in use" not in told:
        raise RuntimeError(told)
    return False
