"""Who may ask: exact Host, equal Origin, no fetch of another site's, on every route there is."""

from __future__ import annotations

import socket

import httpx
import pytest
from serving import JSON, Served


def refusal(response: httpx.Response) -> tuple[int, str]:
    assert response.status_code >= 400
    return response.status_code, response.json()["type"].removeprefix("urn:whimbrel:problem:")


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_both_names_of_this_machine_are_taken_with_their_own_origin(
    served: Served, page: httpx.Client, name: str
) -> None:
    own = {"Host": f"{name}:{served.port}", "Origin": f"http://{name}:{served.port}"}
    assert page.get("/api/session", headers=own).status_code == 200
    assert page.patch("/api/settings", json={"theme": "dark"}, headers=own).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "attacker.example",
        "attacker.example:{port}",
        "127.0.0.1",
        "127.0.0.1:{other}",
        "localhost",
        "localhost.:{port}",
        "LOCALHOST:{port}",
        "127.0.0.1.:{port}",
        "127.1:{port}",
        "0.0.0.0:{port}",
        "[::1]:{port}",
        "127.0.0.1:{port}.attacker.example",
        "attacker.example#127.0.0.1:{port}",
    ],
)
@pytest.mark.parametrize("path", ["/", "/readyz", "/api/session", "/assets/index-abcd1234.js", "/nowhere"])
def test_a_name_pointed_at_this_machine_gets_nothing(
    served: Served, page: httpx.Client, host: str, path: str
) -> None:
    host = host.format(port=served.port, other=served.port + 1)
    refused = page.get(path, headers={"Host": host})
    assert refused.status_code in (400, 403)
    if refused.content:  # Tornado itself drops what is no host at all
        assert "called by a name that is not its own" in refused.text


def test_two_hosts_are_none(served: Served) -> None:
    with socket.create_connection(("127.0.0.1", served.port)) as raw:
        good = f"Host: 127.0.0.1:{served.port}\r\n"
        raw.sendall(f"GET /readyz HTTP/1.1\r\n{good}Host: attacker.example\r\n\r\n".encode())
        assert raw.recv(65_536).split(b" ")[1] in (b"400", b"403")


@pytest.mark.parametrize(
    "origin",
    [
        "http://attacker.example",
        "http://127.0.0.1:{other}",
        "http://127.0.0.1",
        "https://127.0.0.1:{port}",
        "http://localhost:{port}",
        "http://127.0.0.1:{port}/",
        "http://127.0.0.1:{port}.attacker.example",
        "http://127.0.0.1:{port}, http://127.0.0.1:{port}",
        "null",
        "",
    ],
)
@pytest.mark.parametrize(
    ("method", "path"), [("PATCH", "/api/settings"), ("GET", "/api/session"), ("GET", "/readyz")]
)
def test_another_origin_is_refused_on_safe_methods_too(
    served: Served, page: httpx.Client, origin: str, method: str, path: str
) -> None:
    foreign = origin.format(port=served.port, other=served.port + 1)
    refused = page.request(method, path, headers={**JSON, "Origin": foreign}, content=b'{"theme": "dark"}')
    assert refusal(refused) == (403, "wrong-origin")
    assert served.store.settings.all()["theme"] == "system"


@pytest.mark.parametrize("site", ["cross-site", "same-site", "something-new"])
def test_a_fetch_of_another_site_is_refused(page: httpx.Client, site: str) -> None:
    for path in ("/api/session", "/readyz", "/assets/index-abcd1234.js"):
        assert refusal(page.get(path, headers={"Sec-Fetch-Site": site})) == (403, "wrong-origin")


def test_another_sites_link_to_the_page_is_refused_in_words_for_people(page: httpx.Client) -> None:
    refused = page.get("/", headers={"Sec-Fetch-Site": "cross-site"})
    assert refused.status_code == 403
    assert "Open Whimbrel itself" in refused.text
    assert "text/html" in refused.headers["Content-Type"]


def test_an_address_typed_by_the_user_is_taken(page: httpx.Client) -> None:
    del page.headers["Origin"]
    assert page.get("/", headers={"Sec-Fetch-Site": "none"}).status_code == 200


def test_what_changes_something_needs_an_origin(served: Served, page: httpx.Client) -> None:
    del page.headers["Origin"]
    for method, path in (
        ("PATCH", "/api/settings"),
        ("POST", "/api/statistics"),
        ("POST", "/api/handover"),
        ("POST", "/api/models/rollback"),
        ("POST", "/api/models/import"),
        ("POST", "/api/models/fetch"),
        ("POST", "/api/models/some/activate"),
    ):
        assert refusal(page.request(method, path, json={})) == (403, "wrong-origin"), path
    assert served.windows_raised == []


def test_a_preflight_gets_no_permission(page: httpx.Client) -> None:
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for origin in ({}, {"Origin": "http://attacker.example"}):
        answered = page.options("/api/statistics", headers={**asked, **origin})
        assert answered.status_code in (403, 405)
        assert not [name for name in answered.headers if name.startswith("access-control")]


def test_nobody_listens_to_forwarded_names(served: Served, page: httpx.Client) -> None:
    lies = {
        "X-Forwarded-Host": f"127.0.0.1:{served.port}",
        "X-Real-Ip": "8.8.8.8",
        "Host": "attacker.example",
    }
    assert refusal(page.get("/readyz", headers=lies)) == (403, "wrong-host")
