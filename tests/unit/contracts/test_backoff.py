"""Pauses grow while something keeps failing, and begin anew after it was healthy."""

from contracts.backoff import FIRST_S, HEALTHY_S, MOST_S, Backoff


def longest(backoffs: list[Backoff], lasted_s: float) -> float:
    """The longest of many random pauses: near the bound."""
    return max(backoff.pause_s(lasted_s) for backoff in backoffs)


def test_pauses_double_to_a_bound_and_begin_anew_after_health() -> None:
    backoffs = [Backoff() for _ in range(2000)]
    bounds = [FIRST_S, 2 * FIRST_S, 4 * FIRST_S, 8 * FIRST_S, MOST_S, MOST_S]
    for bound in bounds:
        assert 0.9 * bound < longest(backoffs, 0) <= bound
    assert 0.9 * FIRST_S < longest(backoffs, HEALTHY_S) <= FIRST_S


def test_it_may_fail_for_ever() -> None:
    backoff = Backoff()
    assert all(0 <= backoff.pause_s(0) <= MOST_S for _ in range(5000))
