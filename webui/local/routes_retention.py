"""The addresses of retention and erasure."""

from __future__ import annotations

from collections.abc import Callable

from store.clock import Clock
from store.local.erasure.scope import Scope
from webui.local.events import EventBus
from webui.local.handlers import retention
from webui.local.messages import Nothing
from webui.local.messages_retention import (
    EraseRequest,
    Erasure,
    Retention,
    Run,
    RunRequest,
    ToldRequest,
    erased,
    run_of,
)
from webui.local.services_retention import Upkeep
from webui.routes import Operation, Route


def routes(upkeep: Upkeep) -> list[Route]:
    """What is kept for how long, running that, and erasing."""
    wrong = (400, 409, 422, 503, 507)
    shown = Operation("GET", "What is kept for how long, and what would go.", Retention, problems=(503,))
    run = Operation("POST", "Runs what a preview showed.", Run, RunRequest, status=202, problems=wrong)
    date = Operation("POST", "The date is right.", Retention, Nothing, problems=wrong)
    told = Operation("POST", "What went has been said.", Nothing, ToldRequest, problems=wrong)
    one = Operation("GET", "How a removal is doing.", Run, problems=(404, 503))
    erase = Operation(
        "POST", "Shows what an erasure removes, or begins it.", Erasure, EraseRequest, problems=wrong
    )
    handed = {"upkeep": upkeep}
    return [
        Route("/api/retention", retention.RetentionHandler, (shown,), handed),
        Route("/api/retention/run", retention.RunHandler, (run,), handed),
        Route("/api/retention/date-is-right", retention.DateHandler, (date,), handed),
        Route("/api/retention/told", retention.ToldHandler, (told,), handed),
        Route("/api/upkeep/{number}", retention.UpkeepHandler, (one,), handed),
        Route("/api/erase", retention.EraseHandler, (erase,), handed),
    ]


def tell_of(upkeep: Upkeep, events: EventBus, clock: Clock, let_go: Callable[[], None]) -> None:
    """Publishes what the upkeep does as the events `upkeep`, `erased` and `records`.

    `let_go` is called after an erasure: whoever works on copies of pictures gives them up.
    """

    def gone(number: int, scope: Scope) -> None:
        let_go()
        events.publish("erased", erased(number, scope), str(number))
        events.publish("records", {"at": clock.now_ms()})

    upkeep.listen(lambda entry: events.publish("upkeep", run_of(entry), str(entry.number)), gone)
