"""A page that ends by itself comes back three times a minute."""

from __future__ import annotations

from desktop.window_revival import Revivals


def test_it_comes_back_but_not_for_ever_and_says_so_once() -> None:
    now = [0.0]
    revivals = Revivals(lambda: now[0])
    assert revivals.take_notice() is None
    assert [revivals.again() for _ in range(4)] == [True, True, True, False]
    assert (revivals.take_notice() or "").startswith("The page ended by itself and was opened again.")
    assert revivals.take_notice() is None
    now[0] = 61.0
    assert revivals.again()
