"""What redemption asks of others, answered by accrual's rules and tiers, and by vouchers. Joins slices that do not know
each other.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from regulars.core.events import Event, EventKind, encode_doc
from regulars.core.ledger import Purse
from regulars.features.draws import cancel_entry, enter_draw
from regulars.features.rewards import Reward, select_reward
from regulars.features.vouchers import issue_voucher, void_vouchers
from regulars.flows.accrual import Rulebooks, rate_within, system_item
from regulars.flows.accrual.insight import (
    SYSTEM_SOURCE_ID,
    Batch,
    Decided,
    Item,
    Rulebook,
    decide_all,
    member_row,
    member_state,
    micros,
    peek,
)
from regulars.flows.redemption import (
    REWARD_CANCELLED,
    REWARD_REDEEMED,
    Change,
    Listening,
    Order,
    Ports,
)
from regulars.infra.db import Transaction
from regulars.kit.errors import Conflict

CHANGE_PRICE: Final = "change_price"
# An event of no consequence: nobody can listen to it, since a name has no blank at its end.
NOTHING: Final = "Reward Considered "


class RewardUsed(Conflict):
    """What this reward handed out was used, wholly or in part; it cannot be given back."""


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
            Change(
                effect.rule,
                Decimal(effect.arguments.get("percent", 0)),
                effect.arguments.get("points", 0) * 10**scale,
            )
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
    ) -> None:
        """Rate what happened in the transaction that did it."""
        item = system_item(member_id, event_type, key, micros(now), facts)
        await rate_within(tx, self._rulebooks, program_id, item, micros(now))

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


async def _imagined(
    tx: Transaction, book: Rulebook, member_id: int, event_type: str, facts: dict[str, Any], now: datetime
) -> Decided:
    """Return what an event would do to a member; nothing is written."""
    event = Event(occurred_at=now, key="", type=event_type, kind=EventKind.SYSTEM, properties=facts)
    item = Item(SYSTEM_SOURCE_ID, event, encode_doc(event), micros(now), b"")
    owner = await member_row(tx, book.program_id, member_id)
    assert owner is not None
    return decide_all(await peek(tx, Batch(book, [item], micros(now)), owner))


class VoucherIssuer:
    """Hands out vouchers, gift cards and tickets of draws; parts of a bundle hand out what they are."""

    async def issue(
        self, tx: Transaction, reward: Reward, order: Order, now: datetime
    ) -> tuple[dict[str, Any], ...]:
        """Return the codes that were handed out, each once for ever: the order is their cause."""
        wanted: list[tuple[Reward, int]] = [(reward, order.quantity)]
        for part in reward.items:
            stored = await select_reward(tx, order.program_id, part.reward)
            wanted.append((stored.reward, part.quantity * order.quantity))
        issued: list[dict[str, Any]] = []
        for one, pieces in wanted:
            if one.voucher is not None:
                issued += await self._vouchers(tx, one, pieces, order, now)
            if one.draw is not None:
                issued.append(await self._tickets(tx, one, pieces, order, now))
        return tuple(issued)

    async def _tickets(
        self, tx: Transaction, reward: Reward, pieces: int, order: Order, now: datetime
    ) -> dict[str, Any]:
        assert reward.draw is not None
        tickets, cause = reward.tickets * pieces, f"redemption/{order.id}/{reward.code}"
        await enter_draw(tx, order.program_id, reward.draw, order.payer_id, tickets, cause, now)
        return {"reward": reward.code, "draw": reward.draw, "tickets": tickets, "cause": cause}

    async def _vouchers(
        self, tx: Transaction, reward: Reward, pieces: int, order: Order, now: datetime
    ) -> list[dict[str, Any]]:
        assert reward.voucher is not None
        found = []
        for number in range(1, pieces + 1):
            code = await issue_voucher(
                tx,
                order.program_id,
                reward.voucher,
                order.payer_id,
                now,
                f"redemption/{order.id}/{reward.code}/{number}",
            )
            found.append({"reward": reward.code, "voucher": reward.voucher, "code": code})
        return found

    async def take_back(self, tx: Transaction, order: Order, now: datetime) -> None:
        """Void the codes of an order that came back, and take its tickets out of their draw while that is open."""
        codes = [one["code"] for one in order.issued if "code" in one]
        if codes:
            voided = await void_vouchers(tx, order.program_id, codes, now=now, unused_only=True)
            if len(voided) < len(codes):
                raise RewardUsed
        for one in order.issued:
            if "cause" in one and not await cancel_entry(tx, order.program_id, one["cause"], now):
                raise RewardUsed


def redemption_ports(rulebooks: Rulebooks | None = None) -> Ports:
    """Return the ports of this process."""
    return Ports(RulePromotions(rulebooks), VoucherIssuer())
