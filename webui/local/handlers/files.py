"""Files: what the page's build made, and the sets of the model registry."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path, PurePath

from tornado.web import StaticFileHandler

from webui import problems
from webui.base_handler import Authentication, BaseHandler
from webui.local.local_handler import LocalHandler
from webui.local.page import plain_page
from webui.local.services import ModelRegistry
from webui.problems import Problem
from webui.security import content_security_policy

INDEX = "index.html"
IMMUTABLE = "max-age=31536000, immutable"
_INFERENCE_WORKER = re.compile(r"inference-worker-[\w-]+\.js")
# Our own table: the machine's (a registry on Windows) has been seen to call scripts plain text.
_MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".jpg": "image/jpeg",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".map": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}


class FileHandler(BaseHandler, StaticFileHandler):
    """Serves files of one folder by Tornado's handler: streamed, with ranges and conditional requests."""

    authentication = Authentication.COOKIE
    folder: Path
    caching = "no-cache"

    def head(self, *path: str) -> Awaitable[None]:
        """As GET, without the content."""
        get: Callable[..., Awaitable[None]] = self.get
        return get(*path, include_body=False)

    async def get(self, path: str, include_body: bool = True) -> None:
        """One file below the folder."""
        self.root, self.default_filename = str(self.folder), None
        await StaticFileHandler.get(self, path, include_body)
        if self.get_status() == problems.RANGE.status:
            self.answer_problem(problems.from_status(problems.RANGE.status))

    def get_content_type(self) -> str:
        """By our own table; bytes for what is not in it."""
        return _MEDIA_TYPES.get(PurePath(self.absolute_path or "").suffix.lower(), "application/octet-stream")

    def compute_etag(self) -> str | None:
        """Size and time of change: no file is read for its tag."""
        if getattr(self, "absolute_path", None) is None:
            return None
        stat = self._stat()
        return f'"{stat.st_size:x}-{stat.st_mtime_ns:x}"'

    def get_cache_time(self, *_: object) -> int:
        """None by Tornado's rules: `caching` says it all."""
        return 0

    def set_extra_headers(self, path: str) -> None:  # noqa: ARG002 - for subclasses
        """How long a browser may keep the file."""
        self.set_header("Cache-Control", self.caching)


class AssetHandler(FileHandler):
    """`GET /assets/…`: the program's own code. The inference worker alone may use blob: scripts."""

    authentication = Authentication.NONE
    caching = f"public, {IMMUTABLE}"

    def set_extra_headers(self, path: str) -> None:
        """Adds the worker's own policy to the caching."""
        super().set_extra_headers(path)
        if _INFERENCE_WORKER.fullmatch(path):
            self.set_header("Content-Security-Policy", content_security_policy(blob_scripts=True))


class RootFileHandler(FileHandler):
    """`GET /favicon.ico` and its like: files beside the page, but not the page itself."""

    authentication = Authentication.NONE

    async def get(self, path: str, include_body: bool = True) -> None:
        """One file beside the page."""
        if path.lower() == INDEX:
            raise problems.from_status(404)
        await super().get(path, include_body)


class ServiceWorkerHandler(FileHandler):
    """`GET /sw.js`: the browser asks for it anew by itself."""

    authentication = Authentication.NONE

    async def get(self, path: str = "sw.js", include_body: bool = True) -> None:
        """The script."""
        await super().get(path, include_body)

    def set_extra_headers(self, path: str) -> None:
        """Says which addresses it may serve."""
        super().set_extra_headers(path)
        self.set_header("Service-Worker-Allowed", "/")


class IndexHandler(FileHandler):
    """`GET /`: the page."""

    authentication = Authentication.COOKIE

    async def get(self, path: str = INDEX, include_body: bool = True) -> None:
        """The page, or what to do where it was not built."""
        if not (self.folder / path).is_file():
            raise Problem(
                problems.NOT_BUILT,
                "Whimbrel's page is not there: this copy of the program was not built.",
                "Run `python3 build_scripts/dev.py setup` and reload.",
            )
        await super().get(path, include_body)

    def answer_problem(self, problem: Problem) -> None:
        """For people, not for programs."""
        plain_page(self, problem)


class ModelFileHandler(FileHandler, LocalHandler):
    """`GET /models/{sha256}/{name}`: named by their content, so they never change."""

    authentication = Authentication.COOKIE
    caching = f"private, {IMMUTABLE}"
    registry: ModelRegistry
    folder = Path()

    async def get(  # type: ignore[override]
        self, set_id: str, name: str, include_body: bool = True
    ) -> None:
        """One of the files that the registry knows."""
        file = await self.call(self.registry.file, set_id, name)
        if file is None:
            raise problems.from_status(404)
        self.folder = file.parent
        await super().get(file.name, include_body)
