"""The benchmark's page: built from the real one's sources, served with its headers, opened in Chromium."""

from __future__ import annotations

import asyncio
import mimetypes
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tornado.httpserver
import tornado.web
from playwright.sync_api import Page, sync_playwright
from tornado.netutil import bind_sockets

ROOT = Path(__file__).resolve().parent.parent
HARNESS = ROOT / "benchmarks" / "page_inference"
PAGE = ROOT / "webui" / "page"
BUILT = ROOT / "build" / "page_inference"
CHROMIUM = ("/usr/bin/chromium", "/usr/bin/google-chrome", "/usr/bin/chromium-browser")
BROWSER_FLAGS = ("--no-sandbox", "--use-angle=swiftshader", "--enable-unsafe-swiftshader")
POLICY = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'{worker}; connect-src 'self'; "
    "img-src 'self' blob:; worker-src 'self' blob:; style-src 'self'; base-uri 'none'"
)


def build() -> None:
    """The peers' packages and the bundle, with the page's own Vite."""
    npm = shutil.which("npm")
    if npm is None:
        raise SystemExit("npm is missing: install Node 20 or newer and run the benchmark again.")
    if not (HARNESS / "node_modules" / "onnxruntime-web").is_dir():
        install = [npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        subprocess.run(install, cwd=HARNESS, check=True)
    vite = PAGE / "node_modules" / "vite" / "bin" / "vite.js"
    config = HARNESS / "vite.config.mjs"
    words: list[str | Path] = [
        "node",
        vite,
        "build",
        HARNESS,
        "--config",
        config,
        "--outDir",
        BUILT,
        "--emptyOutDir",
    ]
    subprocess.run([*words, "--logLevel", "error"], cwd=PAGE, check=True)


class _File(tornado.web.StaticFileHandler):
    """A file with the headers under which the program serves its page."""

    def set_extra_headers(self, path: str) -> None:
        """As webui/security.py has them: threads need them, and a policy may cost time."""
        worker = " blob:" if "inference-worker" in path else ""
        self.set_header("Content-Security-Policy", POLICY.format(worker=worker))
        for name, value in (("Opener", "same-origin"), ("Embedder", "require-corp")):
            self.set_header(f"Cross-Origin-{name}-Policy", value)
        self.set_header("Cross-Origin-Resource-Policy", "same-origin")
        self.set_header("Cache-Control", "public, max-age=31536000, immutable")


@contextmanager
def served(folders: dict[str, Path]) -> Iterator[str]:
    """Serves each folder under its path on a free port, on a thread of its own; gives the origin."""
    mimetypes.add_type("text/javascript", ".mjs")
    mimetypes.add_type("application/wasm", ".wasm")
    routes = [
        (f"{path}(.*)", _File, {"path": str(folder), "default_filename": "index.html"})
        for path, folder in folders.items()
    ]
    loop = asyncio.new_event_loop()
    [socket] = bind_sockets(0, "127.0.0.1")
    port = socket.getsockname()[1]

    def run() -> None:
        asyncio.set_event_loop(loop)
        application = tornado.web.Application(routes, log_function=lambda _handler: None)
        tornado.httpserver.HTTPServer(application).add_sockets([socket])
        loop.run_forever()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        loop.call_soon_threadsafe(loop.stop)
        thread.join()


@contextmanager
def harness_page(origin: str) -> Iterator[Page]:
    """The harness in a real Chromium; what its console says on error is shown."""
    executable = next((path for path in CHROMIUM if Path(path).exists()), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=list(BROWSER_FLAGS))
        page = browser.new_page()
        page.on("pageerror", lambda error: print(f"page: {error}", flush=True))
        page.goto(origin + "/")
        page.wait_for_function("globalThis.bench !== undefined")
        page.set_default_timeout(600_000)
        yield page
        browser.close()


def call(page: Page, function: str, *arguments: object) -> Any:  # noqa: ANN401 - JSON from the page
    """`bench.<function>(...arguments)` in the page."""
    return page.evaluate(f"(given) => bench.{function}(...given)", list(arguments))


def cores() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
