"""The counter at which rewards are taken and given back: wallets locked and settled, everything written at once.

One transaction serves one request or many. The number of its statements grows with the pools they take from, and with
the requests only where rules change prices or listen.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from regulars.core.events import announce, notice
from regulars.core.ledger import (
    Cause,
    Ids,
    Opening,
    Postings,
    Purse,
    Settled,
    Side,
    Terms,
    ask_to_open,
    opened,
    post,
    select_accounts,
    settle,
)
from regulars.features.programs import ConfigCache, PointType, ProgramConfig, wallet_terms
from regulars.features.rewards import (
    Piece,
    RewardBook,
    RewardBooks,
    add_used,
    put_back_pieces,
    take_pieces,
)
from regulars.features.webhooks import Subscribed
from regulars.flows.redemption import store
from regulars.flows.redemption.errors import MemberGone, SpendingBlocked
from regulars.flows.redemption.model import Balance, Claims, Order, Receipt, Result, at
from regulars.flows.redemption.port import Gain, Listening, Ports, Told
from regulars.flows.redemption.store import Owners
from regulars.infra.db import Asked, Together, Transaction, failpoint
from regulars.kit.errors import Rejected
from regulars.kit.ids import encode

# What is heard when something fell due in a wallet while nobody looked.
DUE_NOTICES: Final = {
    "released": "points.released",
    "expired": "points.expired",
    "hold_expired": "points.hold_ended",
}


class MemberState(msgspec.Struct, frozen=True):
    """What a member may do, read after her purse was locked."""

    id: int
    status: str
    spending_blocked: bool
    lists: list[str]


class Ground(msgspec.Struct, frozen=True):
    """What a batch stands on: its number, the program and its rewards, and what rules listen to."""

    batch_id: int
    config: ProgramConfig
    book: RewardBook
    terms: dict[int, Terms]
    listening: Listening
    subscribed: Subscribed


class Grounds:
    """What a process holds in memory of its programs, each until a revision says that it is old."""

    def __init__(self, ports: Ports) -> None:
        """Start empty."""
        self.ports = ports
        self._configs = ConfigCache()
        self._last: dict[int, ProgramConfig] = {}
        self._books = RewardBooks()
        self._terms: dict[int, tuple[int, dict[int, Terms]]] = {}
        self._listening: dict[int, tuple[tuple[int, ...], Listening]] = {}
        self._subscribed: dict[int, tuple[list[str], Subscribed]] = {}

    def last_config(self, program_id: int) -> ProgramConfig | None:
        """Return a program as it was last read, None when it was not."""
        return self._last.get(program_id)

    def last_terms(self, program_id: int) -> dict[int, Terms] | None:
        """Return how the ledger kept points of a program when they were last read, None when they were not."""
        known = self._terms.get(program_id)
        return None if known is None else known[1]

    async def open(self, tx: Transaction, program_id: int, asked: Asked | None = None) -> Ground:
        """Return the ground of a new batch: one statement when nothing has changed. `asked`: by `store.ask_ground`."""
        asked = asked or store.ask_ground(Together(tx), program_id)
        batch_id, revision, rewards, rules, types = await asked.one()
        config = self._last[program_id] = await self._configs.get(tx, program_id, revision)
        book = await self._books.get(tx, program_id, rewards)
        known = self._terms.get(program_id)
        if known is None or known[0] != config.revision:
            known = (config.revision, wallet_terms(config, await select_accounts(tx, program_id)))
            self._terms[program_id] = known
        versions = (revision, rules)
        heard = self._listening.get(program_id)
        if heard is None or heard[0] != versions:
            heard = (versions, await self.ports.promotions.listening(tx, program_id, versions))
            self._listening[program_id] = heard
        subscribed = self._subscribed.get(program_id)
        if subscribed is None or subscribed[0] != types:
            subscribed = self._subscribed[program_id] = (types, Subscribed(types))
        return Ground(batch_id, config, book, known[1], heard[1], subscribed[1])


class Counter:
    """Redemptions in progress. Made by `open_counter`; what was decided is written by `close`."""

    def __init__(self, tx: Transaction, ground: Ground, ports: Ports, now: datetime) -> None:
        """Begin with nothing decided."""
        self.tx = tx
        self.ground = ground
        self.config = ground.config
        self.book = ground.book
        self.ports = ports
        self.instant = now
        self.now = at(now)
        self.subscribed = ground.subscribed
        self.postings = Postings(Ids(ground.batch_id))
        self.purses: dict[int, Purse] = {}
        self.members: dict[int, MemberState] = {}
        self.notices: list[dict[str, Any]] = []
        self.taken: list[Piece] = []
        self.back: list[Piece] = []
        self.used: list[tuple[int, int, str, int]] = []
        self.orders: dict[int, Order] = {}
        self.new_orders: dict[int, Order] = {}
        self.changed: dict[int, Order] = {}
        self.events: list[tuple[int, str, str, dict[str, Any]]] = []
        self.told: list[tuple[int, Told]] = []

    @property
    def gains(self) -> tuple[Gain, ...]:
        """Return what rules gave, or took, in the order in which they heard."""
        return tuple(gain for _, told in self.told for gain in told.gains)

    def terms(self, point_type: PointType) -> Terms:
        """Return how the ledger keeps points of a type."""
        return self.ground.terms[point_type.id]

    def cause(self, actor: str, order_id: int) -> Cause:
        """Return what the transfers of one request have in common: who asked, and for which redemption."""
        said = {"actor": actor, "redemption": encode("rdm", order_id)}
        return Cause(self.now, self.now, detail=msgspec.json.encode(said).decode())

    def present(self, member_id: int) -> MemberState:
        """Return what a member may do. Refuses with MemberGone, SpendingBlocked."""
        member = self.members.get(member_id)
        if member is None or member_id not in self.purses or member.status in ("merged", "erased"):
            raise MemberGone
        if member.spending_blocked or member.status != "active":
            raise SpendingBlocked
        return member

    def balance(self, member_id: int, point_type: PointType) -> Balance:
        """Return a wallet as it is now."""
        purse, slot = self.purses[member_id], point_type.slot
        return Balance(point_type.code, purse.available(slot), purse.balance(slot, Side.HELD))

    def receipt(self, order: Order, owner_id: int, points: int, money: int) -> Receipt:
        """Return what was done with a redemption whose points are `owner_id`'s, with her wallet as it is now."""
        kind = self.config.point_types_by_id[order.point_type_id]
        return Receipt(order, self.balance(owner_id, kind), points, money, owner_id, len(self.events))

    def answer(self, done: Result) -> Result:
        """Return what is answered once the counter is closed: the wallet with what rules gave back meanwhile.

        As if one request had come after the other: what rules gave for later ones is not in it.
        """
        if not self.told or isinstance(done, Rejected):
            return done
        code = done.wallet.point_type
        known = (told.wallets.get(code) for owner, told in self.told[: done.heard] if owner == done.owner_id)
        after = next((one for one in reversed(list(known)) if one is not None), None)
        if after is None:
            return done
        written = self.balance(done.owner_id, self.config.point_types[code])
        wallet = Balance(
            code,
            done.wallet.available + after.available - written.available,
            done.wallet.held + after.held - written.held,
        )
        return msgspec.structs.replace(done, wallet=wallet)

    def hear(self, notice_type: str, member_id: int, facts: dict[str, Any], when: int | None = None) -> None:
        """Tell subscribers of webhooks, when there are any for this type."""
        if notice_type in self.subscribed:
            self.notices.append(notice(notice_type, member_id, self.now if when is None else when, facts))

    def put_back(self, member_id: int, claims: Claims) -> None:
        """Give up pieces and places in limits."""
        self.back += claims.pieces
        self.used += [(member_id, reward_id, period, -pieces) for reward_id, period, pieces in claims.used]

    def keep(self, order: Order) -> Order:
        """Write this order at the end, new or changed."""
        if order.id in self.new_orders:
            self.new_orders[order.id] = order
        else:
            self.changed[order.id] = order
        return order

    def settled(self, done: Iterable[Settled]) -> None:
        """Tell what fell due."""
        for one in done:
            code = self.config.point_types_by_id[one.point_type_id].code
            key = "hold" if one.what == "hold_expired" else "lot"
            facts = {"point_type": code, "points": one.amount, key: one.id}
            self.hear(DUE_NOTICES[one.what], one.member_id, facts, one.at)

    def settle_again(self, purse: Purse, point_type: PointType) -> None:
        """End at once what came back to lots that have ended and know no days of grace: nobody has it to spend."""
        self.settled(settle(self.postings, purse, self.terms(point_type), self.now))

    async def close(
        self, along: Callable[[Together], Awaitable[None]] | None = None, *, last: bool = False
    ) -> None:
        """Write what was decided: points, orders, counters, last the pools; then let rules hear of it.

        What `along` writes goes to the server with the last of it: it may ask for each `answer`. `last`: nothing else
        is done in the transaction, so that it is committed with that.
        """
        async with Together(self.tx) as soon:
            await post(soon, self.postings)
            failpoint("after_points_posted_before_order")
            await store.insert_orders(soon, self.config.id, list(self.new_orders.values()), self.instant)
            await store.update_orders(soon, list(self.changed.values()))
            failpoint("after_order_before_stock")
            if along is not None and not self.events:
                await along(soon)
            await add_used(soon, self.used)
            await take_pieces(soon, self.taken)
            await put_back_pieces(soon, self.back)
            if self.notices or self.postings.transfers or self.new_orders or self.changed:
                await announce(soon, self.ground.batch_id, self.config.id, self.instant, self.notices)
            if last and not self.events:
                failpoint("after_redemption_before_commit")
                await soon.send(last=True)
                return
        for member_id, event_type, key, facts in self.events:
            told = await self.ports.promotions.told(
                self.tx, self.config.id, member_id, event_type, key, facts, self.instant
            )
            self.told.append((member_id, told))
        async with Together(self.tx) as soon:
            if along is not None and self.events:
                await along(soon)
            failpoint("after_redemption_before_commit")
            if last:
                await soon.send(last=True)


