"""Publishing through the program: backdating, and the words rules may use."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from regulars.features.members import list_attributes
from regulars.features.programs import program_by_code, select_revision
from regulars.features.rulesets import BackdatedRules, RulesInvalid, put_rule
from regulars.flows.apply import apply_document, publish, read_source, roll_back, vocabulary_of
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database
from regulars.infra.db.queries import Query, parse_queries

EXAMPLE = Path(__file__).parents[3] / "examples" / "coffee-shop.yaml"
RULE = {"trigger": {"event": "Order Completed"}, "then": [{"award": {"point_type": "beans", "points": 1}}]}
QUERIES = Path(__file__).with_name("queries.sql")


def query(name: str) -> Query:
    return parse_queries(QUERIES.read_text(), QUERIES.name)[name]


@pytest.fixture
async def program_id(db: Database, clock: FixedClock) -> int:
    async with db.transaction() as tx:
        document = read_source(EXAMPLE).document
        await apply_document(tx, document, "coffee-shop", now=clock.now(), may_create=True)
        return (await program_by_code(tx, "coffee-shop")).id


async def backdated(db: Database, program_id: int, now: datetime, start: datetime) -> int:
    async with db.transaction() as tx:
        await put_rule(tx, program_id, "late", RULE, now=now, status="active")
        version, _ = await publish(tx, program_id, now=now, in_force_from=start, backdate=True)
        return version.version


async def test_rules_are_backdated_only_to_where_nothing_was_rated(
    db: Database, clock: FixedClock, program_id: int
) -> None:
    now, week = clock.now(), timedelta(days=7)
    async with db.transaction() as tx:
        await tx.run(query("insert_event"), program_id=program_id, at=now - week)
    with pytest.raises(BackdatedRules, match="were rated"):
        await backdated(db, program_id, now, now - 2 * week)
    with pytest.raises(BackdatedRules, match="were rated"):
        await backdated(db, program_id, now, now - week)
    assert await backdated(db, program_id, now, now - week + timedelta(microseconds=1)) == 2


async def test_publishing_and_rolling_back_tell_every_cache(
    db: Database, clock: FixedClock, program_id: int
) -> None:
    async with db.transaction() as tx:
        before = await select_revision(tx, program_id)
        await put_rule(tx, program_id, "new", RULE, now=clock.now(), status="active")
        assert await select_revision(tx, program_id) == before
        await publish(tx, program_id, now=clock.now())
        published = await select_revision(tx, program_id)
        await roll_back(tx, program_id, 1, now=clock.now())
        assert before < published < await select_revision(tx, program_id)


async def test_the_words_of_a_program(db: Database, program_id: int) -> None:
    async with db.transaction(read_only=True) as tx:
        words = await vocabulary_of(tx, program_id)
    assert words.point_types == {"beans": 0, "status": 0}
    assert words.tier_sets == {"club": ("sprout", "barista", "roaster", "founder")}
    assert words.options["region"] == ("palanga", "vilnius")
    assert words.options["line.category"] == ("Bakery", "Beans", "Coffee", "Extras", "Gift cards", "Goods")
    assert words.product_attributes["organic"] == "text"
    assert words.stores["bakery"] == ("vilnius", "partner", "bakery")


SETS = {
    "trigger": {"event": "Survey Answered"},
    "then": [
        {"set_attribute": {"name": "favourite", "value": "latte"}},
        {"set_attribute": {"name": "answers", "formula": "event.properties.answers + 1"}},
        {"set_attribute": {"name": "asked_on", "value": "2026-03-02"}},
        {"set_attribute": {"name": "polite", "value": True}},
    ],
}
READS = {
    "trigger": {"event": "Order Completed"},
    "when": {
        "combinator": "and",
        "rules": [
            {"field": "member.attributes.favourite", "operator": "=", "value": "latte"},
            {"field": "member.attributes.answers", "operator": ">=", "value": 2},
            {"field": "member.attributes.polite", "operator": "=", "value": True},
        ],
    },
    "then": [{"award": {"point_type": "beans", "points": 3}}],
}


async def test_what_a_rule_sets_other_rules_may_read(
    db: Database, clock: FixedClock, program_id: int
) -> None:
    async with db.transaction() as tx:
        await put_rule(tx, program_id, "reads", READS, now=clock.now(), status="active")
        with pytest.raises(RulesInvalid):
            await publish(tx, program_id, now=clock.now())
    async with db.transaction() as tx:
        await put_rule(tx, program_id, "sets", SETS, now=clock.now(), status="draft")
        words = await vocabulary_of(tx, program_id)
        kinds = {"favourite": "text", "answers": "number", "asked_on": "date", "polite": "boolean"}
        assert {name: words.attributes[name] for name in kinds} == kinds
        await put_rule(tx, program_id, "sets", SETS, now=clock.now(), status="active")
        version, new = await publish(tx, program_id, now=clock.now())
        assert new
        assert version.document["vocabulary"]["attributes"].items() >= kinds.items()
        # From now on it is an attribute like any other: what comes in from elsewhere is fitted to its kind.
        known = {one.name: one.kind for one in await list_attributes(tx, program_id)}
        assert known.items() >= kinds.items()
    async with db.transaction() as tx:
        assert (await publish(tx, program_id, now=clock.now()))[1] is False


async def test_what_a_rule_sets_must_be_of_the_kind_the_attribute_has(
    db: Database, clock: FixedClock, program_id: int
) -> None:
    wrong = {**SETS, "then": [*SETS["then"], {"set_attribute": {"name": "polite", "value": "very"}}]}
    async with db.transaction() as tx:
        await put_rule(tx, program_id, "sets", wrong, now=clock.now(), status="active")
        with pytest.raises(RulesInvalid) as refused:
            await publish(tx, program_id, now=clock.now())
    assert [error.path for error in refused.value.errors] == ["rules[sets].then[4].set_attribute.value"]
