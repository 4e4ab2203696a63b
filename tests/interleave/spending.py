"""Pairs of ways to spend that meet at one piece, reservation, basket, code, card, token or household."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from itertools import count
from typing import Any

from tests.flows.checkout.counter import Counter
from tests.flows.points.world import NOW
from tests.interleave.pairs import succeeded
from tests.interleave.steps import Check, Operation

from regulars.features import households
from regulars.features.draws import Draw, Prize, open_draw, play, put_draw
from regulars.features.giftcards import NewCard
from regulars.features.vouchers import add_code
from regulars.features.vouchers.store import select_definition
from regulars.flows import gifting, points, pooling
from regulars.flows.checkout import Wish, cancel_checkout, close_checkout
from regulars.flows.couponing import redeem_basket
from regulars.flows.offline import Accepted, Use, issue_token, report_use
from regulars.flows.redemption import Ask, Capture, confirm, end_overdue, take, void
from regulars.infra.db import Database, Transaction
from regulars.kit.errors import Rejected

Ground = Callable[["Street"], Awaitable[tuple[Sequence[Operation], Check]]]
Work = Callable[[Transaction], Awaitable[Any]]
LATER = NOW + timedelta(hours=1)


class Street:
    """A counter with a household of Ann and Bob; every run begins with what it needs."""

    def __init__(self, counter: Counter) -> None:
        self.counter, self.kiosk = counter, counter.kiosk
        self.ann, self.bob = self.kiosk.ann, self.kiosk.bob
        self.config = self.kiosk.config
        self.numbers = count(1)

    async def prepare(self) -> None:
        async with self.kiosk.db.transaction() as tx:
            home = await households.found_household(tx, self.config.id, self.ann, "Home", now=NOW)
            secret = await households.invite(tx, self.config.id, home.id, self.ann, "adult", now=NOW)
            await households.accept(tx, self.config.id, secret, self.bob, NOW)

    async def have(self, amount: int) -> None:
        """Let Ann and Bob have exactly so many points."""
        for member in (self.ann, self.bob):
            wallet = await self.kiosk.wallet(member)
            async with self.kiosk.db.transaction() as tx:
                if wallet.available:
                    await points.spend(tx, self.config, member, wallet.available, actor="test", now=NOW)
            await self.kiosk.earn(member, amount)

    async def has(self, member: int) -> tuple[int, int]:
        wallet = await self.kiosk.wallet(member)
        return wallet.available, wallet.held

    async def commit(self, work: Work) -> Any:
        async with self.kiosk.db.transaction() as tx:
            return await work(tx)


def does(work: Work) -> Operation:
    """Return work in a transaction of its own; a refusal that is only returned counts as one too."""

    async def operation(db: Database) -> Any:
        async with db.transaction() as tx:
            return await work(tx)

    return operation


async def last_piece(street: Street) -> tuple[Sequence[Operation], Check]:
    """Ann and Bob want the last mug: one has it, and the other's points are hers."""
    await street.have(100)
    await street.kiosk.stock("mug", 1)
    wishes = [_takes(street, member) for member in (street.ann, street.bob)]

    async def check(came: list[Any], _: list[int]) -> None:
        assert sorted(succeeded(came)) == [False, True]
        assert await street.kiosk.free("mug") == 0
        assert sorted([(await street.has(street.ann))[0], (await street.has(street.bob))[0]]) == [0, 100]

    return wishes, check


def _takes(street: Street, member: int) -> Operation:
    async def work(tx: Transaction) -> Any:
        ask = Ask(member, "mug", at_once=True)
        (result,) = await take(tx, street.kiosk.grounds, street.config.id, [ask], NOW)
        return result

    return does(work)


async def confirmed_and_over(street: Street) -> tuple[Sequence[Operation], Check]:
    """A reservation is confirmed in its last moment while the worker ends what is over: one of them wins."""
    await street.have(100)
    await street.kiosk.stock("mug", 1)
    held = await street.kiosk.take(street.ann, "mug", hold_s=60)

    async def confirms(tx: Transaction) -> Any:
        asked = [Capture(held.order.id)]
        (result,) = await confirm(tx, street.kiosk.grounds, street.config.id, asked, NOW)
        return result

    async def ends(db: Database) -> int:
        return await end_overdue(db, street.kiosk.grounds, LATER)

    async def check(came: list[Any], _: list[int]) -> None:
        confirmed = succeeded(came)[0]
        assert came[1] == (0 if confirmed else 1)
        assert await street.has(street.ann) == ((0, 0) if confirmed else (100, 0))
        assert await street.kiosk.free("mug") == (0 if confirmed else 1)

    return [does(confirms), ends], check


async def confirmed_and_void(street: Street) -> tuple[Sequence[Operation], Check]:
    """A reservation is confirmed by one till and let go by another."""
    await street.have(100)
    await street.kiosk.stock("mug", 1)
    held = await street.kiosk.take(street.ann, "mug")

    async def confirms(tx: Transaction) -> Any:
        asked = [Capture(held.order.id)]
        (result,) = await confirm(tx, street.kiosk.grounds, street.config.id, asked, NOW)
        return result

    async def lets_go(tx: Transaction) -> Any:
        return await void(tx, street.kiosk.grounds, street.config.id, held.order.id, NOW)

    async def check(came: list[Any], _: list[int]) -> None:
        confirmed, gone = succeeded(came)
        assert confirmed is not gone
        assert await street.has(street.ann) == ((0, 0) if confirmed else (100, 0))
        assert await street.kiosk.free("mug") == (0 if confirmed else 1)

    return [does(confirms), does(lets_go)], check


