"""Links, cookies, and what somebody without them sees."""

from __future__ import annotations

import logging

import httpx
import pytest
from serving import Served

from webui.local.session_keys import cookie_for, enter_path


def test_a_link_sets_the_cookie_and_goes_on_to_the_page(served: Served, stranger: httpx.Client) -> None:
    entered = stranger.get(enter_path(served.services.keys.issue_link()))
    assert entered.status_code == 200
    assert '<script src="/enter.js"></script>' in entered.text
    assert stranger.get("/enter.js").text == "location.replace('/');\n"
    cookie = entered.headers["Set-Cookie"]
    assert cookie.startswith(f"whimbrel_{served.services.install_id}=v1.")
    attributes = {part.strip().lower() for part in cookie.split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/", "max-age=34560000"} <= attributes
    assert not any(part.startswith("domain") for part in attributes)
    assert stranger.get("/").status_code == 200


def test_a_link_works_for_one_visitor_only(served: Served) -> None:
    link = enter_path(served.services.keys.issue_link())
    with served.stranger() as first, served.stranger() as second:
        assert first.get(link).status_code == 200
        refused = second.get(link)
        assert refused.status_code == 403
        assert "text/html" in refused.headers["Content-Type"]
        assert "Open Whimbrel again" in refused.text
        assert "Set-Cookie" not in refused.headers
        assert second.get("/").status_code == 401


def test_who_is_in_already_may_open_an_old_link(served: Served, page: httpx.Client) -> None:
    del page.headers["Origin"]
    assert page.get("/enter?key=of-yesterday").status_code == 200


@pytest.mark.parametrize("query", ["", "?key=", "?key=wrong", "?other=1", "?key=%FF%00"])
def test_a_wrong_link_is_refused_kindly(stranger: httpx.Client, query: str) -> None:
    refused = stranger.get(f"/enter{query}")
    assert refused.status_code == 403
    assert "Open Whimbrel again" in refused.text
    assert "Set-Cookie" not in refused.headers


def test_asking_for_the_headers_of_a_link_does_not_spend_it(served: Served, stranger: httpx.Client) -> None:
    link = enter_path(served.services.keys.issue_link())
    assert stranger.head(link).status_code == 405
    assert stranger.get(link).status_code == 200


def test_the_page_without_a_cookie_says_what_to_do(stranger: httpx.Client) -> None:
    refused = stranger.get("/")
    assert refused.status_code == 401
    assert "text/html" in refused.headers["Content-Type"]
    assert "not connected" in refused.text
    assert "Open Whimbrel again" in refused.text
    assert "<script" not in refused.text


@pytest.mark.parametrize(
    "path",
    [
        "/api/session",
        "/api/pictures",
        f"/api/pictures/{'0' * 64}/thumbnail",
        "/api/labels",
        "/api/settings",
        "/api/models",
        "/api/events",
        "/api/openapi.json",
        "/api/jobs/1",
        f"/models/{'0' * 64}/backbone.json",
    ],
)
def test_nothing_of_the_user_is_told_to_strangers(served: Served, stranger: httpx.Client, path: str) -> None:
    name = served.services.keys.cookie_name
    for forged in ("", f"{name}=", f"{name}=v1.AAAAAAAAAAAAAAAAAAAAAA.{'A' * 43}", f"{name}={'x' * 3000}"):
        refused = stranger.get(path, headers={"Cookie": forged} if forged else {})
        assert refused.status_code == 401
        assert refused.headers["Content-Type"] == "application/problem+json"
        assert refused.json()["type"] == "urn:whimbrel:problem:not-signed-in"


def test_a_cookie_of_another_installation_is_worth_nothing(served: Served, stranger: httpx.Client) -> None:
    name, value = cookie_for(served.data_dir)
    nonce, signature = value.split(".")[1:]
    forged = f"v1.{nonce}.{signature[::-1]}"
    assert stranger.get("/api/session", headers={"Cookie": f"{name}={forged}"}).status_code == 401
    assert stranger.get("/api/session", headers={"Cookie": f"whimbrel_0={value}"}).status_code == 401
    assert stranger.get("/api/session", headers={"Cookie": f"{name}={value}"}).status_code == 200


def test_the_cookie_is_found_among_those_of_other_local_programs(
    served: Served, stranger: httpx.Client
) -> None:
    name, value = cookie_for(served.data_dir)
    crowd = f'odd={{"a": [1]}}; ; =x; other="; {name}={value}; last'
    assert stranger.get("/api/session", headers={"Cookie": crowd}).status_code == 200


def test_readiness_is_told_to_everyone(stranger: httpx.Client) -> None:
    assert stranger.get("/readyz").json() == {"ready": True}


def test_a_second_start_gets_a_fresh_link(served: Served, page: httpx.Client) -> None:
    handed = page.post("/api/handover", json={}).json()
    assert handed["window"] is False
    assert served.windows_raised == [1]
    assert handed["url"].startswith(f"{served.origin}/enter?key=")
    with served.stranger() as browser:
        assert browser.get(handed["url"]).status_code == 200
        assert browser.get("/").status_code == 200


def test_no_key_and_no_cookie_gets_into_the_log(
    served: Served, stranger: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key = served.services.keys.issue_link()
    stranger.get(enter_path(key))
    stranger.get(enter_path(key), headers={"Cookie": ""})
    stranger.get("/enter?key=%FF")
    stranger.post("/nowhere?key=hush", content=b"{", headers={"Origin": served.origin})
    ours = [record for record in caplog.records if not record.name.startswith(("httpx", "httpcore"))]
    said = "\n".join(record.getMessage() for record in ours)
    assert "200 GET /enter" in said
    assert "key=" not in said
    for secret in (key, served.services.keys.secret.hex(), *stranger.cookies.values()):
        assert secret not in said
