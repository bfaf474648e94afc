"""The trainer with real child processes: to a model at work, cancelled, broken off, without room."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from clusters import clusters
from local_records import body_of, inference, send_body, sha256_of
from numpy.typing import NDArray
from training_parent import CHILD, hanging
from training_world import LABELS, REQUEST, SIZE, TrainingWorld, encoded, fill, training_world

from desktop.training_child import TrainingChild
from desktop.training_run import MOST_ATTEMPTS
from store.local.erasure.scope import Scope
from store.local.errors import full
from store.local.learning.readiness import CannotTrain
from store.local.learning.run_forms import Mode, TrainingOptions, TrainingRequest, TrainingRun
from store.local.learning.runs import RunStore, TrainingBusy
from store.models.gate_words import GateNotPassed
from store.models.head_set import HeadSet, load_head
from store.models.network import head_forward
from store.training.runs.job import JobFolder
from store.training.runs.modes import command_of


@pytest.fixture
def world(tmp_path: Path) -> Iterator[TrainingWorld]:
    """An open memory with enough to learn from."""
    with training_world(tmp_path / "data") as world:
        fill(world)
        yield world


def use(world: TrainingWorld, command: Callable[[Mode, Path], Sequence[str]]) -> None:
    """Another child process from now on."""
    world.jobs._parts = replace(world.jobs._parts, command=command)


def dying(stage: str) -> Callable[[Mode, Path], Sequence[str]]:
    """A child that kills itself when the stage begins."""
    return lambda _mode, folder: [sys.executable, CHILD, stage, "die", str(folder)]


def nothing_came_of_it(world: TrainingWorld, run: TrainingRun) -> None:
    """The model at work is the one that was, there is no other, and the next training may begin."""
    registry = world.models.registry
    assert [(version.name, version.state) for version in registry.list()] == [("Base", "active")]
    assert registry.verify(registry.list()[0]) == []
    assert run.version is None
    assert world.left() == []
    assert not world.jobs.busy


def test_from_pictures_to_a_model_at_work(world: TrainingWorld) -> None:
    run = world.train()
    assert (run.state, run.advice) == ("done", "")
    stages = list(dict.fromkeys(each.stage for each in world.told))
    assert stages == ["collect", "prepare", "fit", "calibrate", "judge", "write", "register"]
    registry = world.models.registry
    version = registry.activate(run.version or "", anyway=True)
    assert (version.parent_id, version.made, version.label_count) == (run.parent_version, "trained", 3)
    head = load_head(registry.folder, version.head_id)
    values, numbers = clusters((20, 20, 20), seed=2, size=SIZE)
    assert [label.name for label in head.labels] == list(LABELS)
    assert np.mean(answers(head, values) == numbers) > 0.9
    assert world.left() == []


def test_what_made_a_version_is_kept(world: TrainingWorld) -> None:
    run = world.train()
    lineage = world.store.examples.lineage(run.version or "")
    assert len(lineage) == 120
    version = world.models.registry.find(run.version or "")
    metrics = version.metrics
    sides = [row.side for row in lineage]
    assert metrics["counts"] == {side: sides.count(side) for side in ("train", "calibration", "holdout")}
    accuracy = metrics["accuracy"]
    assert isinstance(accuracy, dict)
    assert accuracy["n"] == sides.count("holdout") > 0
    assert version.name == f"Learned from {120 - accuracy['n']} pictures"


def test_the_same_again_is_the_same_version(world: TrainingWorld) -> None:
    first, second = world.train(), world.train()
    assert first.id != second.id
    assert first.version == second.version
    assert len(world.models.registry.list()) == 2


def test_labels_can_be_added_to_those_of_the_model_at_work(world: TrainingWorld) -> None:
    registry = world.models.registry
    base = load_head(registry.folder, registry.list()[0].head_id)
    others = np.random.default_rng(9).gamma(1.0, 0.5, (60, SIZE)).astype(np.float32)
    recognised(world, others)
    run = world.train(TrainingRequest(label_mode="extend"))
    assert run.state == "done", run
    version = registry.find(run.version or "")
    head = load_head(registry.folder, version.head_id)
    assert [label.name for label in head.labels] == ["wolf", "dog", *LABELS]
    values, numbers = clusters((20, 20, 20), seed=2, size=SIZE)
    assert np.mean(answers(head, values) == numbers + 2) > 0.9
    assert np.mean(answers(head, others) == answers(base, others)) > 0.9


def test_a_model_that_says_an_older_name_of_a_label_is_right(world: TrainingWorld) -> None:
    world.models.registry.activate(world.train().version or "", anyway=True)
    world.store.label_book.rename("curlew", "whimbrel")
    version = world.models.registry.find(world.train().version or "")
    before = version.metrics["parentAccuracy"]
    assert isinstance(before, dict)
    assert before["value"] > 0.9
    head = load_head(world.models.registry.folder, version.head_id)
    assert [label.name for label in head.labels] == ["godwit", "knot", "whimbrel"]


def answers(head: HeadSet, values: NDArray[np.float32]) -> NDArray[np.int64]:
    """The places of the first answers."""
    return np.asarray(head_forward(head.layers, values, head.temperature, head.input).argmax(axis=1))


def recognised(world: TrainingWorld, values: NDArray[np.float32]) -> None:
    """Pictures about which nothing is said."""
    version = world.models.registry.list()[0]
    records = [
        inference(5000 + place, embedding=encoded(row), spaceId=version.space_id, modelVersion=version.id)
        for place, row in enumerate(values)
    ]
    send_body(world.store.statistics, body_of(*records))


def test_labels_can_be_added_without_any_other_pictures(world: TrainingWorld) -> None:
    assert world.train(TrainingRequest(label_mode="extend")).state == "done"


def test_none_of_these_is_learned_as_other(tmp_path: Path) -> None:
    with training_world(tmp_path / "data") as world:
        fill(world, labels=("curlew", "godwit", None))
        version = world.models.registry.find(world.train().version or "")
        head = load_head(world.models.registry.folder, version.head_id)
        assert [label.name for label in head.labels] == ["curlew", "godwit", "other"]


def test_a_model_of_shuffled_labels_is_not_put_to_work(tmp_path: Path) -> None:
    with training_world(tmp_path / "data") as world:
        fill(world, shuffled=True)
        run = world.train()
        assert run.state == "done"
        with pytest.raises(GateNotPassed, match="guessing may well do"):
            world.models.registry.activate(run.version or "")
        assert [version.state for version in world.models.registry.list()] == ["active", "candidate"]


def test_only_one_works_at_a_time(world: TrainingWorld) -> None:
    use(world, hanging("fit"))
    run = world.jobs.start(REQUEST, "user")
    assert world.jobs.busy
    with pytest.raises(TrainingBusy):
        world.jobs.start(REQUEST, "trigger")
    world.jobs.cancel(run.id)
    world.jobs.wait()
    assert [each.state for each in world.jobs.last()] == ["cancelled"]


def stop_at(stage: str, run: TrainingRun, act: Callable[[], object]) -> None:
    """Does something when a run is told to be in a stage."""
    if run.stage == stage and run.is_live:
        act()


def test_a_cancelled_run_leaves_nothing(world: TrainingWorld) -> None:
    use(world, hanging("judge"))
    world.jobs.listen(lambda run: stop_at("judge", run, lambda: world.jobs.cancel(run.id)))
    run = world.train()
    assert (run.state, run.sentence) == ("cancelled", "This training was cancelled.")
    nothing_came_of_it(world, run)
    use(world, command_of)
    assert world.jobs.cancel(run.id) == run
    assert world.jobs.cancel("nonsense") is None


@pytest.mark.parametrize("stage", ["prepare", "fit", "calibrate", "judge", "write"])
def test_a_child_that_is_killed_is_a_failure_in_words(world: TrainingWorld, stage: str) -> None:
    use(world, dying(stage))
    run = world.train()
    assert (run.state, run.stage) == ("failed", stage)
    assert run.sentence == "The system ended the training, most likely because memory ran short."
    nothing_came_of_it(world, run)
    use(world, command_of)
    assert world.train().state == "done"


def test_a_child_that_breaks_off_is_a_failure_in_words(world: TrainingWorld) -> None:
    use(world, lambda _mode, _folder: [sys.executable, "-c", "raise SystemExit('no')"])
    run = world.train()
    assert (run.state, run.sentence) == ("failed", "The training broke off.")
    nothing_came_of_it(world, run)


def test_a_child_that_has_ended_before_it_is_told_to_go_tells_its_status(tmp_path: Path) -> None:
    child = TrainingChild([sys.executable, "-c", "raise SystemExit(3)"], JobFolder(tmp_path))
    child._process.wait()
    child.go()
    assert child.end() == 3


def test_a_child_that_has_said_all_may_take_its_time_to_end(tmp_path: Path) -> None:
    program = "import os, select; os.close(1); os.read(0, 9); exit(len(select.select([0], [], [], 0.4)[0]))"
    child = TrainingChild([sys.executable, "-c", program], JobFolder(tmp_path))
    child.go()
    assert list(child.reports()) == []
    assert child.end() == 0


def test_what_libraries_print_disturbs_nobody(world: TrainingWorld) -> None:
    program = """
