"""A ledger in memory for tests: the engine's postings, remembered as plain rows and checked like the books."""

from __future__ import annotations

from collections import Counter
from struct import Struct
from typing import Any

from regulars.core.ledger import (
    Cause,
    Hold,
    Ids,
    Lot,
    PointAccounts,
    Postings,
    Purse,
    Side,
    Terms,
    TransferKind,
)

AVAILABLE, PENDING, HELD, DEBT, HOUSE, SPENT, EXPIRED, ADJUSTED, BETWEEN = range(1, 10)
ACCOUNTS = PointAccounts(
    point_type_id=1, available=AVAILABLE, pending=PENDING, held=HELD, debt=DEBT, house=HOUSE, spent=SPENT,
    expired=EXPIRED, adjusted=ADJUSTED, between_members=BETWEEN, funders={"partner:bakery": 10},
)  # fmt: skip
_DRAW = Struct(">hiqiqiqiq")


class Recorded(Postings):
    """Postings that also keep each transfer as a dict."""

    def __init__(self, ids: Ids) -> None:
        super().__init__(ids)
        self.rows: list[dict[str, Any]] = []

    def transfer(
        self,
        purse: Purse,
        terms: Terms,
        debit: int,
        credit: int,
        amount: int,
        kind: TransferKind,
        cause: Cause,
    ) -> int:
        number = super().transfer(purse, terms, debit, credit, amount, kind, cause)
        assert amount > 0
        assert debit != credit
        assert cause.occurred_at <= cause.posted_at
        self.rows.append(
            {
                "member": purse.member_id, "id": number, "debit": debit, "credit": credit, "amount": amount,
                "kind": kind, "at": cause.occurred_at, "reverses": cause.reverses_id,
            }
        )  # fmt: skip
        return number


class MemoryLedger:
    """Purses, lots and everything ever posted."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self.purses: dict[int, Purse] = {}
        self.lots: dict[int, Lot] = {}
        self.holds: dict[int, Hold] = {}
        self.transfers: list[dict[str, Any]] = []
        self.drawn: Counter[int] = Counter()
        self.sums: Counter[tuple[int, int]] = Counter()
        self.batch = 0

    def purse(self, member_id: int) -> Purse:
        if member_id not in self.purses:
            purse = self.purses[member_id] = Purse(member_id, 1, [], None, 0, "")
            purse.lots_read = True
        return self.purses[member_id]

    def begin(self) -> Recorded:
        self.batch += 1
        return Recorded(Ids(self.batch))

    def commit(self, postings: Recorded) -> None:
        """Do what `post` does, in memory."""
        self.transfers += postings.rows
        for posted in postings.rows:
            self.sums[posted["member"], posted["credit"]] += posted["amount"]
            self.sums[posted["member"], posted["debit"]] -= posted["amount"]
        for row in postings.draws:
            _, _, _, _, _, _, lot_id, _, amount = _DRAW.unpack(row)
            assert amount
            self.drawn[lot_id] += amount
        for lot in postings.new_lots:
            lot.is_new = False
            self.lots[lot.id] = lot
        for held in postings.new_holds:
            held.is_new = False
            self.holds[held.id] = held
        self.check()

    def sides(self, member_id: int) -> tuple[int, int, int, int]:
        """(available, pending, held, debt)."""
        purse = self.purse(member_id)
        slot = self.terms.slot
        return (
            purse.balance(slot, Side.AVAILABLE), purse.balance(slot, Side.PENDING), purse.balance(slot, Side.HELD),
            purse.balance(slot, Side.DEBT),
        )  # fmt: skip

    def open_lots(self, member_id: int) -> list[tuple[int, int, bool, int]]:
        return sorted(
            (lot.expires_at, lot.earned_at, lot.pending, lot.remaining)
            for lot in self.lots.values()
            if lot.member_id == member_id and lot.remaining
        )

    def check(self) -> None:
        """What must always hold: nothing negative, wallet = Σ transfers = Σ lots, the sum of all accounts is
        0.
        """
        sums, total = self.sums, 0
        for (_, account), amount in sums.items():
            total += amount
            assert account not in (SPENT, EXPIRED) or amount >= 0
        assert total == 0
        assert sum(amount for (_, account), amount in sums.items() if account == BETWEEN) == 0
        for member_id in self.purses:
            available, pending, held, debt = self.sides(member_id)
            assert min(available, pending, held, debt) >= 0
            assert debt <= self.purse(member_id).debt_max
            assert not (debt and available), "who owes has nothing to spend"
            assert (available, pending, held, -debt) == tuple(
                sums[member_id, account] for account in (AVAILABLE, PENDING, HELD, DEBT)
            )
            if self.terms.lots:
                lots = [lot for lot in self.lots.values() if lot.member_id == member_id]
                assert available == sum(lot.remaining for lot in lots if not lot.pending)
                assert pending == sum(lot.remaining for lot in lots if lot.pending)
        for lot in self.lots.values():
            assert lot.remaining == lot.amount - self.drawn[lot.id]
            assert 0 <= lot.remaining <= lot.amount
