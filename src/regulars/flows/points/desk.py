"""One operation on some members' wallets: everything locked, settled and read, then written at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from regulars.core.events import announce, next_batch_id, notice
from regulars.core.ledger import (
    Cause,
    Ids,
    PointAccounts,
    Postings,
    Purse,
    Settled,
    Side,
    Terms,
    micros,
    open_purses,
    post,
    select_accounts,
    settle,
)
from regulars.features.programs import PointType, ProgramConfig, wallet_terms
from regulars.features.webhooks import Subscribed, subscribed_types
from regulars.flows.points.errors import MemberGone, UnknownPointType
from regulars.flows.points.model import Balance, Detail, encode_detail, encode_note
from regulars.infra.db import Transaction, failpoint, load_queries

queries = load_queries(__package__)

# What is heard when something fell due while nobody looked.
DUE_NOTICES = {
    "released": "points.released",
    "expired": "points.expired",
    "hold_expired": "points.hold_ended",
}


class MemberState(msgspec.Struct, frozen=True):
    """What a member may do, read after her purse was locked."""

    id: int
    status: str
    earning_blocked: bool
    spending_blocked: bool


class Desk:
    """An operation in progress. Made by `open_desk`; what it posted is written by `close`."""

    def __init__(
        self,
        tx: Transaction,
        config: ProgramConfig,
        terms: dict[int, Terms],
        batch_id: int,
        now: datetime,
        subscribed: Subscribed,
    ) -> None:
        """Begin with nothing posted."""
        self.tx = tx
        self.config = config
        self.terms_by_type = terms
        self.batch_id = batch_id
        self.instant = now
        self.now = micros(now)
        self.subscribed = subscribed
        self.postings = Postings(Ids(batch_id))
        self.purses: dict[int, Purse] = {}
        self.members: dict[int, MemberState] = {}
        self.notices: list[dict[str, Any]] = []

    def point_type(self, code: str | None) -> PointType:
        """Return a point type by its code; None = the program's main redeemable one.

        Refuses with UnknownPointType.
        """
        found = self.config.redeemable if code is None else self.config.point_types.get(code)
        if found is None or found.id not in self.terms_by_type:
            raise UnknownPointType
        return found

    def terms(self, point_type: PointType) -> Terms:
        """Return how the ledger keeps points of a type."""
        return self.terms_by_type[point_type.id]

    def accounts(self, point_type: PointType) -> PointAccounts:
        """Return the accounts of a point type."""
        return self.terms_by_type[point_type.id].accounts

    def cause(self, detail: Detail, reverses_id: int | None = None) -> Cause:
        """Return what the transfers of this operation have in common."""
        return Cause(self.now, self.now, detail=encode_detail(detail), reverses_id=reverses_id)

    def note(self, member_id: int, transfer_id: int, detail: Detail) -> None:
        """Keep what was written beside a transfer."""
        text = encode_note(detail)
        if text is not None:
            self.postings.note(self.purses[member_id], transfer_id, text)

    def balance(self, member_id: int, point_type: PointType) -> Balance:
        """Return one wallet as it is now."""
        purse, slot = self.purses[member_id], point_type.slot
        return Balance(
            point_type.code,
            purse.balance(slot, Side.AVAILABLE),
            purse.balance(slot, Side.PENDING),
            purse.balance(slot, Side.HELD),
            purse.balance(slot, Side.DEBT),
        )

    def notice(self, type: str, member_id: int, facts: dict[str, Any], at: int | None = None) -> None:  # noqa: A002
        """Tell subscribers of webhooks, when there are any for this type."""
        if type in self.subscribed:
            self.notices.append(notice(type, member_id, self.now if at is None else at, facts))

    def settled(self, done: Sequence[Settled]) -> None:
        """Tell what fell due."""
        for one in done:
            point_type = self.config.point_types_by_id[one.point_type_id]
            key = "hold" if one.what == "hold_expired" else "lot"
            facts = {"point_type": point_type.code, "points": one.amount, key: one.id}
            self.notice(DUE_NOTICES[one.what], one.member_id, facts, one.at)

    def settle_again(self, member_id: int, point_type: PointType) -> None:
        """End at once what came back to lots that have ended and know no days of grace: nobody has it to spend."""
        self.settled(settle(self.postings, self.purses[member_id], self.terms(point_type), self.now))

    async def close(self) -> None:
        """Write the postings and the outbox row, in the operation's transaction."""
        await post(self.tx, self.postings)
        failpoint("after_points_posted_before_outbox")
        await announce(self.tx, self.batch_id, self.config.id, self.instant, self.notices)


async def open_desk(
    tx: Transaction,
    config: ProgramConfig,
    member_ids: Sequence[int],
    now: datetime,
    *,
    erased_too: bool = False,
) -> Desk:
    """Lock and settle the wallets of some members of a program, lowest id first.

    Refuses with MemberGone when one of them was merged or erased meanwhile: look her up again. `erased_too`: what was
    promised before somebody was erased is kept.
    """
    terms = wallet_terms(config, await select_accounts(tx, config.id))
    desk = Desk(tx, config, terms, await next_batch_id(tx), now, await subscribed_types(tx, config.id))
    desk.purses, due = await open_purses(tx, desk.postings, member_ids, terms, desk.now)
    rows = await tx.all(
        queries.select_member_states, row=MemberState, program_id=config.id, member_ids=list(member_ids)
    )
    desk.members = {row.id: row for row in rows}
    for member_id in member_ids:
        member = desk.members.get(member_id)
        if member is None or member_id not in desk.purses:
            raise MemberGone
        if member.status == "erased" and not erased_too:
            raise MemberGone
    desk.settled(due)
    return desk
