"""The Performance place on the real server: its figures are the server's, new at once, and lead on."""

from __future__ import annotations

import csv
import io
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from driving import Page, drop, generated_pictures, open_page, wait_finished
from past_records import past_records, post_past
from playwright.sync_api import BrowserContext, expect
from running import Whimbrel

pytestmark = pytest.mark.browser

PAST = 400
WIDTHS = (360, 700, 1100, 1600)
LIVE_MS = 2_000
AWAY_MS = 15_000
NOTE_VIOLATIONS = """
window.violations = [];
document.addEventListener('securitypolicyviolation',
    ({ violatedDirective, blockedURI }) => window.violations.push(`${violatedDirective} ${blockedURI}`));
"""


@pytest.fixture(scope="module")
def past(lasting_app: Whimbrel, lasting_context: BrowserContext) -> Whimbrel:
    """A memory with some weeks in it, for the tests that only look."""
    filled(lasting_app, lasting_context).close()
    return lasting_app


@pytest.fixture
def place(past: Whimbrel, lasting_context: BrowserContext) -> Iterator[Page]:
    """The Performance place of that memory; the model is not waited for."""
    page = gone_to(past, lasting_context.new_page())
    yield page
    page.close()


@pytest.fixture
def own_place(app: Whimbrel, context: BrowserContext) -> Page:
    """The Performance place of a memory that the test may change."""
    return gone_to(app, filled(app, context))


def filled(app: Whimbrel, context: BrowserContext) -> Page:
    """A page that was let in, and weeks of records."""
    context.add_init_script(NOTE_VIOLATIONS)
    page = context.new_page()
    page.goto(app.link)
    page.wait_for_selector("whimbrel-bar a")
    post(app, context, PAST, days=20)
    return page


def gone_to(app: Whimbrel, page: Page) -> Page:
    page.goto(f"{app.origin}/#/performance?window=30d")
    page.wait_for_selector("whimbrel-chart canvas")
    return page


def post(app: Whimbrel, context: BrowserContext, count: int, days: int, seed: int = 1) -> None:
    records = list(past_records(count, int(time.time() * 1000), days, seed))
    assert post_past(app, context.cookies(), records) == len(records)


def figures_of(page: Page, query: str) -> dict[str, Any]:
    """What the server says."""
    found: dict[str, Any] = page.evaluate(
        "query => fetch(`/api/metrics/performance?${query}`).then(answer => answer.json())", query
    )
    return found


def shown(page: Page) -> dict[str, float]:
    """Every figure that the place shows, by its name."""
    found: dict[str, str] = page.evaluate(
        "() => Object.fromEntries([...document.querySelectorAll('[data-figure]')]"
        ".map(({ dataset }) => [dataset.figure, dataset.value]))"
    )
    return {name: float(value) for name, value in found.items() if value}


def wait_for_answers(page: Page, count: int, timeout_ms: int) -> None:
    page.wait_for_function(
        "n => Number(document.querySelector('[data-figure=answers]')?.dataset.value) === n",
        arg=count,
        timeout=timeout_ms,
    )


def test_the_figures_are_those_of_the_server(place: Page) -> None:
    wait_for_answers(place, PAST, AWAY_MS)
    figures, found = figures_of(place, "window=30d"), shown(place)
    for name in ("answers", "pictures", "sessions", "feedback", "corrections", "errors"):
        assert found[name] == figures["counts"][name]["value"], name
    whole = next(row for row in figures["latency"] if row["stage"] == "total" and row["backend"] is None)
    for name in ("p50", "p95", "p99"):
        assert found[name] == whole[name]["value"]
    assert found["accuracy"] == figures["accuracy"]["overall"]["value"]
    assert found["numBytes"] == figures["memory"]["numBytes"]["value"]
    n = figures["accuracy"]["overall"]["n"]
    expect(place.locator("[data-figure=accuracy]")).to_contain_text(f"from {n} checked pictures")


