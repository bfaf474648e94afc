"""What every answer carries and every request must show before a handler sees it (docs/threat-model.md)."""

from __future__ import annotations

from collections.abc import Mapping

from webui.problems import WRONG_HOST, WRONG_ORIGIN, Problem

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_SITE = frozenset({"same-origin", "none"})
_POLICY = {
    "default-src": "'none'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "connect-src": "'self'",
    "img-src": "'self' blob: data:",
    "worker-src": "'self' blob:",
    "style-src": "'self'",
    "manifest-src": "'self'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "base-uri": "'none'",
}


def content_security_policy(*, blob_scripts: bool = False) -> str:
    """The policy of an answer. `blob_scripts` is for the inference worker's own file and nothing else.

    The threads of TF.js' WASM backend start from a blob: address and live under the policy of the worker that
    started them (measured: without it the backend runs on one thread).
    """
    script = _POLICY["script-src"] + (" blob:" if blob_scripts else "")
    return "; ".join(f"{name} {value}" for name, value in {**_POLICY, "script-src": script}.items())


SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": content_security_policy(),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


def check_origin(method: str, headers: Mapping[str, str], port: int) -> None:
    """Refuses a request that some other page, or a name that was pointed at this machine, could have sent.

    `port` is the port that the request arrived on. A cookie is no defence between two ports of one machine
    (they are one site), so the Origin header is checked by exact comparison on everything that changes state.

    Raises:
        Problem: 403, wrong Host, another Origin, no Origin on an unsafe method, or another site's fetch.
    """
    host = headers.get("Host", "")
    if host not in (f"127.0.0.1:{port}", f"localhost:{port}"):
        raise Problem(
            WRONG_HOST,
            "Whimbrel was called by a name that is not its own.",
            f"Open http://127.0.0.1:{port}/ instead.",
        )
    origin = headers.get("Origin")
    foreign = origin != f"http://{host}" if origin is not None else method not in SAFE_METHODS
    if foreign or headers.get("Sec-Fetch-Site", "none") not in _OWN_SITE:
        raise Problem(
            WRONG_ORIGIN,
            "This request was sent by another page or program than Whimbrel's own.",
            "Open Whimbrel itself and do it there; a program must send Whimbrel's own address as its Origin.",
        )
