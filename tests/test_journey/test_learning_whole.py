"""The whole of learning on real photographs: what the base model got wrong is got right, and taken back."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from driving import Page, answers, wait_saved
from playwright.sync_api import Locator, expect
from running import SHARED, Whimbrel
from teaching import correct_in_turn, go_to, labels_of, learned

pytestmark = pytest.mark.browser

GROUPS = SHARED / "images" / "groups"
TAUGHT = {"bird": 12, "dog": 12, "insect": 8, "primate": 8}  # 40 pictures to correct
ASKED = {"bird": 4, "dog": 4, "insect": 2, "primate": 2}  # and 12 that nobody says anything about
MOSTLY = 10  # of those
TRAINED_MS = 60_000
STAGES = ["Gather", "Prepare", "Learn", "Weigh", "Check", "Write", "Keep"]
# Every stage and every share of the progress bar that a person could have seen.
_WATCH = """() => {
    const seen = window.seenTraining = [];
    const look = () => {
        const shown = document.querySelector('[data-training="running"]');
        if (shown) seen.push([
            shown.querySelector('[aria-current="step"]')?.textContent,
            shown.querySelector('progress').value]);
    };
    new MutationObserver(look).observe(document.body, {subtree: true, childList: true, attributes: true});
}"""
_SWAPS = "() => performance.getEntriesByName('whimbrel-swap').map(({detail}) => detail.model)"


@dataclass(frozen=True)
class Photographs:
    """Copies of photographs, named `<label>_<file>`: to correct, and to be asked about."""

    taught: list[Path]
    asked: list[Path]

    def again(self, name: str) -> list[Path]:
        """The same that are asked about, under other names."""
        return [
            Path(shutil.copy(file, file.with_name(f"{label_of(file)}_{name}_{file.name}")))
            for file in self.asked
        ]


def label_of(file: Path) -> str:
    """The group that a photograph is of."""
    return file.name.partition("_")[0]


def photographs(folder: Path) -> Photographs:
    """Every picture shows another species; skips where the shared folder is missing."""
    if not GROUPS.is_dir():
        pytest.skip(
            f"Real photographs are not here ({GROUPS}); test_learning_page does the same with drawn ones."
        )
    folder.mkdir()
    found = Photographs([], [])
    for label, count in TAUGHT.items():
        files = sorted((GROUPS / label).glob("*.jpg"))
        # Spread, so that neither side is the first families of the alphabet alone.
        files = files[:: max(1, len(files) // (count + ASKED[label]))]
        copies = [Path(shutil.copy(file, folder / f"{label}_{file.name}")) for file in files]
        found.taught.extend(copies[:count])
        found.asked.extend(copies[count : count + ASKED[label]])
    assert (len(found.taught), len(found.asked)) == (40, 12)
    return found


def right(said: list[str], files: list[Path]) -> int:
    """How many of the pictures are called what they are."""
    return sum(label == label_of(file) for label, file in zip(said, files, strict=True))


def test_forty_corrections_become_a_model_that_knows_more_than_the_one_before(
    page: Page, app: Whimbrel, tmp_path: Path
) -> None:
    pictures = photographs(tmp_path / "photographs")
    base = at_work(page)
    opened = page.evaluate("performance.timeOrigin")
    before = labels_of(page, [*pictures.taught, *pictures.asked])[len(pictures.taught) :]
    assert right(before, pictures.asked) == 0, "the base model has never heard of these labels"

    teach(page, app, pictures)
    version = train(page, app)
    use(page, version)
    again = pictures.again("learned")
    go_to(page, "Recognise")
    now = labels_of(page, again)
    assert right(now, again) >= MOSTLY, list(zip(now, again, strict=True))
    shown = learned(page)
    assert {shown[file.name] for file in again} == {None}, "the training has absorbed what was said"

    go_to(page, "Model")
    page.get_by_role("button", name="Back to").click()
    page.wait_for_selector(f'html[data-model="{base}"]', state="attached")
    go_to(page, "Recognise")
    assert labels_of(page, pictures.again("back")[:4]) == before[:4], "the old model answers as it did"
    assert page.evaluate("performance.timeOrigin") == opened, "nobody has reloaded the page"
    assert {found["state"] for found in answers(page).values()} == {"done"}
    assert page.evaluate(_SWAPS) == [version, base]


def at_work(page: Page) -> str:
    """The version that answers in the page."""
    return str(page.evaluate("document.documentElement.dataset.model"))


def teach(page: Page, app: Whimbrel, pictures: Photographs) -> None:
    """Says what forty pictures are; those of the others that are clearly alike are called so at once."""
    correct_in_turn(page, [label_of(file) for file in pictures.taught])
    shown = learned(page)
    called = {file: label for file in pictures.asked if (label := shown[file.name]) is not None}
    assert len(called) >= 3, called
    assert right(list(called.values()), list(called)) >= len(called) - 1, called
    wait_saved(page, app, "feedback", len(pictures.taught))


def train(page: Page, app: Whimbrel) -> str:
    """Trains, watches it, and looks at the checks; the version that came of it."""
    page.evaluate(_WATCH)
    go_to(page, "Model")
    section = page.locator("whimbrel-train")
    expect(section).to_contain_text(
        "You have given 40 pictures a label: bird 12, dog 12, insect 8, primate 8."
    )
    section.get_by_role("button", name="Train", exact=True).click()
    section.locator('[data-training="done"]').wait_for(timeout=TRAINED_MS)
    stages, shares = zip(*page.evaluate("window.seenTraining"), strict=True)
    assert list(dict.fromkeys(stages)) == [stage for stage in STAGES if stage in stages]
    # A page that is slow to listen is told the newest only.
    assert len(set(stages)) >= 2 and len(set(shares)) >= 2, (stages, shares)
    assert list(shares) == sorted(shares), shares
    check_gates(section)
    [(version,)] = app.rows("SELECT version FROM training_run WHERE state = 'done'")
    return str(version)


def check_gates(section: Locator) -> None:
    """What is certain passes; eight pictures held back tell nobody that it is as good as the other."""
    for name in ("files", "parity", "accuracy", "chance"):
        section.locator(f"[data-gate={name}]").wait_for()
    gates = dict(
        section.locator("[data-gate]").evaluate_all(
            "all => all.map(one => [one.dataset.gate, one.dataset.passed])"
        )
    )
    assert gates["files"] == gates["parity"] == "true", gates
    assert gates["accuracy"] == gates["chance"] == "null", gates


def use(page: Page, version: str) -> None:
    """Puts it to work, saying yes to the question that so few pictures raise."""
    base = at_work(page)
    section = page.locator("whimbrel-train")
    section.get_by_role("button", name="Use").click()
    question = section.get_by_role("group", name="anyway?")
    expect(question).to_contain_text("too few pictures to know")
    assert at_work(page) == base
    question.get_by_role("button", name="Use it anyway").click()
    page.wait_for_selector(f'html[data-model="{version}"]', state="attached")