def test_a_filter_is_in_the_address_and_counts(place: Page) -> None:
    place.get_by_label("Computed with").select_option("webgl")
    expected = figures_of(place, "window=30d&backend=webgl")["counts"]["answers"]["value"]
    assert 0 < expected < PAST
    wait_for_answers(place, expected, AWAY_MS)
    assert place.url.endswith("#/performance?window=30d&backend=webgl")
    place.get_by_role("link", name="90 days").click()
    assert place.url.endswith("#/performance?window=90d&backend=webgl")
    place.go_back()
    expect(place.get_by_role("link", name="30 days")).to_have_attribute("aria-current", "true")


def test_every_figure_leads_to_the_records_behind_it(place: Page) -> None:
    found: dict[str, list[int]] = place.evaluate(
        """async () => Object.fromEntries(await Promise.all(
            [...document.querySelectorAll('a[data-figure]')].map(async (link) => {
                const query = link.getAttribute('href').replace('#/history?', '');
                const answer = await fetch(`/api/records?limit=1000&${query}`);
                return [link.dataset.figure, [answer.status, (await answer.json()).records.length]];
            })))"""
    )
    values = shown(place)
    for name in ("answers", "feedback", "corrections", "errors"):
        assert found[name] == [200, values[name]], name
    assert {status for status, _ in found.values()} == {200}
    place.locator("[data-figure=errors]").click()
    place.wait_for_url("**/#/history?*kind=event*")
    listed = place.get_by_role("listbox", name="What was recorded").get_by_role("option")
    expect(listed).to_have_count(int(values["errors"]))


@pytest.mark.parametrize("name", ["feedback", "corrections", "errors"])
def test_history_says_the_number_of_the_figure_that_led_to_it(place: Page, name: str) -> None:
    wait_for_answers(place, PAST, AWAY_MS)
    number = int(shown(place)[name])
    place.locator(f"[data-figure={name}]").click()
    place.wait_for_url("**/#/history?*")
    expect(place.locator(".past-sentence")).to_have_text(re.compile(rf"^{number} \w"))


def test_a_new_picture_is_counted_within_two_seconds(
    app: Whimbrel, context: BrowserContext, tmp_path: Path
) -> None:
    page = open_page(app, context)
    files = generated_pictures(tmp_path / "drawn", 1)
    drop(page, files)
    wait_finished(page, [files[0].name])
    page.get_by_role("link", name="Performance").click()
    page.wait_for_selector("whimbrel-chart canvas")
    wait_for_answers(page, 1, LIVE_MS)


def test_what_comes_from_elsewhere_is_there_within_two_seconds_and_nothing_jumps(
    own_place: Page, app: Whimbrel, context: BrowserContext
) -> None:
    wait_for_answers(own_place, PAST, AWAY_MS)
    own_place.evaluate("() => { window.drawn = document.querySelector('whimbrel-chart canvas') }")
    chart = own_place.get_by_role("slider", name="Answers each day")
    chart.focus()
    for key in ("End", "ArrowLeft"):
        own_place.keyboard.press(key)
    day = str(chart.get_attribute("aria-valuetext")).partition(":")[0]  # the new record may count in it
    own_place.evaluate("() => { document.querySelector('.place').scrollTop = 300 }")
    wait_until_it_listens(own_place)
    [record] = list(past_records(PAST + 1, int(time.time() * 1000), 1))[-1:]
    post_past(app, context.cookies(), [record])
    wait_for_answers(own_place, PAST + 1, LIVE_MS)
    assert own_place.evaluate("() => document.querySelector('.place').scrollTop") == 300
    assert str(chart.get_attribute("aria-valuetext")).partition(":")[0] == day
    assert own_place.evaluate("() => document.querySelector('whimbrel-chart canvas') === window.drawn")