async def closed_and_cancelled(street: Street) -> tuple[Sequence[Operation], Check]:
    """A basket becomes an order while somebody gives it up."""
    await street.have(100)
    opened = await street.counter.open(street.ann, Wish("cash", points=50))
    program, parts = street.config.id, street.counter.parts
    order = f"o{next(street.numbers)}"

    async def closes(tx: Transaction) -> Any:
        return await close_checkout(tx, parts, program, opened.id, order, NOW)

    async def cancels(tx: Transaction) -> Any:
        return await cancel_checkout(tx, parts, program, opened.id, NOW)

    async def check(came: list[Any], _: list[int]) -> None:
        closed, cancelled = succeeded(came)
        assert closed is not cancelled
        earned = opened.content.goods // 100
        assert await street.has(street.ann) == ((50 + earned, 0) if closed else (100, 0))

    return [does(closes), does(cancels)], check


async def both_ends(street: Street) -> tuple[Sequence[Operation], Check]:
    """Ann gives up a mug and a pan, Bob a pan and a mug of the same shelves: nobody waits in a ring."""
    await street.have(1_000)
    for reward in ("mug", "pan"):
        await street.kiosk.stock(reward, 2)
    wishes = (Wish("mug"), Wish("pan"))
    program, parts = street.config.id, street.counter.parts
    baskets = [
        await street.counter.open(street.ann, *wishes),
        await street.counter.open(street.bob, *reversed(wishes)),
    ]

    def gives_up(number: int) -> Operation:
        async def work(tx: Transaction) -> Any:
            return await cancel_checkout(tx, parts, program, number, NOW)

        return does(work)

    async def check(came: list[Any], _: list[int]) -> None:
        assert succeeded(came) == [True, True]
        assert [await street.kiosk.free(reward) for reward in ("mug", "pan")] == [2, 2]
        assert await street.has(street.ann) == await street.has(street.bob) == (1_000, 0)

    return [gives_up(basket.id) for basket in baskets], check


async def one_code(street: Street) -> tuple[Sequence[Operation], Check]:
    """Two orders use a voucher that is good for one."""
    number = next(street.numbers)
    code = f"RUN-{number}"

    async def names(tx: Transaction) -> None:
        stored = await select_definition(tx, street.config.id, "ten")
        assert stored is not None
        await add_code(tx, stored, code, uses=1, now=NOW)

    await street.commit(names)

    def uses(order: str) -> Operation:
        async def work(tx: Transaction) -> Any:
            return await redeem_basket(
                tx, street.config.id, [code], None, member_id=street.ann, order_id=order, now=NOW
            )

        return does(work)

    async def check(came: list[Any], _: list[int]) -> None:
        assert sorted(succeeded(came)) == [False, True]

    return [uses(f"a{number}"), uses(f"b{number}")], check


async def one_card(street: Street) -> tuple[Sequence[Operation], Check]:
    """Two tills take 30 of a card with 50: one can."""
    card: NewCard = (await street.commit(lambda tx: gifting.create(tx, street.config, "cash", 1, NOW)))[0]
    await street.commit(
        lambda tx: gifting.activate(tx, street.config, card.number, 50, actor="test", now=NOW)
    )

    async def pays(tx: Transaction) -> Any:
        return await gifting.pay(tx, street.config, card.number, 30, actor="till", now=NOW)

    async def check(came: list[Any], _: list[int]) -> None:
        assert sorted(succeeded(came)) == [False, True]
        left = await street.commit(lambda tx: gifting.balance(tx, street.config, card.number, NOW))
        assert left.available == 20

    return [does(pays), does(pays)], check


async def one_token(street: Street) -> tuple[Sequence[Operation], Check]:
    """Two tills report 60 of a token for 100: 100 are accepted, and the overspend is noted."""
    await street.have(100)
    token = await street.commit(
        lambda tx: issue_token(tx, street.config, points, street.ann, 100, timedelta(days=1), now=NOW)
    )

    def reports(till: str) -> Operation:
        async def work(tx: Transaction) -> Any:
            use = Use(token.token, till, "1", 60, NOW)
            return await report_use(tx, street.config, points, use, NOW)

        return does(work)

    async def check(came: list[Any], _: list[int]) -> None:
        assert sum(one.accepted for one in came if isinstance(one, Accepted)) == 100
        assert await street.has(street.ann) == (0, 0)

    return [reports("t1"), reports("t2")], check


async def one_household(street: Street) -> tuple[Sequence[Operation], Check]:
    """Ann and Bob have 100 each and want 150 of it each: one can, and nobody waits in a ring."""
    await street.have(100)

    def spends(member: int) -> Operation:
        async def work(tx: Transaction) -> Any:
            return await pooling.spend_together(tx, street.config, points, member, 150, actor="till", now=NOW)

        return does(work)

    async def check(came: list[Any], _: list[int]) -> None:
        assert sorted(succeeded(came)) == [False, True]
        assert (await street.has(street.ann))[0] + (await street.has(street.bob))[0] == 50

    return [spends(street.ann), spends(street.bob)], check


async def last_place(street: Street) -> tuple[Sequence[Operation], Check]:
    """Ann and Bob play the last place of an instant win: one does."""
    code = f"scratch{next(street.numbers)}"
    draw = Draw(code, "Scratch", (Prize("p", "P", 1, points=5),), kind="instant", places=1)

    async def opens(tx: Transaction) -> None:
        await put_draw(tx, street.config.id, draw, NOW)
        await open_draw(tx, street.config.id, code, NOW)

    await street.commit(opens)

    def plays(member: int) -> Operation:
        async def work(tx: Transaction) -> Any:
            return await play(tx, street.config.id, code, member, f"by {member}", NOW)

        return does(work)

    async def check(came: list[Any], _: list[int]) -> None:
        (one,) = [one for one in came if not isinstance(one, Rejected)]
        assert one[1] is not None

    return [plays(street.ann), plays(street.bob)], check
