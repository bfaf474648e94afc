"""A page that ends by itself comes back three times a minute."""

from __future__ import annotations

from desktop.window_revival import Revivals


def test_it_comes_back_but_not_for_ever() -> None:
    now = [0.0]
    revivals = Revivals(lambda: now[0])
    assert [revivals.again() for _ in range(4)] == [True, True, True, False]
    now[0] = 61.0
    assert revivals.again()
