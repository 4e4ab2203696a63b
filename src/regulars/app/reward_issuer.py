"""What rewards hand out beside points: codes of vouchers, gift cards with money on them, tickets of draws.

Each piece of an order has a cause of its own, so that it is handed out once for ever, and comes back piece by piece.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from regulars.features.draws import cancel_entry, enter_draw
from regulars.features.programs import load_config
from regulars.features.rewards import Reward, select_reward
from regulars.features.vouchers import issue_voucher, void_vouchers
from regulars.flows.gifting import activate, create, take_in
from regulars.flows.redemption import Order
from regulars.infra.db import Transaction
from regulars.kit.errors import Conflict

Issued = dict[str, Any]


class RewardUsed(Conflict):
    """What this reward handed out was used, wholly or in part; it cannot be given back."""


class RewardIssuer:
    """Hands out what a reward is; parts of a bundle hand out what they are."""

    async def issue(self, tx: Transaction, reward: Reward, order: Order, now: datetime) -> tuple[Issued, ...]:
        """Return what was handed out, each once for ever: the order is their cause.

        PINs of gift cards are in the answer alone. Refuses when there is nothing to give.
        """
        wanted: list[tuple[Reward, int]] = [(reward, order.quantity)]
        for part in reward.items:
            stored = await select_reward(tx, order.program_id, part.reward)
            wanted.append((stored.reward, part.quantity * order.quantity))
        issued: list[Issued] = []
        for one, pieces in wanted:
            if one.voucher is not None:
                issued += await self._vouchers(tx, one, pieces, order, now)
            if one.gift_card is not None:
                issued += await self._gift_cards(tx, one, pieces, order, now)
            if one.draw is not None:
                issued.append(await self._tickets(tx, one, one.tickets * pieces, order, now))
        return tuple(issued)

    async def take_back(
        self, tx: Transaction, order: Order, pieces: int, now: datetime
    ) -> tuple[Issued, ...]:
        """Make what was handed out for so many pieces worthless; return what stays with the member.

        Of several it takes those nobody used. Refuses with RewardUsed when too few of them are left.
        """
        left = order.quantity - order.returned.numerator * order.quantity // order.returned.denominator
        stays: list[Issued] = []
        for code in dict.fromkeys(one["reward"] for one in order.issued):
            mine = [one for one in order.issued if one["reward"] == code]
            stays += await self._codes_back(
                tx, order, [one for one in mine if "code" in one], pieces, left, now
            )
            stays += await self._cards_back(
                tx, order, [one for one in mine if "card" in one], pieces, left, now
            )
            for one in mine:
                if "cause" in one:
                    stays += await self._tickets_back(tx, order, one, pieces, left, now)
        return tuple(stays)

    async def _vouchers(
        self, tx: Transaction, reward: Reward, pieces: int, order: Order, now: datetime
    ) -> list[Issued]:
        assert reward.voucher is not None
        found = []
        for cause in _causes(order, reward, pieces):
            code = await issue_voucher(tx, order.program_id, reward.voucher, order.payer_id, now, cause)
            found.append({"reward": reward.code, "voucher": reward.voucher, "code": code})
        return found

    async def _gift_cards(
        self, tx: Transaction, reward: Reward, pieces: int, order: Order, now: datetime
    ) -> list[Issued]:
        """Make cards and put their money on them; a reward at a rate puts on what the points are worth."""
        assert reward.gift_card is not None
        worth = order.price.worth if reward.price.rate is not None else reward.value
        assert worth is not None
        config = await load_config(tx, order.program_id)
        found = []
        for card in await create(tx, config, reward.gift_card, pieces, now):
            await activate(
                tx, config, card.number, worth, actor=order.actor, now=now, reference=f"redemption/{order.id}"
            )
            found.append({"reward": reward.code, "card": card.number, "pin": card.pin, "worth": worth})
        return found

    async def _tickets(
        self, tx: Transaction, reward: Reward, tickets: int, order: Order, now: datetime
    ) -> Issued:
        assert reward.draw is not None
        cause = f"redemption/{order.id}/{reward.code}"
        await enter_draw(tx, order.program_id, reward.draw, order.payer_id, tickets, cause, now)
        return {"reward": reward.code, "draw": reward.draw, "tickets": tickets, "cause": cause}

    async def _codes_back(
        self, tx: Transaction, order: Order, mine: list[Issued], pieces: int, left: int, now: datetime
    ) -> list[Issued]:
        wanted = len(mine) * pieces // left
        if not wanted:
            return mine
        codes = [one["code"] for one in mine]
        gone = await void_vouchers(tx, order.program_id, codes, now=now, unused_only=True, limit=wanted)
        if len(gone) < wanted:
            raise RewardUsed
        return [one for one in mine if one["code"] not in gone]

    async def _cards_back(
        self, tx: Transaction, order: Order, mine: list[Issued], pieces: int, left: int, now: datetime
    ) -> list[Issued]:
        wanted = len(mine) * pieces // left
        if not wanted:
            return mine
        config, gone = await load_config(tx, order.program_id), set[str]()
        for one in sorted(mine, key=lambda one: str(one["card"])):
            if len(gone) == wanted:
                break
            if await take_in(tx, config, one["card"], one["worth"], actor=order.actor, now=now):
                gone.add(one["card"])
        if len(gone) < wanted:
            raise RewardUsed
        return [one for one in mine if one["card"] not in gone]

    async def _tickets_back(
        self, tx: Transaction, order: Order, one: Issued, pieces: int, left: int, now: datetime
    ) -> Iterable[Issued]:
        """Take tickets out of their draw while that is open; those of the other pieces are entered anew."""
        if not await cancel_entry(tx, order.program_id, one["cause"], now):
            raise RewardUsed
        tickets = one["tickets"] * (left - pieces) // left
        if not tickets:
            return ()
        cause = f"redemption/{order.id}/{one['reward']}/{left - pieces}"
        await enter_draw(tx, order.program_id, one["draw"], order.payer_id, tickets, cause, now)
        return ({**one, "tickets": tickets, "cause": cause},)


def _causes(order: Order, reward: Reward, pieces: int) -> list[str]:
    return [f"redemption/{order.id}/{reward.code}/{number}" for number in range(1, pieces + 1)]
