"""The .deb as somebody has it who only installed it: no network, no Python, nothing of ours beside it."""

from __future__ import annotations

import csv
import os
import signal
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from driving import drop, generated_pictures, wait_finished, wait_ready
from packaged import Person, Started, recognise, started, the_deb, wait_for_window
from packaged_machine import (
    PROGRAM,
    dpkg,
    from_the_menu,
    installed,
    never_written,
    only_loopback,
    shots,
    skip_unless_wanted,
    somebody,
)
from playwright.sync_api import Page, Playwright
from running import ROOT, SHARED
from screen import screen
from teaching import correct
from training_world import fill, training_world

from build_scripts.package.older import OLDER

pytestmark = pytest.mark.window
HEN = SHARED / "images" / "imagenet-sample" / "0008_hen.jpg"
LIMIT_MS = 60_000


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """A screen, on a machine without a network."""
    skip_unless_wanted()
    assert only_loopback() == ["lo"], "run by dev.py test-package, in a network of its own"
    with screen() as environment:
        yield environment["DISPLAY"]


@pytest.fixture
def person(display: str) -> Iterator[Person]:
    """Another user, who never opened Whimbrel. Not in pytest's own folder: it is closed to others whenever
    another pytest begins."""
    with tempfile.TemporaryDirectory(prefix="whimbrel-package-") as folder:
        Path(folder).chmod(0o755)
        with somebody(Path(folder), display) as made:
            yield made


@pytest.fixture
def program(person: Person) -> Iterator[Person]:
    """The new package, in a folder that cannot be written."""
    with installed(the_deb(ROOT / "dist")), never_written():
        yield person


def opened(window: Started, person: Person, playwright: Playwright) -> Page:
    """The page of a window that was just started."""
    wait_for_window(window, person.display)
    window.listen()
    return window.page(playwright)


def rows(person: Person, query: str) -> list[tuple[Any, ...]]:
    """What a query on this person's memory gives."""
    database = person.home / ".local/share/whimbrel/whimbrel.sqlite3"
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as memory:
        return memory.execute(query).fetchall()


def wait_kept(page: Page, person: Person, kind: str, count: int) -> None:
    """Waits until so many records of a kind are in the memory."""
    asked = f"SELECT count(*) FROM record WHERE kind = '{kind}'"
    waited = 0
    while rows(person, asked) != [(count,)]:
        assert waited < LIMIT_MS, f"{rows(person, asked)} of {count} {kind} records"
        page.evaluate("() => void window.dispatchEvent(new Event('online'))")
        page.wait_for_timeout(200)
        waited += 200


def test_from_the_menu_to_a_label_and_back_after_a_kill(program: Person, playwright: Playwright) -> None:
    before = sorted(path for path in PROGRAM.rglob("*"))
    with started(program, from_the_menu()) as window:
        page = opened(window, program, playwright)
        assert recognise(page, HEN) == "hen"
        page.screenshot(path=shots() / "package-first-label.png")
        wait_kept(page, program, "inference", 1)
        second = program.run(from_the_menu())
        assert (second.returncode, second.stderr) == (0, "")
        assert second.stdout.endswith("its window is in front now.\n")
        pictures = generated_pictures(program.home.parent / "drawn", 30)
        drop(page, pictures)
        wait_finished(page, [pictures[0].name])
        window.end(signal.SIGKILL)
    kept = rows(program, "SELECT count(*) FROM record WHERE kind = 'inference'")[0][0]
    with started(program, from_the_menu()) as window:
        page = opened(window, program, playwright)
        wait_ready(page)
        assert rows(program, "SELECT count(*) FROM record WHERE kind = 'inference'")[0][0] >= kept
        assert recognise(page, pictures[-1])
        assert window.end() == 0
    assert sorted(path for path in PROGRAM.rglob("*")) == before
    assert program.run(["whimbrel", "doctor"]).stdout.endswith("All is well.\n")


