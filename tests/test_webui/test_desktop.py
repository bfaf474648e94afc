"""`/api/desktop`: the system's dialogs where there is a window, and what is said where there is none."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import httpx
import pytest
from serving import Served, serving

from desktop.window_dialogs import Kind, WindowDialogs

ASKED = [("pick-pictures", {}), ("pick-folder", {}), ("save-as", {"suggested": "a.csv"})]
TIMEOUT_S = 60


@dataclass
class Person:
    """Stands before the window's dialogs: answers the next one when `answers` says so."""

    chosen: list[str] = field(default_factory=list)
    asked: list[tuple[Kind, str, str]] = field(default_factory=list)
    waiting: threading.Event = field(default_factory=threading.Event)
    answers: threading.Event = field(default_factory=threading.Event)
    notices: list[str] = field(default_factory=list)

    def take_notice(self) -> str | None:
        return self.notices.pop() if self.notices else None

    def ask(self, kind: Kind, folder: str, suggested: str) -> list[str]:
        self.asked.append((kind, folder, suggested))
        self.waiting.set()
        assert self.answers.wait(TIMEOUT_S)
        return self.chosen


@contextmanager
def before(person: Person, tmp_path: Path, static_dir: Path) -> Iterator[tuple[Served, httpx.Client]]:
    """The application with a window, whose dialogs the person answers."""
    (tmp_path / "data").mkdir()
    dialogs = WindowDialogs(lambda: person)
    with (
        serving(tmp_path / "data", static_dir, change=lambda s: replace(s, desktop=dialogs)) as served,
        served.page() as page,
    ):
        try:
            yield served, page
        finally:
            person.answers.set()


@pytest.mark.parametrize(("what", "body"), ASKED)
def test_without_a_window_it_is_said(page: httpx.Client, what: str, body: dict[str, str]) -> None:
    assert page.get("/api/desktop").json() == {"window": False, "notice": None}
    answer = page.post(f"/api/desktop/{what}", json=body)
    assert answer.status_code == 409
    assert answer.json()["detail"].startswith("Whimbrel has no window of its own here")


@pytest.mark.parametrize(("what", "body"), ASKED)
def test_strangers_open_no_dialog(tmp_path: Path, static_dir: Path, what: str, body: dict[str, str]) -> None:
    person = Person()
    with before(person, tmp_path, static_dir) as (served, _), served.stranger() as stranger:
        headers = {"Origin": served.origin}
        assert stranger.post(f"/api/desktop/{what}", json=body, headers=headers).status_code == 401
        assert stranger.get("/api/desktop").status_code == 401
        assert person.asked == []


def test_what_was_chosen_is_answered_and_where_is_remembered(tmp_path: Path, static_dir: Path) -> None:
    person = Person(chosen=["/field/day 1/owl.jpg", "/field/day 1/wörm.png"])
    person.answers.set()
    with before(person, tmp_path, static_dir) as (_, page):
        assert page.get("/api/desktop").json() == {"window": True, "notice": None}
        assert page.post("/api/desktop/pick-pictures", json={}).json() == {"paths": person.chosen}
        person.chosen = ["/field"]
        assert page.post("/api/desktop/pick-folder", json={}).json() == {"path": "/field"}
        named = {"suggested": "answers.csv"}
        assert page.post("/api/desktop/save-as", json=named).json() == {"path": "/field"}
        person.chosen = []
        assert page.post("/api/desktop/pick-pictures", json={}).json() == {"paths": []}
        assert page.post("/api/desktop/pick-folder", json={}).json() == {"path": None}
        assert page.post("/api/desktop/save-as", json=named).json() == {"path": None}
    kinds = [kind for kind, _, _ in person.asked]
    assert kinds == ["pictures", "folder", "save"] * 2
    assert [folder for _, folder, _ in person.asked[1:]] == ["/field/day 1"] + ["/field"] * 4
    assert person.asked[2][2] == "answers.csv"


def test_what_happened_to_the_window_is_told_once(tmp_path: Path, static_dir: Path) -> None:
    person = Person(notices=["The page ended."])
    with before(person, tmp_path, static_dir) as (_, page):
        told = [page.get("/api/desktop").json()["notice"] for _ in range(2)]
        assert told == ["The page ended.", None]


def test_a_dialog_keeps_nobody_else_waiting_and_is_the_only_one(tmp_path: Path, static_dir: Path) -> None:
    person = Person(chosen=["/field"])
    with before(person, tmp_path, static_dir) as (served, page), ThreadPoolExecutor(1) as beside:
        with served.page() as first:
            asked = beside.submit(first.post, "/api/desktop/pick-folder", json={}, timeout=TIMEOUT_S)
            assert person.waiting.wait(TIMEOUT_S)
            assert page.get("/api/session").status_code == 200
            second = page.post("/api/desktop/pick-pictures", json={})
            assert (second.status_code, len(person.asked)) == (409, 1)
            assert "open already" in second.json()["detail"]
            person.answers.set()
            assert asked.result(TIMEOUT_S).json() == {"path": "/field"}
        assert page.post("/api/desktop/pick-folder", json={}).status_code == 200


def test_a_dialog_that_fails_leaves_room_for_the_next(tmp_path: Path, static_dir: Path) -> None:
    class Failing(Person):
        def ask(self, kind: Kind, folder: str, suggested: str) -> list[str]:
            if not self.asked:
                self.asked.append((kind, folder, suggested))
                raise RuntimeError("the window is gone")
            return super().ask(kind, folder, suggested)

    person = Failing(chosen=["/field"])
    person.answers.set()
    with before(person, tmp_path, static_dir) as (_, page):
        assert page.post("/api/desktop/pick-folder", json={}).status_code == 500
        assert page.post("/api/desktop/pick-folder", json={}).json() == {"path": "/field"}


@pytest.mark.parametrize("name", ["", "a/b.csv", "a\\b.csv", "a\0b.csv", "x" * 201])
def test_a_name_is_no_path(page: httpx.Client, name: str) -> None:
    assert page.post("/api/desktop/save-as", json={"suggested": name}).status_code == 422
