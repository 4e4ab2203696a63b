"""Publishing: all or nothing, one after the other, refused while anything is wrong."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from regulars.features.rulesets import (
    BackdatedRules,
    ExamplesFailed,
    RulesInvalid,
    UnknownVersion,
    Vocabulary,
    compare_documents,
    examine_rule,
    load_draft,
    load_ruleset,
    publish_again,
    publish_rules,
    put_part,
    put_rule,
    remove_part,
    set_rule_status,
    version_in_force,
    version_of,
    versions_timeline,
)
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.kit.errors import PreconditionFailed

PROGRAM = 7
WORDS = Vocabulary(currency="EUR", exponent=2, point_types={"points": 0}, attributes={"size": "text"})
EARN: dict[str, Any] = {
    "trigger": {"event": "Order Completed"},
    "then": [
        {"award": {"point_type": "points", "per_amount": {"points": 1, "per": "1.00", "of": "order.amount"}}}
    ],
}
EXAMPLE = {
    "name": "ten euros",
    "event": {"type": "Order Completed", "order": {"order_id": "1", "revenue": "10.00"}},
    "expect": {"points": {"points": 10}},
}


class Desk:
    """Somebody who writes and publishes rules of one program."""

    def __init__(self, db: Database, clock: FixedClock) -> None:
        self.db, self.clock = db, clock

    async def rule(self, code: str, document: dict[str, Any], **options: Any) -> Any:
        async with self.db.transaction() as tx:
            options = {"now": self.clock.now(), "status": "active", **options}
            return await put_rule(tx, PROGRAM, code, document, **options)

    async def publish(self, **options: Any) -> Any:
        async with self.db.transaction() as tx:
            options = {"now": self.clock.now(), **options}
            return await publish_rules(tx, PROGRAM, options.pop("words", WORDS), **options)


@pytest.fixture
def desk(db: Database, clock: FixedClock) -> Desk:
    return Desk(db, clock)


async def test_a_published_version_decides_and_stays_as_it_was(desk: Desk) -> None:
    await desk.rule("earn", EARN)
    version, new = await desk.publish(by="ana", note="first")
    assert (version.version, new, version.published_by) == (1, True, "ana")
    await desk.rule("earn", {**EARN, "priority": 9})
    async with desk.db.transaction(read_only=True) as tx:
        published = await version_of(tx, PROGRAM, 1)
        ruleset = await load_ruleset(tx, PROGRAM, 1)
        again = await load_ruleset(tx, PROGRAM, 1)
    assert "priority" not in published.document["rules"][0]
    assert ruleset.triggers == {"Order Completed"}
    assert again is ruleset


async def test_publishing_the_same_again_changes_nothing(desk: Desk) -> None:
    await desk.rule("earn", EARN)
    await desk.publish()
    version, new = await desk.publish()
    assert (version.version, new) == (1, False)
    seen = Vocabulary(
        **{f: getattr(WORDS, f) for f in WORDS.__struct_fields__} | {"attributes": {"shoe": "text"}}
    )
    assert (await desk.publish(words=seen))[1] is False


async def test_drafts_and_archived_rules_are_left_out(desk: Desk) -> None:
    await desk.rule("earn", EARN)
    await desk.rule("wip", {"trigger": 3}, status="draft")
    await desk.rule("old", EARN)
    async with desk.db.transaction() as tx:
        await set_rule_status(tx, PROGRAM, "old", "archived", now=desk.clock.now())
    version, _ = await desk.publish()
    assert [rule["code"] for rule in version.document["rules"]] == ["earn"]


async def test_a_mistake_blocks_publishing_and_says_where(desk: Desk) -> None:
    await desk.rule("earn", {**EARN, "then": [{"award": {"point_type": "ponits", "points": 1}}]})
    with pytest.raises(RulesInvalid) as refused:
        await desk.publish()
    error = refused.value.errors[0]
    assert error.path == "rules[earn].then[0].award.point_type"
    assert "points" in error.message


async def test_a_rule_that_is_written_hears_what_may_be_meant(desk: Desk) -> None:
    """Of all that there is, not only of what the rule names rightly."""
    await desk.rule("earn", EARN)
    async with desk.db.transaction(read_only=True) as tx:
        draft = await load_draft(tx, PROGRAM)
    words = Vocabulary(**{f: getattr(WORDS, f) for f in WORDS.__struct_fields__} | {"partners": ("acme",)})
    asks = {
        "combinator": "and",
        "rules": [{"field": "member.attributes.sise", "operator": "=", "value": "L"}],
    }
    twice = [{"award": {"point_type": "points", "multiply": {"rule": "earm", "by": "2"}}}]
    funding = [{"account": "partner:acne", "share": 100}]
    wrong = {**EARN, "code": "new", "when": asks, "then": twice, "funding": funding}
    said = {one.path: one.message for one in examine_rule(wrong, draft, words).diagnostics}
    assert "Did you mean `member.attributes.size`?" in said["when.rules[0].field"]
    assert "Did you mean `earn`?" in said["then[0].award.multiply.rule"]
    assert "Did you mean `acme`?" in said["funding[0].account"]


async def test_a_failing_example_blocks_publishing(desk: Desk) -> None:
    await desk.rule("earn", {**EARN, "tests": [EXAMPLE]})
    assert (await desk.publish())[1]
    wrong = {**EXAMPLE, "name": "eleven", "expect": {"points": {"points": 11}}}
    await desk.rule("earn", {**EARN, "tests": [EXAMPLE, wrong]})
    with pytest.raises(ExamplesFailed) as refused:
        await desk.publish()
    assert [error.path for error in refused.value.errors] == ["rules[earn].tests[eleven]"]
    async with desk.db.transaction(read_only=True) as tx:
        assert await version_in_force(tx, PROGRAM, desk.clock.now()) == 1


async def test_rules_take_force_when_they_say(desk: Desk) -> None:
    await desk.rule("earn", EARN)
    await desk.publish()
    monday = desk.clock.now() + timedelta(days=7)
    await desk.rule("earn", {**EARN, "priority": 1})
    await desk.publish(in_force_from=monday)
    await desk.rule("earn", {**EARN, "priority": 2})
    desk.clock.advance(timedelta(days=1))
    await desk.publish()
    async with desk.db.transaction(read_only=True) as tx:
        timeline = await versions_timeline(tx, PROGRAM)
    at = [timeline.at(monday + timedelta(days=days)) for days in (-8, -7, -6, 0, 30)]
    assert [start and start.version for start in at] == [None, 1, 3, 2, 2]


async def test_backdating_has_to_be_said(desk: Desk) -> None:
    await desk.rule("earn", EARN)
    yesterday = desk.clock.now() - timedelta(days=1)
    with pytest.raises(BackdatedRules):
        await desk.publish(in_force_from=yesterday)
    version, _ = await desk.publish(in_force_from=yesterday, backdate=True)
    assert version.in_force_from == yesterday


async def test_rolling_back_publishes_the_old_content_as_a_new_version(desk: Desk) -> None:
    await desk.rule("earn", EARN)
    await desk.publish()
    await desk.rule("earn", {**EARN, "priority": 5})
    await desk.publish()
    async with desk.db.transaction() as tx:
        again = await publish_again(tx, PROGRAM, 1, now=desk.clock.now())
        first, second = await version_of(tx, PROGRAM, 1), await version_of(tx, PROGRAM, 2)
        with pytest.raises(UnknownVersion):
            await publish_again(tx, PROGRAM, 9, now=desk.clock.now())
    assert (again.version, again.digest) == (3, first.digest)
    (change,) = compare_documents(first.document, second.document)
    assert (change.kind, change.code, change.action) == ("rule", "earn", "change")
    assert [(f.path, f.before, f.after) for f in change.fields] == [("priority", None, 5)]


async def test_campaigns_hand_limits_time_and_pauses_to_their_rules(desk: Desk) -> None:
    limit = {"measure": "points", "point_type": "points", "max": 100, "per": "campaign", "period": "lifetime"}
    campaign = {"name": "Summer", "schedule": {"from": "2026-06-01", "to": "2026-09-01"}, "limits": [limit]}
    now = desk.clock.now()
    await desk.rule("a", {**EARN, "campaign": "summer"})
    await desk.rule("b", {**EARN, "campaign": "summer", "schedule": {"to": "2026-07-01"}})
    async with desk.db.transaction() as tx:
        await put_part(tx, PROGRAM, "campaign", "summer", campaign, now=now)
    version, _ = await desk.publish()
    a, b = version.document["rules"]
    assert a["limits"] == b["limits"] == [limit]
    assert (a["schedule"]["to"], b["schedule"]) == ("2026-09-01", {"from": "2026-06-01", "to": "2026-07-01"})
    async with desk.db.transaction(read_only=True) as tx:
        ruleset = await load_ruleset(tx, PROGRAM, 1)
    assert [(one.owner, one.per) for one in ruleset.limits] == [("summer", "campaign")]
    async with desk.db.transaction() as tx:
        await put_part(tx, PROGRAM, "campaign", "summer", {**campaign, "status": "paused"}, now=now)
    version, _ = await desk.publish()
    assert {rule["status"] for rule in version.document["rules"]} == {"paused"}


async def test_two_who_publish_at_once_publish_one_after_the_other(desk: Desk) -> None:
    """Sixteen publish a change of their own at once: versions are 1 to 16, and each holds what was there before it."""
    writers = 16
    started = asyncio.Event()

    async def write_and_publish(number: int) -> int:
        await started.wait()
        async with desk.db.transaction() as tx:
            await put_rule(tx, PROGRAM, f"rule-{number}", EARN, now=desk.clock.now(), status="active")
            version, new = await publish_rules(tx, PROGRAM, WORDS, now=desk.clock.now())
            assert new
            assert f"rule-{number}" in {rule["code"] for rule in version.document["rules"]}
        return version.version

    tasks = [asyncio.create_task(write_and_publish(number)) for number in range(writers)]
    started.set()
    assert sorted(await asyncio.gather(*tasks)) == list(range(1, writers + 1))
    async with desk.db.transaction(read_only=True) as tx:
        sizes = [len((await version_of(tx, PROGRAM, v)).document["rules"]) for v in range(1, writers + 1)]
    assert sizes == list(range(1, writers + 1))


async def test_publishing_over_a_version_nobody_has_read_is_refused(desk: Desk) -> None:
    await desk.rule("earn", EARN)
    await desk.publish(expected=0)
    await desk.rule("earn", {**EARN, "priority": 1})
    with pytest.raises(PreconditionFailed):
        await desk.publish(expected=0)
    assert (await desk.publish(expected=1))[0].version == 2


async def test_edits_over_each_other_are_refused(desk: Desk) -> None:
    first = await desk.rule("earn", EARN, expected=0)
    assert first.revision == 1
    with pytest.raises(PreconditionFailed):
        await desk.rule("earn", EARN, expected=0)
    second = await desk.rule("earn", {**EARN, "priority": 1}, expected=1)
    assert second.revision == 2
    with pytest.raises(PreconditionFailed):
        await desk.rule("earn", {**EARN, "priority": 2}, expected=1)
    same = await desk.rule("earn", {**EARN, "priority": 1})
    assert (same.revision, same.updated_at) == (2, second.updated_at)
    with pytest.raises(PreconditionFailed):
        await desk.rule("other", EARN, expected=4)
    async with desk.db.transaction() as tx:
        with pytest.raises(PreconditionFailed):
            await put_part(tx, PROGRAM, "collection", "c", {"values": [1]}, now=desk.clock.now(), expected=2)
        await put_part(tx, PROGRAM, "collection", "c", {"values": [1]}, now=desk.clock.now(), expected=0)
        with pytest.raises(PreconditionFailed):
            await remove_part(tx, PROGRAM, "collection", "c", expected=9)


@pytest.mark.parametrize(
    ("code", "document", "path"),
    [
        ("Earn", EARN, "code"),
        ("earn", [], ""),
        ("earn", {**EARN, "code": "other"}, "code"),
        ("earn", {**EARN, "name": "x" * 300_000}, ""),
        ("earn", {**EARN, "name": "a\x00b"}, ""),
    ],
)
async def test_what_cannot_be_kept_is_refused(desk: Desk, code: str, document: Any, path: str) -> None:
    with pytest.raises(RulesInvalid) as refused:
        await desk.rule(code, document)
    assert refused.value.errors[0].path == path


async def test_numbers_stay_exact(desk: Desk) -> None:
    from_text = {**EARN, "then": [{"award": {"point_type": "points", "points": "1"}}], "name": "0.1"}
    await desk.rule("earn", from_text)
    async with desk.db.transaction() as tx:
        await put_part(tx, PROGRAM, "collection", "rates", {"values": [1, "x"]}, now=desk.clock.now())
    version, _ = await desk.publish()
    assert version.document["collections"] == {"rates": [1, "x"]}
