"""The scene of the outbox machine: a page, a memory on a fragile disk, a collector, and what must be true."""

from __future__ import annotations

import copy
import random
import shutil
import tempfile
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import msgspec
from hypothesis.stateful import RuleBasedStateMachine
from local_database import TIMEOUT, Blocked
from local_records import body_of, inference, said
from outbox_model import DAY, Made, Model, look
from outbox_running import Running, TwoClocks, start_from
from outbox_talk import answer_to, seqs

from store.events import StatisticsBatch
from store.local.outbox_values import Answer, Lease

BATCH = 5  # records in flight at most, so that short runs fill more than one


def body(made: Made) -> dict[str, Any]:
    """The record as a page sends it."""
    if made.kind == "inference":
        feedback = {"isCorrect": False, "correctedLabel": "wolf"} if made.wrong else None
        return inference(made.number, picture=None, spaceId=None, userFeedback=feedback)
    about = made.about or 0
    if made.retracts is not None:
        return said(made.number, about, userFeedback=None, retracts=said(made.retracts, 0)["id"])
    return said(made.number, about, "wolf" if made.wrong else None)


class OutboxScene(RuleBasedStateMachine):
    """What the rules act on. The page keeps what no answer took from it; `over` are leases that ended."""

    memory: Path

    def set_up(self, max_bytes: int) -> None:
        """An empty memory, a page and a collector that have not met."""
        self.root = Path(tempfile.mkdtemp())
        self.folders = 0
        self.clock = TwoClocks()
        self.max_bytes = max_bytes
        folder = self.new_folder()
        start_from(self.memory, folder)
        self.running = Running(folder, self.clock, max_bytes)
        self.model = Model()
        self.made: list[Made] = []
        self.unsent: list[list[Made]] = []
        self.lease: Lease | None = None
        self.over: list[Lease] = []
        self.epoch = self.running.outbox.accounts().epoch

    def teardown(self) -> None:
        if hasattr(self, "running"):
            self.running.close()
            shutil.rmtree(self.root)

    def new_folder(self) -> Path:
        self.folders += 1
        return self.root / f"life-{self.folders}"

    def make(self, kind: str) -> Made:
        number = len(self.made) + 1
        answers = [made.number for made in self.made if made.kind == "inference"]
        opinions = [made for made in self.made if made.kind == "feedback" and made.retracts is None]
        if kind == "undo" and opinions:
            made = Made(number, "feedback", opinions[-1].about, retracts=opinions[-1].number)
        elif kind in ("wrong", "right") and answers:
            made = Made(number, "feedback", answers[len(answers) // 2], wrong=kind == "wrong")
        else:
            made = Made(number, "inference", wrong=kind == "inline")
        self.made.append(made)
        return made

    def send_unsent(self) -> list[Future[Any]]:
        """Hands all batches in, so that they are one group of the writer."""
        blocked = Blocked(self.running.database)
        batches = [body_of(*(body(made) for made in batch)) for batch in self.unsent]
        bodies = [msgspec.json.decode(one, type=StatisticsBatch) for one in batches]
        futures = [self.running.statistics.record(one, b"") for one in bodies]
        blocked.release()
        return futures

    def admit(self, batches: int) -> None:
        for batch in self.unsent[:batches]:
            self.model.admit(batch, self.clock.true_s)
        del self.unsent[:batches]

    def recover(self) -> None:
        self.running.rest()
        self.running.heal()
        self.running.set_cap(self.max_bytes)  # what a full disk stopped goes on
        self.compare([self.model])

    def partial_answer(self, lease: Lease, up_to: int, rejected: set[int]) -> Answer:
        numbers = seqs(lease)
        last = numbers[min(up_to, len(numbers)) - 1] if numbers and up_to else 0
        return answer_to(lease, [numbers[place] for place in rejected if place < len(numbers)], last)

    def decided(self, lease: Lease, answer: Answer) -> tuple[int, int]:
        there = [
            one for one in lease.records if one.seq <= answer.ack_seq and one.seq not in self.model.erased
        ]
        refused = sum(one.id in answer.rejected for one in there)
        return len(there) - refused, refused

    def count_answer(self, model: Model, lease: Lease, answer: Answer) -> None:
        for record in lease.records:
            if model.state[record.seq] != "leased":
                assert model.state[record.seq] == "erased"
            elif record.seq > answer.ack_seq:
                model.state[record.seq] = "ready"
            else:
                model.state[record.seq] = "dead" if record.id in answer.rejected else "acked"
        model.confirmed |= {seq for run in lease.dropped for seq in range(run.from_seq, run.to_seq + 1)}

    def leased(self) -> Lease:
        """The batch in flight; where there is none, the next is taken."""
        if self.lease is None:
            self.lease = self.running.outbox.lease().result(TIMEOUT)
            waiting = self.model.in_state("ready")[:BATCH]
            assert seqs(self.lease) == waiting, "the oldest that wait, in their order"
            self.model.move(waiting, "leased")
            self.compare([self.model])
        assert self.lease is not None
        return self.lease

    def end_lease(self) -> None:
        self.over.append(self.leased())
        self.lease = None
        self.compare([self.model])

    def let_time_pass(self, days: int) -> None:
        for _ in range(3):
            self.clock.pass_time(days / 3 * DAY)
            self.running.database.submit(self.running.watch.observe).result(TIMEOUT)

    def restart(self) -> None:
        self.running.close()
        self.open_again(self.running.folder)
        assert self.running.outbox.accounts().epoch == self.epoch

    def look_at_ages(self) -> None:
        self.running.database.submit(self.running.outbox.has_grown).result(TIMEOUT)
        self.running.rest()
        self.compare([self.model])

    def open_again(self, folder: Path) -> None:
        self.running = Running(folder, self.clock, self.max_bytes)
        if self.lease is not None:
            self.over.append(self.lease)
        self.lease = None

    def lose_power(
        self, seed: int, operations: int, work: Callable[[], object], at: Callable[[], None]
    ) -> None:
        """Goes on from what the disk has when the power goes during `work`, or after it."""
        rng = random.Random(seed)
        folder = self.new_folder()
        self.running.cut_after(operations, rng, folder, at)
        work()
        self.running.rest()
        self.running.heal()
        if not folder.exists():
            self.running.disk.image(folder, rng)
            at()
        self.running.close()
        self.open_again(folder)
        self.epoch, before = self.running.outbox.accounts().epoch, self.epoch
        assert self.epoch != before, "the file lies elsewhere now"

    def compare(self, candidates: list[Model]) -> int:
        """Holds the database against what it may be, and goes on with the first that it is."""
        self.running.rest()
        seen = look(self.running.database)
        for place, candidate in enumerate(candidates):
            model = copy.deepcopy(candidate)
            model.move(model.in_state("leased") if self.lease is None else [], "ready")
            try:
                model.absorb(seen, self.max_bytes, self.clock.true_s)
            except AssertionError:
                if place == len(candidates) - 1:
                    raise
            else:
                self.model = model
                return place
        raise AssertionError("there is nothing that it may be")
