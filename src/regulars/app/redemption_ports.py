"""What redemption asks of others, answered by accrual's rules and tiers. Joins slices that do not know each other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from regulars.app.reward_issuer import RewardIssuer
from regulars.core.events import Event, EventKind, encode_doc
from regulars.core.ledger import Purse, Side
from regulars.features.rewards import CHANGE_PRICE, Change
from regulars.flows.accrual import Rulebooks, rate_within, system_item
from regulars.flows.accrual.insight import (
    SYSTEM_SOURCE_ID,
    Batch,
    Decided,
    Item,
    Outcome,
    Rulebook,
    decide_all,
    member_row,
    member_state,
    micros,
    peek,
    rules_of,
)
from regulars.flows.redemption import REWARD_CANCELLED, REWARD_REDEEMED, Balance, Gain, Listening, Ports, Told
from regulars.infra.db import Transaction

# An event of no consequence: nobody can listen to it, since a name has no blank at its end.
NOTHING: Final = "Reward Considered "


class RulePromotions:
    """Rules with the trigger `redemption`, by the rulebooks of this process."""

    def __init__(self, rulebooks: Rulebooks | None = None) -> None:
        """Rate by these rulebooks."""
        self._rulebooks = rulebooks or Rulebooks()
        self._books: dict[int, Rulebook] = {}

    async def listening(self, tx: Transaction, program_id: int, versions: tuple[int, ...]) -> Listening:  # noqa: ARG002 - asked anew for each
        """Return what any published ruleset, tier or series listens to."""
        book = self._books[program_id] = await self._rulebooks.read(tx, program_id)
        rules = [rule for version in book.versions for rule in version.ruleset.rules if rule.active]
        heard = set(book.counted_types) | set(book.tiers_fed_by) | set(book.releasing)
        heard = heard.union(*(version.ruleset.triggers for version in book.versions))
        return Listening(
            prices=any(effect.name == CHANGE_PRICE for rule in rules for effect in rule.effects),
            redeemed=REWARD_REDEEMED in heard,
            cancelled=REWARD_CANCELLED in heard,
        )

    async def changes(
        self, tx: Transaction, program_id: int, member_id: int, facts: dict[str, Any], now: datetime
    ) -> tuple[Change, ...]:
        """Return what rules take off the price, in the order in which they apply."""
        book = self._books[program_id]
        decided = await _imagined(tx, book, member_id, REWARD_REDEEMED, facts, now)
        scale = book.terms.point_types[facts["point_type"]].scale
        return tuple(
            Change.of(effect.rule, effect.arguments, scale)
            for effect in decided.effects
            if effect.kind == CHANGE_PRICE
        )

    async def told(
        self,
        tx: Transaction,
        program_id: int,
        member_id: int,
        event_type: str,
        key: str,
        facts: dict[str, Any],
        now: datetime,
    ) -> Told:
        """Rate what happened in the transaction that did it; the wallets are those it was decided on: no reading."""
        item = system_item(member_id, event_type, key, micros(now), facts)
        receipt = await rate_within(tx, self._rulebooks, program_id, item, micros(now))
        (answer,) = receipt.answers
        sums: dict[tuple[str, str], int] = {}
        for outcome in (answer.outcome, *(one.outcome for one in answer.caused)):
            for of, points in _gains(receipt.rulebook, outcome) if outcome is not None else ():
                sums[of] = sums.get(of, 0) + points
        gains = tuple(Gain(rule, point_type, points) for (rule, point_type), points in sums.items() if points)
        work = receipt.works.get(member_id)
        return Told(gains, {} if work is None else _wallets(receipt.rulebook, work.purse))

    async def tiers(
        self, tx: Transaction, program_id: int, purses: Mapping[int, Purse], now: datetime
    ) -> dict[int, dict[str, str]]:
        """Return the tiers of members by set, as they are on this day."""
        book = self._books[program_id]
        found = {}
        for member_id in purses:
            decided = await _imagined(tx, book, member_id, NOTHING, {}, now)
            state = member_state(book, decided.works[member_id], micros(now), {})
            found[member_id] = {code: one["tier"] for code, one in state["tiers"].items() if one["tier"]}
        return found


def _gains(book: Rulebook, outcome: Outcome) -> Iterator[tuple[tuple[str, str], int]]:
    """Yield what rules and tiers gave for an event, less what rules took: by rule and point type."""
    codes = {kind.id: code for code, kind in book.points.items()}
    for granted in outcome.granted:
        rules = rules_of(book, granted.version or outcome.version)
        for rule, points in granted.rules:
            yield (rules[rule].code, codes[granted.point_type_id]), points
    for taken in outcome.deducted:
        rules = rules_of(book, taken.version or outcome.version)
        yield (rules[taken.rule].code, codes[taken.point_type_id]), -taken.amount
    for _, _, point_type, points in outcome.entries:
        yield ("", point_type), points


def _wallets(book: Rulebook, purse: Purse) -> dict[str, Balance]:
    """Return the wallets of a purse by point type."""
    slots = {code: kind.terms.slot for code, kind in book.points.items()}
    return {
        code: Balance(code, purse.available(slot), purse.balance(slot, Side.HELD))
        for code, slot in slots.items()
    }


async def _imagined(
    tx: Transaction, book: Rulebook, member_id: int, event_type: str, facts: dict[str, Any], now: datetime
) -> Decided:
    """Return what an event would do to a member; nothing is written."""
    event = Event(occurred_at=now, key="", type=event_type, kind=EventKind.SYSTEM, properties=facts)
    item = Item(SYSTEM_SOURCE_ID, event, encode_doc(event), micros(now), b"")
    owner = await member_row(tx, book.program_id, member_id)
    assert owner is not None
    return decide_all(await peek(tx, Batch(book, [item], micros(now)), owner))


def redemption_ports(rulebooks: Rulebooks | None = None) -> Ports:
    """Return the ports of this process."""
    return Ports(RulePromotions(rulebooks), RewardIssuer())
