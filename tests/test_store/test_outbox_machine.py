"""Any order of recording, sending, answers, crashes, jumps of the clock, full disks, caps and erasing.

What must hold is in `outbox_model.Model.absorb`. CI draws the same few runs every time; for more and others:

    WHIMBREL_OUTBOX_EXAMPLES=2000 python -m pytest tests/test_store/test_outbox_machine.py

A failure prints the steps that lead to it, and a `@reproduce_failure` to put on the machine.
"""

from __future__ import annotations

import copy
import os
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
import pytest
from full_length import length
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test
from local_database import TIMEOUT
from outbox_model import DAY
from outbox_running import empty_memory
from outbox_scene import BATCH, OutboxScene
from outbox_talk import answer_to, seqs

from store.local import outbox_caps, outbox_lease, outbox_rows
from store.local.errors import StoreFull
from store.local.outbox_values import BatchInFlight, StaleLease, WrongAnswer

EXAMPLES = int(os.environ.get("WHIMBREL_OUTBOX_EXAMPLES", length(0, 2000)))
FEW = 50
ROWS_A_STEP = 3
CAPS = st.sampled_from([2500, 6000, 10**9])
KINDS = st.sampled_from(["plain", "inline", "wrong", "right", "undo"])
YEAR = 365 * DAY


