"""What a person does in the page who teaches it: say what a picture is, and go to where it learns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from driving import Page, answers, drop, wait_finished


def correct(page: Page, name: str, label: str) -> None:
    """Says by keys that a picture's answer is wrong, and what it is."""
    page.locator(f'[data-picture="{name}"]').first.click()
    _say(page, label)


def correct_in_turn(page: Page, labels: Sequence[str]) -> None:
    """Says what the first pictures of the strip are, one after the other, by keys alone."""
    page.keyboard.press("Home")
    for label in labels:
        _say(page, label)
        page.keyboard.press("ArrowRight")


def _say(page: Page, label: str) -> None:
    page.keyboard.press("w")
    page.get_by_label("What is it?").fill(label)
    page.keyboard.press("Enter")


def labels_of(page: Page, files: Sequence[Path]) -> list[str]:
    """The answer that is shown for each picture, after it was dropped."""
    drop(page, files)
    wait_finished(page, [file.name for file in files])
    seen = answers(page)
    return [seen[file.name]["label"] for file in files]


def go_to(page: Page, place: str) -> None:
    """Goes to a place of the page by its name."""
    page.get_by_role("link", name=place).or_(page.get_by_role("button", name=place)).first.click()


def learned(page: Page) -> dict[str, str | None]:
    """What is shown as learning, by picture."""
    return {name: found.get("learning") for name, found in answers(page).items()}
