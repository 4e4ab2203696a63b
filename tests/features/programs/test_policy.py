"""Policies of point types: what is accepted, and a path and a code for whatever is not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.features.programs.policy import Debt, Expiry, Pending, PointTypePolicy, parse_policy

ACCEPTED: list[tuple[Any, PointTypePolicy]] = [
    ({}, PointTypePolicy()),
    ({"pending": {"days": 14}}, PointTypePolicy(pending=Pending(days=14))),
    (
        {"pending": {"until_event": " Order Delivered "}},
        PointTypePolicy(pending=Pending(until_event="Order Delivered")),
    ),
    ({"pending": {"manual": True}}, PointTypePolicy(pending=Pending(manual=True))),
    ({"pending": None, "expiry": None, "debt": None}, PointTypePolicy()),
    ({"expiry": {"rolling_days": 365}}, PointTypePolicy(expiry=Expiry(rolling_days=365))),
    ({"expiry": {"rolling_months": 12}}, PointTypePolicy(expiry=Expiry(rolling_months=12))),
    ({"expiry": {"fixed": "2027-12-31"}}, PointTypePolicy(expiry=Expiry(fixed=date(2027, 12, 31)))),
    (
        {"expiry": {"end_of": "year", "after_months": 12}},
        PointTypePolicy(expiry=Expiry(end_of="year", after_months=12)),
    ),
    ({"expiry": {"inactivity_days": 180}}, PointTypePolicy(expiry=Expiry(inactivity_days=180))),
    ({"balance_max": "50000"}, PointTypePolicy(balance_max=50000)),
    ({"earn_max": {"day": 5, "year": "70"}}, PointTypePolicy(earn_max={"day": 5, "year": 70})),
    ({"debt": {"allowed": True, "max": 100}}, PointTypePolicy(debt=Debt(True, 100))),
    ({"debt": {"allowed": False}}, PointTypePolicy()),
    (
        {"value_minor": "0.5", "spend_order": "earned"},
        PointTypePolicy(value_minor=Decimal("0.5"), spend_order="earned"),
    ),
]

REFUSED: list[tuple[Any, str, str]] = [
    ([], "policy", "not_an_object"),
    ({"pendign": {}}, "policy.pendign", "unknown_field"),
    ({"pending": 14}, "policy.pending", "not_an_object"),
    ({"pending": {}}, "policy.pending", "not_one_way"),
    ({"pending": {"days": 1, "manual": True}}, "policy.pending", "not_one_way"),
    ({"pending": {"days": 0}}, "policy.pending.days", "out_of_range"),
    ({"pending": {"days": True}}, "policy.pending.days", "out_of_range"),
    ({"pending": {"until_event": ""}}, "policy.pending.until_event", "not_an_event"),
    ({"pending": {"manual": "yes"}}, "policy.pending.manual", "not_a_boolean"),
    ({"expiry": {"rolling_days": 10**9}}, "policy.expiry.rolling_days", "out_of_range"),
    ({"expiry": {"rolling_days": 1.5}}, "policy.expiry.rolling_days", "out_of_range"),
    ({"expiry": {"rolling_days": 9, "after_months": 1}}, "policy.expiry.after_months", "only_with_end_of"),
    ({"expiry": {"fixed": "2027-02-30"}}, "policy.expiry.fixed", "not_a_date"),
    ({"expiry": {"fixed": 20271231}}, "policy.expiry.fixed", "not_a_date"),
    ({"expiry": {"end_of": "week"}}, "policy.expiry.end_of", "unknown_period"),
    ({"balance_max": 0}, "policy.balance_max", "out_of_range"),
    ({"balance_max": "1e9"}, "policy.balance_max", "out_of_range"),
    ({"earn_max": {"week": 1}}, "policy.earn_max.week", "unknown_field"),
    ({"earn_max": {"day": 0}}, "policy.earn_max.day", "out_of_range"),
    ({"debt": {}}, "policy.debt.allowed", "not_a_boolean"),
    ({"debt": {"allowed": True}}, "policy.debt.max", "out_of_range"),
    ({"debt": {"allowed": False, "max": 5}}, "policy.debt.max", "no_debt_allowed"),
    ({"lots": False}, "policy.lots", "lots_needed"),
    ({"lots": "no"}, "policy.lots", "not_a_boolean"),
    ({"spend_order": "random"}, "policy.spend_order", "unknown_order"),
    ({"value_minor": "NaN"}, "policy.value_minor", "not_a_value"),
    ({"value_minor": "-1"}, "policy.value_minor", "not_a_value"),
    ({"value_minor": True}, "policy.value_minor", "not_a_value"),
]


@pytest.mark.parametrize(("document", "policy"), ACCEPTED)
def test_a_policy_is_read_and_survives_storage(document: Any, policy: PointTypePolicy) -> None:
    read, errors = parse_policy(document)
    assert errors == []
    assert read == policy
    assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(read)), PointTypePolicy) == policy


@pytest.mark.parametrize(("document", "policy"), ACCEPTED)
def test_what_is_stored_may_be_written_again(document: Any, policy: PointTypePolicy) -> None:
    assert parse_policy(msgspec.to_builtins(parse_policy(document)[0])) == (policy, [])


def test_a_policy_that_was_stored_saying_no_debt_may_be_written_again() -> None:
    stored = msgspec.json.decode('{"debt": {}}', type=PointTypePolicy)
    assert parse_policy(msgspec.to_builtins(stored)) == (PointTypePolicy(), [])


@pytest.mark.parametrize(("document", "path", "code"), REFUSED)
def test_a_refusal_says_where_and_why(document: Any, path: str, code: str) -> None:
    _, errors = parse_policy(document)
    assert (path, code) in [(error.path, error.code) for error in errors]
    assert all(error.message.endswith(".") for error in errors)


def test_qualifying_points_without_an_expiry_keep_no_lots() -> None:
    assert not parse_policy({}, "qualifying")[0].lots
    assert parse_policy({"expiry": {"rolling_days": 5}}, "qualifying")[0].lots
    assert parse_policy({"lots": True}, "qualifying")[0].lots


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["days", "manual", "fixed", "end_of", "max", "allowed", "day"]), inner
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(PointTypePolicy.__struct_fields__), _JSON))
def test_whatever_is_sent_is_read_or_refused_but_never_fails(document: dict[str, Any]) -> None:
    policy, errors = parse_policy(document)
    if not errors:
        assert msgspec.convert(msgspec.json.decode(msgspec.json.encode(policy)), PointTypePolicy) == policy
