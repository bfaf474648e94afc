"""The team's pages: who gets in, what they see, and what only an admin may do."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from collecting import Sender, enrolled, inference, newcomer, value
from collector_serving import ServedCollector
from local_records import NOW
from playwright.sync_api import Playwright
from running import HEADLESS, QUIET_CHROMIUM
from team_pages import PASSWORD, team_collector, text_of
from two_hands import TwoHands

from store.collector import passwords
from store.collector.errors import CollectorError

DAY_MS = 86_400_000
NOTHING = {"": ""}


@pytest.fixture
def clock() -> TwoHands:
    return TwoHands()


@pytest.fixture
def served(tmp_path: Path, clock: TwoHands) -> Iterator[ServedCollector]:
    with team_collector(tmp_path, clock) as found:
        yield found


def sign_in(client: httpx.Client, name: str, password: str = PASSWORD) -> httpx.Response:
    return client.post("/team/sign-in", data={"name": name, "password": password}, headers=own(client))


def own(client: httpx.Client) -> dict[str, str]:
    return {"Origin": str(client.base_url).rstrip("/")}


def test_nobody_gets_in_without_an_account(served: ServedCollector) -> None:
    with served.client() as stranger:
        for path in ("/", "/team/incoming", "/team/rejected", "/team/disagreements", "/team/log"):
            answer = stranger.get(path)
            assert answer.status_code == 401
            assert 'name="password"' in answer.text
        assert sign_in(stranger, "ada", "wrong sentence").status_code == 401
        assert sign_in(stranger, "nobody").status_code == 401
        assert stranger.get("/").status_code == 401
        stranger.cookies.set("whimbrel_team", "made up")
        assert stranger.get("/").status_code == 401


def test_signing_in_and_out(served: ServedCollector) -> None:
    with served.client() as vera:
        answer = sign_in(vera, "vera")
        assert (answer.status_code, answer.headers["Location"]) == (303, "/")
        assert {"HttpOnly", "SameSite=Strict"} <= set(answer.headers["Set-Cookie"].split("; "))
        page = vera.get("/")
        assert "vera, viewer" in text_of(page)
        assert "form-action 'self'" in page.headers["Content-Security-Policy"]
        token = vera.cookies["whimbrel_team"]
        assert vera.post("/team/sign-out", data=NOTHING, headers=own(vera)).status_code == 303
        vera.cookies.set("whimbrel_team", token)
        assert vera.get("/").status_code == 401


def test_guessing_a_password_is_slow_wherever_it_comes_from(served: ServedCollector) -> None:
    with served.client() as stranger:
        answers = [sign_in(stranger, "ada", f"guess number {n}").status_code for n in range(12)]
    assert answers == [401] * 10 + [429] * 2


def test_a_sign_in_ends_after_a_week_and_with_the_account(served: ServedCollector, clock: TwoHands) -> None:
    accounts = served.collector.accounts
    token, other = accounts.sign_in("vera", PASSWORD, "here"), accounts.sign_in("ada", PASSWORD, "here")
    for _ in range(7):
        clock.run(DAY_MS)
        served.collector.upkeep()
    assert accounts.who(token) is not None
    accounts.close("ada", "test")
    assert accounts.who(other) is None
    clock.run(DAY_MS)
    served.collector.upkeep()
    assert accounts.who(token) is None


def test_devices_are_shown_with_what_waits_there(
    served: ServedCollector, sender: Sender, clock: TwoHands
) -> None:
    sender.waiting, sender.sent_at = 4200, NOW - 3 * DAY_MS
    served.collector.take(sender.batch(*sender.records(3)))
    enrolled(served.collector, "<b>quiet</b>")
    clock.run(8 * DAY_MS)
    served.collector.take(enrolled(served.collector, "fresh").batch())
    with served.client() as vera:
        sign_in(vera, "vera")
        page = vera.get("/")
        told = text_of(page)
        assert "laptop" in told
        assert "4,200 3 3 days" in told
        assert "&lt;b&gt;quiet" in page.text
        assert '<button aria-label="Put' not in page.text
        silent = text_of(vera.get("/?silent=7"))
        assert "laptop" in silent
        assert "fresh" not in silent
        assert vera.get("/?silent=x").status_code == 400


def test_only_an_admin_lets_devices_in_and_puts_them_out(served: ServedCollector, sender: Sender) -> None:
    revoke = f"/team/devices/{sender.device_id.hex()}/revoke"
    with served.client() as vera:
        sign_in(vera, "vera")
        assert vera.post(revoke, data=NOTHING, headers=own(vera)).status_code == 403
        assert vera.post("/team/enrolment-codes", data=NOTHING, headers=own(vera)).status_code == 403
        assert vera.get("/team/log").status_code == 403
    assert value(served.collector.database, "SELECT count(*) FROM device WHERE revoked_at IS NOT NULL") == 0
    with served.client() as ada:
        sign_in(ada, "ada")
        made = ada.post("/team/enrolment-codes", data={"group": "field"}, headers=own(ada))
        [code] = re.findall(r"<code class=\"code\">(\S+)</code>", made.text)
        assert served.collector.devices.enrol(code, newcomer("another")).token
        assert ada.post(revoke, data=NOTHING, headers=own(ada)).status_code == 303
        log = text_of(ada.get("/team/log"))
    assert "ada put out the device laptop" in log
    assert served.collector.devices.find("laptop").revoked_at is not None


@pytest.mark.parametrize("origin", ["http://elsewhere.example", "null", ""])
def test_another_sites_form_does_nothing(served: ServedCollector, sender: Sender, origin: str) -> None:
    with served.client() as ada:
        sign_in(ada, "ada")
        headers = {"Origin": origin} if origin else {}
        answer = ada.post(f"/team/devices/{sender.device_id.hex()}/revoke", data=NOTHING, headers=headers)
        assert answer.status_code == 403
        cross = {**own(ada), "Sec-Fetch-Site": "cross-site"}
        assert ada.post("/team/enrolment-codes", data=NOTHING, headers=cross).status_code == 403
    assert served.collector.devices.find("laptop").revoked_at is None


def test_incoming_rejected_and_disagreements(served: ServedCollector, sender: Sender) -> None:
    other = enrolled(served.collector, "other")
    wrong = {"isCorrect": False, "correctedLabel": "kestrel"}
    served.collector.take(
        sender.batch(sender.event(inference("barn", "owl", userFeedback=wrong)), sender.event({"kind": 1}))
    )
    first = other.event(inference("barn", "owl"))
    about = first["event_id"]
    inference_id = f"{about[:8]}-{about[8:12]}-{about[12:16]}-{about[16:20]}-{about[20:]}"
    said = {
        "kind": "feedback",
        "inferenceId": inference_id,
        "userFeedback": {**wrong, "correctedLabel": "kite"},
    }
    served.collector.take(other.batch(first, other.event(said)))
    with served.client() as vera:
        sign_in(vera, "vera")
        incoming = text_of(vera.get("/team/incoming"))
        assert "laptop picture recognised owl 75 % kestrel 2.0" in incoming
        assert "malformed" in text_of(vera.get("/team/rejected"))
        served.collector.count()
        differing = text_of(vera.get("/team/disagreements"))
        assert inference("barn")["picture"]["sha256"][:12] in differing
        assert "kestrel, kite 2 2" in differing
        assert vera.get("/team/style.css").headers["Content-Type"].startswith("text/css")


def test_where_nothing_is_a_browser_gets_a_page_and_a_program_a_document(served: ServedCollector) -> None:
    with served.client() as vera:
        sign_in(vera, "vera")
        page = vera.get("/team/nothing", headers={"Accept": "text/html,*/*;q=0.8"})
        assert (page.status_code, page.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
        assert "vera, viewer" in page.text
        assert "There is nothing at this address." in page.text
        assert vera.get("/api/sync/v1/nothing").json()["collector_id"] == served.collector.id.hex()


def test_a_password_is_kept_as_argon2_alone(served: ServedCollector) -> None:
    kept = value(served.collector.database, "SELECT password_hash FROM account WHERE name = 'ada'")
    assert kept.startswith("$argon2id$")
    assert passwords.fits(PASSWORD, kept)
    assert not passwords.fits(PASSWORD + "x", kept)
    with pytest.raises(CollectorError, match="10 to 200 characters"):
        served.collector.accounts.put("eve", "viewer", "short", "test")


@pytest.mark.browser
@pytest.mark.skipif(HEADLESS is None, reason="no Chromium here")
def test_in_a_real_browser(served: ServedCollector, playwright: Playwright) -> None:
    """Forms work under the pages' own policies, which a client that is no browser does not heed."""
    browser = playwright.chromium.launch(executable_path=HEADLESS, args=QUIET_CHROMIUM)
    try:
        page = browser.new_page()
        wrong: list[str] = []
        page.on("console", lambda message: wrong.append(message.text))
        page.goto(f"{served.url}/team/sign-in")
        page.get_by_label("Name").fill("ada")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name="Make it").click()
        code = page.get_by_role("status").locator("code").inner_text()
        served.collector.devices.enrol(code, newcomer("a browser's"))
        page.get_by_role("link", name="Devices").click()
        page.get_by_role("button", name="Put a browser's out").click()
        page.get_by_text("put out 2026").wait_for()
        page.get_by_role("button", name="Sign out").click()
        page.get_by_label("Password").wait_for()
        assert wrong == []
    finally:
        browser.close()