def wait_until_it_listens(page: Page) -> None:
    """The connection for news is open; a bar that says so would be the only other sign."""
    page.wait_for_function(
        "() => performance.getEntriesByType('resource').some(({ name }) => name.endsWith('/api/events'))"
        " || navigator.locks.query().then(({ held }) => held.some(({ name }) => name === 'whimbrel-news'))"
    )


def test_keys_go_from_point_to_point_and_enter_opens_its_records(place: Page) -> None:
    chart = place.get_by_role("slider", name="Answers each day")
    chart.focus()
    place.keyboard.press("End")
    last = chart.get_attribute("aria-valuetext") or ""
    place.keyboard.press("ArrowLeft")
    before = chart.get_attribute("aria-valuetext") or ""
    assert "answer" in last and "answer" in before and last != before
    place.keyboard.press("Enter")
    place.wait_for_url("**/#/history?*from=*")
    query = place.url.partition("?")[2]
    listed = place.evaluate("q => fetch(`/api/records?limit=1000&${q}`).then(answer => answer.json())", query)
    assert f": {len(listed['records'])} answer" in before


def test_a_table_and_a_csv_are_behind_each_chart(place: Page) -> None:
    for chart in place.locator("whimbrel-chart").all():
        assert chart.locator("whimbrel-data summary").count() == 1
    answers = place.locator("[data-section=answers] whimbrel-data")
    answers.locator("summary").click()
    rows = answers.locator("tbody tr")
    series = figures_of(place, "window=30d")["series"]["answers"]
    expect(rows).to_have_count(len(series))
    with place.expect_download() as started:
        answers.get_by_role("button", name="Save as CSV").click()
    assert started.value.suggested_filename == "whimbrel-answers.csv"
    text = Path(started.value.path()).read_text(encoding="utf-8-sig")
    read = list(csv.DictReader(io.StringIO(text)))
    assert [int(row["answers"]) for row in read] == [point["n"] for point in series]


def test_the_policies_hold_and_nothing_is_wider_than_the_page(place: Page) -> None:
    for details in place.locator("summary").all():
        details.click()
    expect(place.locator("whimbrel-data table").first).to_be_visible()
    for width in WIDTHS:
        place.set_viewport_size({"width": width, "height": 800})
        beyond = place.evaluate(
            "() => [document.documentElement, document.querySelector('.place')]"
            ".map(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth)"
        )
        assert beyond == [0, 0], width
    assert place.evaluate("() => window.violations") == []


def test_a_change_of_theme_draws_in_its_colours(place: Page) -> None:
    colour = "() => getComputedStyle(document.querySelector('.line-name')).color"
    light = place.evaluate(colour)
    pixels = "() => document.querySelector('whimbrel-chart canvas').toDataURL()"
    before = place.evaluate(pixels)
    place.emulate_media(color_scheme="dark")
    place.wait_for_function(
        "before => document.querySelector('whimbrel-chart canvas').toDataURL() !== before", arg=before
    )
    assert place.evaluate(colour) != light


def test_a_server_that_goes_away_leaves_the_figures_and_comes_back(own_place: Page, app: Whimbrel) -> None:
    wait_for_answers(own_place, PAST, AWAY_MS)
    app.stop()
    away = own_place.locator("whimbrel-performance .problem")
    expect(away).to_contain_text("These figures are from", timeout=AWAY_MS)
    assert shown(own_place)["answers"] == PAST
    app.start()
    expect(away).to_have_count(0, timeout=AWAY_MS)


def test_nothing_recognised_says_so_and_what_to_do(app: Whimbrel, context: BrowserContext) -> None:
    page = context.new_page()
    page.goto(app.link)
    page.wait_for_selector("whimbrel-bar a")
    page.get_by_role("link", name="Performance").click()
    expect(page.get_by_text("Nothing has been recognised in these 7 days.")).to_be_visible()
    page.get_by_role("link", name="Choose pictures").click()
    page.wait_for_url("**/#/recognise")