import sys
print("Epoch 1/5", flush=True)
from store.training import child
from store.training.runs.telling import Tell
stage = Tell.stage
def told(tell, *words):
    print("[====>", end="", flush=True)
    stage(tell, *words)
Tell.stage = told
child.main(sys.argv[1:])
"""
    use(world, lambda _mode, folder: [sys.executable, "-c", program, str(folder)])
    assert world.train().state == "done"
    assert {"prepare", "fit", "calibrate", "judge", "write"} <= {run.stage for run in world.told}


@pytest.mark.parametrize("name", ["examples.safetensors", "learned.safetensors", "result.json"])
def test_a_full_disk_ends_a_run_in_words(world: TrainingWorld, name: str) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("There is no /dev/full here.")
    world.jobs.listen(lambda run: no_room_for(world, run, name))
    run = world.train()
    assert (run.state, run.sentence) == ("failed", "The disk is too full to learn.")
    assert run.advice.startswith("Free some space")
    nothing_came_of_it(world, run)


def no_room_for(world: TrainingWorld, run: TrainingRun, name: str) -> None:
    """Has the writing of a file of the run fail as on a full disk."""
    if run.stage != "collect" or run.state != "running":
        return
    file = world.runs_folder / run.id / name
    if name.endswith(".json"):
        file = file.with_name(f".{name}")  # it is written beside its place first
    if not file.is_symlink():
        file.symlink_to("/dev/full")


def test_too_little_room_is_seen_before(world: TrainingWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("store.training.runs.collect.free_bytes", lambda _: 100 * 2**20)
    run = world.train()
    assert (run.state, run.advice) == (
        "failed", "Free 28 MB on the disk of Whimbrel's data, then train again."
    )  # fmt: skip
    nothing_came_of_it(world, run)


def test_a_memory_without_room_gets_no_half_of_a_version(
    world: TrainingWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    save = RunStore.save

    def without_room(runs: RunStore, run: TrainingRun, *also: object) -> None:
        def then(db: object) -> None:
            for write in also:
                write(db)  # type: ignore[operator]
            raise full()

        save(runs, run, then) if also else save(runs, run)

    monkeypatch.setattr(RunStore, "save", without_room)
    run = world.train()
    assert (run.state, run.stage) == ("failed", "register")
    nothing_came_of_it(world, run)
    with world.store.database.read() as db:
        assert db.execute_sql("SELECT count(*) FROM version_picture").fetchone() == (0,)


def test_too_few_pictures_are_no_run_at_all(tmp_path: Path) -> None:
    with training_world(tmp_path / "data") as world:
        fill(world, counts=(10, 5, 3))
        with pytest.raises(CannotTrain) as refused:
            world.jobs.start(replace_least(20), "user")
        assert refused.value.advice == ("Confirm or correct 10 more of “curlew” and 15 more of “godwit”.")
        assert world.jobs.last() == []


def replace_least(least: int) -> TrainingRequest:
    return TrainingRequest(options=TrainingOptions(least_examples=least))


def test_an_erasure_ends_a_run_that_has_copies(world: TrainingWorld) -> None:
    use(world, hanging("fit"))
    run = world.jobs.start(REQUEST, "user")
    world.store.upkeep.listen(lambda _: None, lambda _number, _scope: world.jobs.let_go())
    world.store.upkeep.erase(Scope(picture_sha256=sha256_of("picture 2")))
    world.store.upkeep.finish()
    world.jobs.wait()
    ended = world.run(run.id)
    assert (ended.state, ended.sentence[:20]) == ("failed", "Pictures were erased")
    nothing_came_of_it(world, ended)


def test_an_erasure_before_an_interrupted_run_goes_on_takes_its_copies(tmp_path: Path) -> None:
    with training_world(tmp_path / "data", hanging("fit")) as world:
        fill(world)
        world.jobs.listen(lambda run: stop_at("fit", run, lambda: leave(world)))
        run = world.train()
        assert world.left() == [run.id]
    with training_world(tmp_path / "data") as world:
        world.store.upkeep.listen(lambda _: None, lambda _number, _scope: world.jobs.let_go())
        world.store.upkeep.erase(Scope(picture_sha256=sha256_of("picture 2")))
        world.store.upkeep.finish()
        assert world.left() == []
        assert world.jobs.resume() is not None
        world.jobs.wait()
        assert len(world.store.examples.lineage(world.run(run.id).version or "")) == 119


def test_closing_leaves_a_run_for_the_next_start(tmp_path: Path) -> None:
    with training_world(tmp_path / "data", hanging("judge")) as world:
        fill(world)
        world.jobs.listen(lambda run: stop_at("judge", run, lambda: leave(world)))
        run = world.train()
        assert run.state == "running"
    with training_world(tmp_path / "data") as world:
        assert world.jobs.resume() is not None
        world.jobs.wait()
        assert world.run(run.id).state == "done"
        assert "fit" not in [each.stage for each in world.told if each.state == "running"][1:]


def test_a_run_in_which_the_program_always_ends_is_given_up(tmp_path: Path) -> None:
    with training_world(tmp_path / "data") as world:
        fill(world)
        world.jobs.listen(lambda run: stop_at("collect", run, lambda: spend(world, run)))
        run = world.train()
        assert run.sentence.startswith(f"Whimbrel ended {MOST_ATTEMPTS} times in the middle")
        nothing_came_of_it(world, run)


def leave(world: TrainingWorld) -> None:
    """As `stop` does, from the training's own thread."""
    assert world.jobs._at_work is not None
    world.jobs._at_work.leave()


def spend(world: TrainingWorld, run: TrainingRun) -> None:
    """As many attempts as there may be were made before."""
    folder = world.runs_folder / run.id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "attempts").write_text(str(MOST_ATTEMPTS))
