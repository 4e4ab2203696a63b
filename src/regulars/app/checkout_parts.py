"""What a checkout asks of others, answered by redemption and accrual. Joins slices that do not know each other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, Final

import msgspec

from regulars.core.events import Event, Line, Order, RefundScope, encode_doc, payload_hash
from regulars.features.rewards import part_of
from regulars.flows.accrual import Item, Receipt, Rulebooks, evaluation_of, micros, rate_within
from regulars.flows.accrual.insight import (
    SYSTEM_SOURCE_ID,
    Batch,
    Outcome,
    decide_all,
    evaluation,
    member_row,
    peek,
)
from regulars.flows.checkout import Back, Content, Named, Session, Taken, Wish
from regulars.flows.quotation import totals
from regulars.flows.redemption import Ask, Capture, Grounds, cancel, confirm, hold_all, take, void
from regulars.flows.redemption.errors import RedemptionClosed
from regulars.infra.db import Transaction
from regulars.kit.errors import Rejected
from regulars.kit.ids import encode

MEMBER_ID: Final = "member_id"
ACTOR: Final = "checkout"


class CheckoutRewards:
    """Redemption for checkouts."""

    def __init__(self, grounds: Grounds) -> None:
        """Work on what the process holds of its programs."""
        self._grounds = grounds

    async def reserve(
        self,
        tx: Transaction,
        program_id: int,
        member_id: int,
        wishes: Sequence[Wish],
        *,
        store: str,
        reference: str,
        hold_s: int,
        now: datetime,
    ) -> list[Taken]:
        """Set rewards aside, all or none."""
        asks = [
            Ask(member_id, one.reward, one.quantity, one.points, store, reference, hold_s, actor=ACTOR)
            for one in wishes
        ]
        found = []
        ground = await self._grounds.open(tx, program_id)
        for ask, done in zip(asks, await take(tx, self._grounds, program_id, asks, now), strict=True):
            if isinstance(done, Rejected):
                raise done
            order = done.order
            kind = ground.book.by_id[order.reward_id].reward.kind
            kind_of_points = done.wallet.point_type
            found.append(
                Taken(order.id, ask.reward, kind, kind_of_points, order.points, order.money, order.quantity)
            )
        return found

    async def confirm(self, tx: Transaction, program_id: int, redemption: int, now: datetime) -> None:
        """Confirm one."""
        captured = Capture(redemption, actor=ACTOR)
        (done,) = await confirm(tx, self._grounds, program_id, [captured], now)
        if isinstance(done, Rejected):
            raise done

    async def release(self, tx: Transaction, program_id: int, redemption: int, now: datetime) -> None:
        """Let one go, unless it is."""
        try:
            await void(tx, self._grounds, program_id, redemption, now, actor=ACTOR)
        except RedemptionClosed as refusal:
            if refusal.became not in ("expired", "cancelled"):
                raise

    async def hold(self, tx: Transaction, program_id: int, redemptions: Sequence[int]) -> None:
        """Hold the wallets and the stock of several."""
        if len(redemptions) > 1:
            await hold_all(tx, program_id, redemptions)

    async def give_back(
        self, tx: Transaction, program_id: int, taken: Taken, wanted: Fraction | Named, now: datetime
    ) -> Back:
        """See to it that such a part of the whole has come back in all, or give so many pieces more back."""
        named = wanted if isinstance(wanted, Named) else None
        done = await cancel(
            tx,
            self._grounds,
            program_id,
            taken.redemption,
            now,
            reason="returned at the checkout",
            quantity=None if named is None else named.quantity,
            up_to=wanted if isinstance(wanted, Fraction) else None,
            restock=named is None or named.restock,
            actor=ACTOR,
        )
        order = done.order
        after = msgspec.structs.replace(
            taken,
            quantity=order.quantity,
            returned=part_of(order.quantity, order.returned),
            points_back=order.points_back,
            money_back=order.money_back,
        )
        return Back(after, done.points, done.money)


class CheckoutSales:
    """Accrual for checkouts: what is paid for goods in money earns."""

    def __init__(self, rulebooks: Rulebooks) -> None:
        """Rate by the rulebooks of this process."""
        self._rulebooks = rulebooks

    async def preview(self, tx: Transaction, session: Session, now: datetime) -> dict[str, Any]:
        """Return the points by type and the rules of the order, were it closed now; nobody earns nothing."""
        if not session.member_id:
            return {}
        event = _event(session, "Order Completed", _whole(session), "tried", now)
        book = await self._rulebooks.read(tx, session.program_id)
        owner = await member_row(tx, session.program_id, session.member_id)
        item = Item(SYSTEM_SOURCE_ID, event, encode_doc(event), micros(now), b"")
        if owner is None:
            return {}
        decided = decide_all(await peek(tx, Batch(book, [item], micros(now)), owner))
        answer = decided.answers[0]
        outcome = answer.outcome or Outcome()
        told = evaluation(book, outcome, decided.works.get(owner.id), at=micros(now), asked=None)
        return {
            "points": totals(book, [outcome, *(one.outcome for one in answer.caused)]),
            "rules_fired": told["rules_fired"],
        }

    async def completed(self, tx: Transaction, session: Session, now: datetime) -> dict[str, Any]:
        """Rate the order; nobody's earns nothing."""
        receipt = await self._rate(tx, session, "Order Completed", _whole(session), "closed", now)
        return {} if receipt is None else evaluation_of(receipt, 0)

    async def refunded(
        self, tx: Transaction, session: Session, before: Content, money: int, now: datetime
    ) -> None:
        """Take back what the order earned, whole or for so much money."""
        content = session.content
        key = f"returned/{sum(line.returned for line in content.lines)}"
        if content.returned_part() == 1 and not before.returned_part():
            order = Order(session.sale, refund=RefundScope.WHOLE)
        else:
            back = [
                _line(
                    line,
                    line.returned - old.returned,
                    line.net * line.returned // line.quantity - old.net * old.returned // old.quantity,
                )
                for line, old in zip(content.lines, before.lines, strict=True)
                if line.returned > old.returned
            ]
            order = Order(session.sale, amount=money, lines=back, refund=RefundScope.LINES)
        await self._rate(tx, session, "Order Refunded", order, key, now)

    async def _rate(
        self, tx: Transaction, session: Session, event_type: str, order: Order, step: str, now: datetime
    ) -> Receipt | None:
        if not session.member_id:
            return None
        event = _event(session, event_type, order, step, now)
        doc = encode_doc(event)
        item = Item(SYSTEM_SOURCE_ID, event, doc, micros(now), payload_hash(event, doc))
        return await rate_within(tx, self._rulebooks, session.program_id, item, micros(now))


class CheckoutParts:
    """Both, for the application's `state.checkout`."""

    def __init__(self, grounds: Grounds, rulebooks: Rulebooks) -> None:
        """Work on what this process holds in memory."""
        self.rewards = CheckoutRewards(grounds)
        self.sales = CheckoutSales(rulebooks)


def _whole(session: Session) -> Order:
    """Return all that is bought, at what is paid for it."""
    content = session.content
    return Order(
        session.sale,
        amount=content.goods,
        total=content.to_pay,
        revenue=content.goods,
        shipping=content.shipping - content.shipping_off,
        discount=sum(line.off for line in content.lines),
        lines=[_line(line, line.quantity, line.net) for line in content.lines],
    )


def _event(session: Session, event_type: str, order: Order, step: str, now: datetime) -> Event:
    return Event(
        occurred_at=now,
        key=f"{session.content.reservation}/{step}",
        type=event_type,
        identifiers={MEMBER_ID: encode("mem", session.member_id)},
        order=order,
        store=session.content.store or None,
    )


def _line(line: Any, quantity: int, amount: int) -> Line:
    return Line(sku=line.sku, name=line.name, category=line.category, quantity=quantity, amount=amount)