class OutboxMachine(OutboxScene):
    """The rules: what page, collector, user and machine may do, in any order."""

    @initialize(max_bytes=CAPS, kinds=st.lists(KINDS, min_size=1, max_size=12))
    def begin(self, max_bytes: int, kinds: list[str]) -> None:
        self.set_up(max_bytes)
        self.record(kinds, at_once=True)

    # The page

    @rule(kinds=st.lists(KINDS, min_size=1, max_size=6), at_once=st.booleans())
    def record(self, kinds: list[str], at_once: bool) -> None:
        self.unsent.append([self.make(kind) for kind in kinds])
        if at_once:
            self.flush()

    @precondition(lambda self: self.unsent)
    @rule()
    def flush(self) -> None:
        for future in self.send_unsent():
            assert not future.result(TIMEOUT).rejected
        self.admit(len(self.unsent))
        self.compare([self.model])

    @precondition(lambda self: self.unsent)
    @rule(writes=st.integers(0, 12))
    def flush_onto_a_full_disk(self, writes: int) -> None:
        self.running.fill_up(writes)
        refused = 0
        for future in self.send_unsent():
            error = future.exception(TIMEOUT)
            assert error is None or isinstance(error, StoreFull)
            refused += error is not None
        assert refused in (0, len(self.unsent)), "one group, and only a part of it was refused"
        if not refused:
            self.admit(len(self.unsent))
        self.recover()

    # The collector

    @precondition(lambda self: self.lease is not None or self.model.in_state("ready"))
    @rule()
    def take_a_batch(self) -> None:
        self.leased()
        assert isinstance(self.running.outbox.lease().exception(TIMEOUT), BatchInFlight)
        self.compare([self.model])

    @precondition(lambda self: self.lease is not None or self.model.in_state("ready"))
    @rule(up_to=st.integers(0, BATCH), rejected=st.sets(st.integers(0, BATCH - 1)))
    def settle(self, up_to: int, rejected: set[int]) -> None:
        lease = self.leased()
        answer = self.partial_answer(lease, up_to, rejected)
        settled = self.running.outbox.settle(lease, answer).result(TIMEOUT)
        self.count_answer(self.model, lease, answer)
        assert (settled.accepted, settled.rejected) == self.decided(lease, answer)
        self.end_lease()

    @precondition(lambda self: self.lease is not None or self.model.in_state("ready"))
    @rule(wrong=st.sampled_from(["batch", "count", "ack", "id"]))
    def answer_with_nonsense(self, wrong: str) -> None:
        lease = self.leased()
        good = answer_to(lease)
        changes: dict[str, dict[str, Any]] = {
            "batch": {"batch_id": b"foreign batch id"},
            "count": {"accepted": good.accepted + 1},
            "ack": {"ack_seq": good.ack_seq + 1},
            "id": {"rejected": {b"nobody's id there": "bad"}, "accepted": good.accepted - 1},
        }
        answer = msgspec.structs.replace(good, **changes[wrong])
        assert isinstance(self.running.outbox.settle(lease, answer).exception(TIMEOUT), WrongAnswer)
        for late in self.over[-2:]:
            error = self.running.outbox.settle(late, answer_to(late)).exception(TIMEOUT)
            assert isinstance(error, StaleLease)
        self.compare([self.model])

    @precondition(lambda self: self.lease is not None or self.model.in_state("ready"))
    @rule(way=st.sampled_from(["release", "park"]))
    def end_a_batch(self, way: str) -> None:
        lease = self.leased()
        end = self.running.outbox.park if way == "park" else self.running.outbox.release
        leased = self.model.in_state("leased")
        assert end(lease, way).result(TIMEOUT) == len(leased)
        self.model.move(leased, "dead" if way == "park" else "ready")
        self.end_lease()

    @precondition(lambda self: self.lease is not None or self.model.in_state("ready"))
    @rule()
    def halve(self) -> None:
        self.over.append(self.leased())
        leased = self.model.in_state("leased")
        kept = leased[: max(1, len(leased) // 2)]
        self.lease = self.running.outbox.halve(self.leased()).result(TIMEOUT)
        assert seqs(self.lease) == kept
        self.model.move([seq for seq in leased if seq not in kept], "ready")
        self.compare([self.model])

    @precondition(lambda self: self.lease is not None or self.model.in_state("ready"))
    @rule(writes=st.integers(0, 6))
    def settle_onto_a_full_disk(self, writes: int) -> None:
        lease = self.leased()
        answer = answer_to(lease)
        self.running.fill_up(writes)
        error = self.running.outbox.settle(lease, answer).exception(TIMEOUT)
        assert error is None or isinstance(error, StoreFull)
        if error is None:
            self.count_answer(self.model, lease, answer)
            self.over.append(lease)
            self.lease = None
        self.recover()

    # The user

    @precondition(lambda self: self.model.in_state("dead"))
    @rule(place=st.integers(0, 5), again=st.booleans())
    def decide_about_the_rejected(self, place: int, again: bool) -> None:
        dead = self.model.in_state("dead")
        chosen = dead[: place + 1]
        outbox = self.running.outbox
        future = outbox.send_again(chosen) if again else outbox.discard(chosen)
        assert future.result(TIMEOUT) == len(chosen)
        self.model.move(chosen, "ready" if again else "discarded")
        self.compare([self.model])

    @precondition(lambda self: self.model.state)
    @rule(picks=st.sets(st.integers(0, 60), max_size=5))
    def erase(self, picks: set[int]) -> None:
        there = [seq for seq in sorted(self.model.state) if seq not in self.model.erased]
        chosen = sorted({there[pick % len(there)] for pick in picks}) if there else []

        def work(db: Any) -> None:
            outbox_rows.forget(db.connection(), chosen, "erased")
            for statement in (
                "DELETE FROM feedback WHERE id = (SELECT id FROM record WHERE number = ?)",
                "DELETE FROM record WHERE number = ?",
            ):
                db.connection().executemany(statement, [(seq,) for seq in chosen])

        self.running.database.submit(work).result(TIMEOUT)
        self.model.erase(chosen)
        self.compare([self.model])

    @precondition(lambda self: self.model.in_state("acked"))
    @rule()
    def reconcile(self) -> None:
        accepted = self.running.outbox.next_accepted(0, size=3)
        expected = self.model.in_state("acked")[:3]
        assert (accepted.count if accepted else 0) == len(expected)
        if accepted:
            assert self.running.outbox.send_missing(expected[:1]).result(TIMEOUT) == 1
            gone = self.running.outbox.reconciled(accepted.from_seq, accepted.to_seq).result(TIMEOUT)
            assert gone == len(expected) - 1
        self.model.move(expected[:1], "ready")
        self.model.move(expected[1:], "left")
        self.compare([self.model])

    # The machine

    @rule(
        what=st.one_of(
            st.tuples(st.just("cap"), CAPS),
            st.tuples(st.just("jump"), st.sampled_from([-10, -1, 1, 10])),
            st.tuples(st.just("time"), st.sampled_from([3, 30, 93])),
            st.just(("restart", 0)),
        )
    )
    def happen(self, what: tuple[str, int]) -> None:
        """One rule for all that needs nobody, so that it does not crowd out the rest."""
        kind, size = what
        if kind == "cap":
            self.max_bytes = size
            self.running.set_cap(size)
        elif kind == "jump":
            self.clock.wall_ms += size * YEAR * 1000
        elif kind == "time":
            self.let_time_pass(size)
        else:
            self.restart()
        self.look_at_ages()

    @rule(seed=st.integers(0, 2**16), operations=st.integers(1, 60))
    def lose_power_while_recording(self, seed: int, operations: int) -> None:
        """What was acknowledged by then is there; of the rest, whole batches in their order."""
        futures: list[Future[Any]] = []
        acknowledged = [0]

        def at() -> None:
            acknowledged[0] = sum(future.done() and future.exception() is None for future in futures)

        def work() -> None:
            futures.extend(self.send_unsent())
            for future in futures:
                future.result(TIMEOUT)

        self.lose_power(seed, operations, work, at)
        after = [copy.deepcopy(self.model) for _ in range(len(self.unsent) + 1)]
        for stored, model in enumerate(after):
            for batch in self.unsent[:stored]:
                model.admit(batch, self.clock.true_s)
        chosen = self.compare(after[acknowledged[0] :])
        del self.unsent[: acknowledged[0] + chosen]

    @precondition(lambda self: self.lease is not None or self.model.in_state("ready"))
    @rule(seed=st.integers(0, 2**16), operations=st.integers(1, 25))
    def lose_power_while_settling(self, seed: int, operations: int) -> None:
        lease = self.leased()
        answer = answer_to(lease)
        settled = copy.deepcopy(self.model)
        self.count_answer(settled, lease, answer)
        self.lose_power(
            seed, operations, lambda: self.running.outbox.settle(lease, answer).result(TIMEOUT), lambda: None
        )
        self.compare([settled, self.model])

    @invariant()
    def within_the_cap(self) -> None:
        """Or nothing is left that could go."""
        if hasattr(self, "running"):
            told = self.running.outbox.accounts()
            assert told.bytes <= self.max_bytes or not self.model.in_state("ready", "acked")

    @invariant()
    def the_rejected_are_shown(self) -> None:
        if hasattr(self, "running"):
            shown = [one.seq for one in self.running.outbox.rejected()]
            assert shown == self.model.in_state("dead")


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return empty_memory(tmp_path_factory.mktemp("empty") / "data")


def test_every_order_of_events(memory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outbox_lease, "MAX_RECORDS", BATCH)
    monkeypatch.setattr(outbox_caps, "ROWS_A_STEP", ROWS_A_STEP)
    monkeypatch.setattr("sys.unraisablehook", lambda _: None)  # apsw tells of every refused write there too
    OutboxMachine.memory = memory
    run_state_machine_as_test(
        OutboxMachine,
        settings=settings(
            max_examples=EXAMPLES or FEW,
            stateful_step_count=35,
            derandomize=not EXAMPLES,
            database=None,
            deadline=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