class Wallets(NamedTuple):
    """Wallets of members that were asked for with their locks, and redemptions of theirs."""

    opening: Opening
    members: Asked
    orders: Asked | None

    @classmethod
    def ask(
        cls,
        soon: Together,
        program_id: int,
        member_ids: Sequence[int],
        terms: dict[int, Terms],
        owners: Owners,
        *,
        drawn: bool = True,
    ) -> Wallets:
        """Ask for the wallets of members, lowest id first, and for the redemptions that have `owners`.

        Without `drawn` nothing that was set aside can be given back.
        """
        opening = ask_to_open(soon, member_ids, terms, drawn=drawn)
        members = store.ask_members(soon, program_id, member_ids)
        orders = store.ask_orders(soon, owners) if owners else None
        return cls(opening, members, orders)


async def open_counter(
    tx: Transaction,
    grounds: Grounds,
    program_id: int,
    member_ids: Sequence[int],
    now: datetime,
    ground: Ground | None = None,
    owners: Owners | None = None,
    asked: Wallets | None = None,
) -> Counter:
    """Lock and settle the wallets of some members of a program, lowest id first; who is gone is missing.

    `owners` of redemptions have these read along, into `orders`. `asked`: all this was asked for before.
    """
    ground = ground or await grounds.open(tx, program_id)
    counter = Counter(tx, ground, grounds.ports, now)
    wallets = asked or Wallets.ask(
        Together(tx), program_id, sorted(set(member_ids)), ground.terms, owners or {}
    )
    purses, due = await opened(wallets.opening, counter.postings, ground.terms, counter.now)
    counter.purses = {number: purse for number, purse in purses.items() if purse.program_id == program_id}
    counter.members = {row[0]: MemberState(*row) for row in await wallets.members.rows()}
    if wallets.orders is not None:
        counter.orders = await store.orders_of(wallets.orders)
    counter.settled(due)
    return counter