def test_a_head_is_learned_without_a_python(program: Person) -> None:
    folder = program.home / "learning"
    with training_world(folder) as world:
        fill(world)
    for path in (folder, *folder.rglob("*")):
        os.chown(path, program.user, program.group)
    told = program.run(["whimbrel", "train", "--data-dir", folder])
    assert told.returncode == 0, told.stderr
    assert told.stdout.startswith("Learned from 96 pictures: right for 100 % of 24 pictures held back")


def test_a_newer_package_keeps_what_an_older_one_remembered(person: Person, playwright: Playwright) -> None:
    with installed(the_deb(OLDER)):
        with started(person, from_the_menu()) as window:
            page = opened(window, person, playwright)
            recognise(page, HEN)
            correct(page, HEN.name, "speckled hen")
            wait_kept(page, person, "feedback", 1)
            page.evaluate(CHANGE_A_SETTING)
            installing = dpkg("--install", the_deb(ROOT / "dist"))
            assert window.process.wait(timeout=30) == 0, "who has it open is asked to close it"
            assert "error" not in installing.lower()
        answers = rows(person, "SELECT id, payload FROM record ORDER BY id")
        with started(person, from_the_menu()) as window:
            page = opened(window, person, playwright)
            wait_ready(page)
            assert page.evaluate(ASK_A_SETTING) == 0.37
            assert rows(person, "SELECT id, payload FROM record ORDER BY id") == answers
            page.screenshot(path=shots() / "package-after-upgrade.png")
            assert window.end() == 0
        exported = person.run(["whimbrel", "export", "csv", "seen.csv"])
        assert exported.returncode == 0, exported.stderr
        with (person.home / "seen.csv").open(encoding="utf-8-sig") as content:
            assert ["speckled hen" in row.values() for row in csv.DictReader(content)] == [True]
        removed = dpkg("--remove", "whimbrel")
    assert "What it remembers stays in .local/share/whimbrel of each user's home folder" in removed
    assert not PROGRAM.exists()
    assert rows(person, "SELECT count(*) FROM record WHERE kind = 'feedback'") == [(1,)]


CHANGE_A_SETTING = """async () => {
    const headers = {'Content-Type': 'application/json'};
    const body = JSON.stringify({shadowShare: 0.37});
    const answer = await fetch('/api/settings', {method: 'PATCH', headers, body});
    if (!answer.ok) throw new Error(await answer.text());
}"""
ASK_A_SETTING = "async () => (await (await fetch('/api/session')).json()).settings.shadowShare"


def test_a_tarball_installs_for_one_user_without_root(person: Person, playwright: Playwright) -> None:
    [tarball] = (ROOT / "dist").glob("whimbrel-*-linux.tar.gz")
    unpacked = person.home / "Down loads"
    unpacked.mkdir()
    subprocess.run(["tar", "-xzf", tarball, "-C", unpacked, "--strip-components=1"], check=True)
    usual = {"PATH": "/usr/bin:/bin"}
    told = person.run(["sh", unpacked / "install.sh"], **usual)
    assert (told.returncode, told.stderr) == (0, ""), told.stdout
    program = person.home / ".local/bin/whimbrel"
    entry = (person.home / ".local/share/applications/whimbrel.desktop").read_text(encoding="utf-8")
    assert f'Exec="{person.home}/.local/lib/whimbrel/whimbrel" run %F' in entry
    with started(person, [program, "run", "--data-dir", person.home / "of the tarball"]) as window:
        page = opened(window, person, playwright)
        assert recognise(page, HEN) == "hen"
        assert window.end() == 0
    again = person.run(["sh", unpacked / "install.sh"], **usual)
    assert again.returncode == 0, again.stderr
    gone = person.run(["sh", person.home / ".local/lib/whimbrel/uninstall.sh"], **usual)
    assert gone.stdout.startswith(
        f"Whimbrel is removed. What it remembers stays in {person.home}/.local/share/"
    )
    assert not program.exists()
    assert not (person.home / ".local/lib/whimbrel").exists()
