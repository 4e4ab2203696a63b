"""What needs a second person, written in the program's file: round trips, changed last, and only by who may."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import httpx2
import pytest
from tests.features.staff.conftest import Browser
from tests.flows.approval.conftest import HERE, Office
from tests.flows.approval.test_approval import RULE, edit, latest, policy

from regulars.flows.apply import ProgramDocumentInvalid
from regulars.flows.apply.approvals import limits_of, plain_limits

LIMITS = {
    "publishing": True,
    "budget_points_over": "100000",
    "budget_money_over": "500.00",
    "adjustment_over": 5000,
    "days": 3,
}


async def applied(browser: Browser, document: dict[str, Any], **query: Any) -> httpx2.Response:
    """Apply a document."""
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return await browser.ask("POST", f"{HERE}/apply?{asked}", document)


async def said(office: Office) -> Any:
    """Return what needs a second person, as the API tells it."""
    return (await office.boss.ask("GET", f"{HERE}/approvals/policy")).json()


async def test_the_limits_round_trip(office: Office) -> None:
    planned = await applied(office.boss, {"approvals": LIMITS}, dry_run="true")
    assert [(one["kind"], one["code"]) for one in planned.json()["changes"]] == [
        ("approval limit", name) for name in LIMITS
    ]
    assert (await said(office))["publishing"] is False
    assert (await applied(office.boss, {"approvals": LIMITS})).status_code == 200
    assert await said(office) == LIMITS
    exported = (await office.boss.ask("GET", f"{HERE}/export")).json()
    assert exported["approvals"] == LIMITS
    assert (await applied(office.boss, exported)).json()["changes"] == []
    assert (await applied(office.boss, {})).json()["changes"] == []
    assert await said(office) == LIMITS


async def test_an_empty_section_lifts_them(office: Office) -> None:
    await policy(office, publishing=True, days=9)
    plan = (await applied(office.boss, {"approvals": {}})).json()["changes"]
    assert [(one["code"], one["action"]) for one in plan] == [("publishing", "remove"), ("days", "remove")]
    assert (await said(office))["publishing"] is False
    assert "approvals" not in (await office.boss.ask("GET", f"{HERE}/export")).json()


async def test_only_who_stands_above_the_program_changes_them_by_a_file(office: Office) -> None:
    await policy(office, publishing=True)
    for loose in ({}, {"publishing": False}, {"publishing": True, "adjustment_over": 10}):
        refused = await applied(office.ann, {"approvals": loose})
        assert (refused.status_code, refused.json()["code"]) == (403, "limits_not_yours")
    assert (await applied(office.ann, {"approvals": {"publishing": True}})).status_code == 200
    assert await said(office) == {**dict.fromkeys(LIMITS), "publishing": True, "days": 7}


async def test_a_file_that_lifts_the_limits_is_still_held_to_them(office: Office) -> None:
    """One file takes the limit away and publishes: nothing of it happens, and the limit stands."""
    await policy(office, publishing=True)
    await edit(office.ann)
    before = await latest(office.ann)
    refused = await applied(office.boss, {"approvals": {}, "publish": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "approval_needed"), refused.text
    assert (await said(office))["publishing"] is True
    assert await latest(office.ann) == before


async def test_a_file_that_brings_the_limits_publishes_once_and_never_again_alone(office: Office) -> None:
    more = {"approvals": {"publishing": True}, "publish": True}
    rules = (await office.boss.ask("GET", f"{HERE}/export")).json()["rules"]
    before = await latest(office.boss)
    made = await applied(office.boss, {**more, "rules": [*rules, {"code": "more", **RULE}]})
    assert made.json()["version"] == before + 1, made.text
    again = await applied(office.boss, {**more, "rules": [*rules, {"code": "most", **RULE}]})
    assert again.json()["code"] == "approval_needed"
    assert await latest(office.boss) == before + 1


def test_points_by_hand_are_written_as_people_write_them() -> None:
    limits = limits_of({"adjustment_over": Decimal("12.5")}, 2)
    assert limits.adjustment_over == 1_250
    assert plain_limits(limits, 2) == {"adjustment_over": "12.50"}
    with pytest.raises(ProgramDocumentInvalid) as refused:
        limits_of({"adjustment_over": "12.505"}, 2)
    assert [one.path for one in refused.value.errors] == ["approvals.adjustment_over"]


async def test_what_is_no_limit_says_where(office: Office) -> None:
    for wrong, path in (
        ({"publishing": "yes"}, "approvals.publishing"),
        ({"budgets": 5}, "approvals.budgets"),
        ({"days": 91}, "approvals.days"),
        ({"adjustment_over": -1}, "approvals.adjustment_over"),
        ({"budget_money_over": "-0.01"}, "approvals.budget_money_over"),
        ({"budget_points_over": "NaN"}, "approvals.budget_points_over"),
    ):
        refused = await applied(office.boss, {"approvals": wrong})
        assert refused.status_code == 422, refused.text
        assert [one["path"] for one in refused.json()["errors"]] == [path]
