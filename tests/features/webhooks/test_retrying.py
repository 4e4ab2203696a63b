"""The schedule of retries, and what answers do to it."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from regulars.features.webhooks.retrying import SCHEDULE_S, next_try, rest, retry_after
from regulars.features.webhooks.sending import share_places

NOW = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)


def test_the_schedule_of_standard_webhooks_with_jitter_that_only_adds() -> None:
    """0 s, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 14 h, 20 h, 24 h; after the tenth try it is over."""
    assert SCHEDULE_S == (0, 5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
    dice = random.Random(1)
    for tries in range(1, 10):
        due = {next_try(tries, NOW, {}, dice) for _ in range(50)}
        assert None not in due
        waits = [(one - NOW).total_seconds() for one in due if one]
        assert SCHEDULE_S[tries] <= min(waits) < max(waits) <= SCHEDULE_S[tries] * 1.2
    assert next_try(10, NOW, {}, dice) is None


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("Mon, 02 Mar 2026 10:07:00 GMT", 120),
        ("Mon, 02 Mar 2026 10:00:00 GMT", 0),
        ("99999999", 86_400),
        ("soon", None),
        ("-5", None),
        ("", None),
    ],
)
def test_retry_after(said: str, seconds: int | None) -> None:
    """Seconds or a date, never the past, never more than a day."""
    expected = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert retry_after({"retry-after": said}, NOW) == expected


def test_retry_after_puts_off_and_never_forward() -> None:
    """An impatient server does not get us sooner."""
    dice = random.Random(1)
    assert next_try(1, NOW, {"retry-after": "600"}, dice) == NOW + timedelta(seconds=600)
    sooner = next_try(3, NOW, {"retry-after": "1"}, dice)
    assert sooner is not None
    assert sooner >= NOW + timedelta(seconds=1800)


def test_only_statuses_of_overload_give_the_endpoint_a_rest() -> None:
    """429 and its like speak for the whole endpoint, a 400 for one message."""
    assert rest(400, NOW, {"retry-after": "60"}) is None
    assert rest(None, NOW, {}) is None
    assert rest(429, NOW, {"retry-after": "60"}) == NOW + timedelta(seconds=60)
    assert rest(503, NOW, {}) == NOW + timedelta(seconds=5)


def test_places_are_shared_and_failing_endpoints_have_their_own() -> None:
    """However many endpoints fail, the healthy ones keep their places."""
    endpoints = [(1, 4, 0), (2, 32, 0), *((number, 4, 9) for number in range(10, 100))]
    most = share_places(endpoints, {True: 20, False: 5})
    assert most[1] == 4
    assert most[2] == 10
    assert [most[number] for number in range(10, 15)] == [1] * 5
    assert len(most) == 7
    assert share_places(endpoints, {True: 0, False: 0}) == {}
