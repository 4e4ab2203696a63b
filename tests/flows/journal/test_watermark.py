"""Out of order: batches are numbered when they begin and seen when they commit, and none is passed over or
told twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import hypothesis.strategies as st
from hypothesis import given

from regulars.flows.journal.following import BATCHES_MAX, EVENTS_MAX, GAP_S, Watermark

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_a_batch_that_commits_late_is_told_late() -> None:
    """12 before 11: 12 at once, 11 when it comes, and only then is everything settled."""
    mark = Watermark(10)
    assert mark.fresh([12], NOW) == [12]
    assert mark.settled == 10
    assert mark.fresh([11, 12], NOW) == [11]
    assert mark.settled == 12
    assert mark.fresh([], NOW) == []


def test_a_number_that_never_comes_is_given_up_after_longer_than_any_transaction_lives() -> None:
    """Until then a reader who comes back begins before it."""
    mark = Watermark(0)
    mark.fresh([1, 3], NOW)
    mark.fresh([3], NOW + timedelta(seconds=GAP_S - 1))
    assert mark.settled == 1
    mark.fresh([3, 4], NOW + timedelta(seconds=GAP_S))
    assert mark.settled == 4


def test_a_reader_who_was_away_for_long_reads_in_steps() -> None:
    """However much there is, no more than a few batches of her program are held in memory."""
    mark = Watermark(0)
    many = [(number, EVENTS_MAX // 2) for number in range(1, 10_000)]
    assert mark.next_of(many) == [1, 2]
    assert mark.next_of([(1, EVENTS_MAX), (2, 1)]) == [1]
    assert mark.next_of([(1, EVENTS_MAX + 1), (2, 1)]) == [1]
    none = [(number, 0) for number in range(1, 10_000)]
    assert mark.next_of(none) == list(range(1, BATCHES_MAX + 1))
    mark.fresh([2, 3], NOW)
    assert mark.ahead == 2
    assert mark.next_of([(2, EVENTS_MAX), (3, EVENTS_MAX), *many[3:]]) == [2, 3, 4, 5], "those were told"


@given(st.permutations(range(1, 9)), st.lists(st.integers(1, 8), min_size=1, max_size=8))
def test_whatever_the_order_each_is_told_once(commits: list[int], polls: list[int]) -> None:
    """Commits in any order, looked at after any number of them: told = committed, once each."""
    mark = Watermark(0)
    told: list[int] = []
    for visible in (*sorted(polls), len(commits)):
        done = sorted(commits[:visible])
        told += mark.fresh([number for number in done if number > mark.settled], NOW)
        assert sorted(told) == done
    assert mark.settled == len(commits)
