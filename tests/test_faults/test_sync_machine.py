"""Any order of recording, sending, harm on the way, crashes, copies put back, clocks and changes of mind, at
devices and their collector together.

What must hold after each step is in `TogetherMachine.add_up`, what must hold in the end in
`TogetherScene.come_to_rest`. CI draws few runs; for more and others:

    WHIMBREL_TOGETHER_EXAMPLES=500 python -m pytest tests/test_faults/test_sync_machine.py
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from full_length import length
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test
from local_records import EMBEDDING, base64_text, inference, said, send
from msgspec import structs
from sync_faults.judging import judge_now
from together_scene import HARMS, TogetherScene, checkpointed, closed, make_templates

from store.sync.forms import Sharing, Withdrawal

EXAMPLES = int(os.environ.get("WHIMBREL_TOGETHER_EXAMPLES", length(5, 300)))
STEPS = 25
_MOST_DEVICES = 3
_TEN_YEARS_MS = 10 * 365 * 86_400_000
PLACES = st.integers(0, _MOST_DEVICES - 1)
JUMPS = st.sampled_from([-_TEN_YEARS_MS, _TEN_YEARS_MS, -3_600_000, 86_400_000])


class TogetherMachine(TogetherScene):
    """The rules."""

    @initialize()
    def begin(self) -> None:
        self.set_up()

    def at(self, place: int) -> int:
        return place % len(self.devices)

    @rule(place=PLACES, count=st.integers(1, 4), heavy=st.booleans())
    def record(self, place: int, count: int, heavy: bool) -> None:
        first, self.numbers = self.numbers + 1, self.numbers + count + 1
        parts = {"embedding": base64_text(EMBEDDING)} if heavy else {}
        records = [inference(first + one, **parts) for one in range(count)]
        send(self.devices[self.at(place)].store.statistics, *records, said(self.numbers, first))

    @rule(place=PLACES, harm=st.sampled_from(("", "", *HARMS)), turns=st.integers(1, 4))
    def send(self, place: int, harm: str, turns: int) -> None:
        self.wire.harm = harm
        self.take_turns(self.devices[self.at(place)], turns)

    @rule(place=PLACES)
    def crash(self, place: int) -> None:
        self.devices[self.at(place)].restart()

    @precondition(lambda self: len(self.devices) < _MOST_DEVICES)
    @rule(place=PLACES)
    def clone(self, place: int) -> None:
        with closed(self, self.at(place)) as folder:
            copy = Path(shutil.copytree(folder, self.new_folder()))
        self.devices.append(self.opened(copy))

    @rule(place=PLACES)
    def keep_a_copy_of_a_device(self, place: int) -> None:
        with closed(self, self.at(place)) as folder:
            self.kept_device = Path(shutil.copytree(folder, self.new_folder()))

    @precondition(lambda self: self.kept_device is not None)
    @rule(place=PLACES)
    def put_a_device_back(self, place: int) -> None:
        self.look()
        assert self.kept_device is not None
        with closed(self, self.at(place)) as folder:
            shutil.rmtree(folder)
            self.kept_device.rename(folder)
        self.kept_device = None

    @rule()
    def keep_a_copy_of_the_collector(self) -> None:
        self.kept_collector = Path(shutil.copy(checkpointed(self.stop_collector()), self.root / "kept"))
        self.start_collector()

    @precondition(lambda self: self.kept_collector is not None)
    @rule()
    def put_the_collector_back(self) -> None:
        assert self.kept_collector is not None
        shutil.copy(self.kept_collector, checkpointed(self.stop_collector()))
        self.start_collector()
        self.forgot = True

    @rule(place=PLACES, jump=JUMPS)
    def a_clock_of_a_device_jumps(self, place: int, jump: int) -> None:
        self.devices[self.at(place)].clock.wall_ms += jump  # type: ignore[attr-defined]

    @rule(jump=JUMPS)
    def the_clock_of_the_collector_jumps(self, jump: int) -> None:
        self.clock.wall_ms += jump

    @rule(place=PLACES, scope=st.sampled_from(["all", "embeddings"]))
    def withdraw(self, place: int, scope: str) -> None:
        memory = self.devices[self.at(place)].memory
        before = memory.now().consent
        sharing = Sharing() if scope == "embeddings" else before.sharing
        given = before.given and scope != "all"
        after = structs.replace(before, number=before.number + 1, given=given, sharing=sharing)
        taken_back = Withdrawal(scope, before.number, 1)  # type: ignore[arg-type]
        memory.say(lambda _: (after, taken_back))
        self.withdrew = True

    @rule(place=PLACES, embeddings=st.booleans())
    def agree(self, place: int, embeddings: bool) -> None:
        self.devices[self.at(place)].agree_anew(embeddings=embeddings)

    @rule(place=PLACES)
    def compare(self, place: int) -> None:
        self.devices[self.at(place)].engine.compare_soon()

    @invariant()
    def add_up(self) -> None:
        if not hasattr(self, "devices"):
            return
        devices, kept = self.look()
        verdict = judge_now(devices, kept)
        assert not verdict.doubled, verdict
        assert self.forgot or not verdict.lost, verdict


def test_a_device_and_its_collector_agree_in_the_end(tmp_path: Path) -> None:
    TogetherMachine.templates = make_templates(tmp_path)
    run_state_machine_as_test(
        TogetherMachine,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            derandomize=True,
            suppress_health_check=[HealthCheck.too_slow],
        ),
    )
