"""A request that arrives while Whimbrel closes is asked to come again; it is no failure of the program."""

from __future__ import annotations

from local_records import body_of, inference
from serving import JSON, Served


def test_a_large_batch_that_comes_while_the_program_closes(served: Served) -> None:
    large = body_of(*[inference(number) for number in range(200)])  # small ones never leave the loop
    with served.page() as client:
        served.application.close()
        answer = client.post("/api/statistics", content=large, headers=JSON)
    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "1"
    assert "closing" in answer.json()["detail"]
