"""PostgreSQL's part in accrual, played by dicts: what a batch reads is gathered from them, what it writes
goes into them.

The decision in between is the product's own. Rows are read back from the very bytes that COPY would take, so
that
what is encoded is what is compared.
"""

from __future__ import annotations

from collections import Counter
from struct import Struct, unpack_from
from typing import Any

from regulars.core.events import ORDER_COMPLETED, EventStatus, decode_doc
from regulars.core.ledger import (
    FOREVER,
    PG_EPOCH_US,
    Ids,
    Lot,
    LotsNotRead,
    Postings,
    Purse,
    Side,
    TransferKind,
    settle,
)
from regulars.flows.accrual import Item
from regulars.flows.accrual.clock import local_time, micros, period_key
from regulars.flows.accrual.complete import complete
from regulars.flows.accrual.decide import decide
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.identity import Admission
from regulars.flows.accrual.orders import is_correction, order_key
from regulars.flows.accrual.recall import deducted_for
from regulars.flows.accrual.rulebook import Rulebook
from regulars.flows.accrual.types import Batch, Deducted, Gathered, MemberRow, RatedOrder

FIRST_MEMBER = 1 << 40
_INT = {1: Struct(">?"), 2: Struct(">h"), 4: Struct(">i"), 8: Struct(">q")}
_REVERSALS = (TransferKind.REVERSE, TransferKind.DEBT)


def fields(row: bytes) -> list[Any]:
    """Return the fields of one binary COPY row: integers where they have an integer's width, else bytes,
    else None."""
    (count,) = unpack_from(">h", row)
    place, found = 2, []
    for _ in range(count):
        (length,) = unpack_from(">i", row, place)
        place += 4
        if length < 0:
            found.append(None)
            continue
        part = row[place : place + length]
        found.append(_INT[length].unpack(part)[0] if length in _INT else part)
        place += length
    return found


def unix(at: int) -> int:
    """Return PostgreSQL's microseconds as ours."""
    return at if at == FOREVER else at + PG_EPOCH_US


class Memory:
    """One program's tables."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.batches = 0
        self.members: dict[int, MemberRow] = {}
        self.users: dict[str, int] = {}
        self.purses: dict[int, Purse] = {}
        self.lots: dict[int, dict[int, Lot]] = {}
        self.identities: dict[tuple[int, bytes], tuple[bytes, int, int, str]] = {}
        self.orders: dict[bytes, RatedOrder] = {}
        self.waiting: dict[bytes, list[tuple[int, int, bytes]]] = {}
        self.budgets: Counter[tuple[str, str, str]] = Counter()
        self.sums: Counter[tuple[int, int, int]] = Counter()
        self.reversible: dict[int, dict[int, int]] = {}
        self.drawn: Counter[int] = Counter()
        self.out: dict[int, Counter[int]] = {}

    # ---- a batch

    def batch(self, now: int, items: list[Item]) -> Decided:
        """Rate a batch as the pipeline does."""
        gathered = self.gather(now, items)
        try:
            decided = decide(gathered)
        except LotsNotRead:
            for purse in gathered.purses.values():
                self.read_lots(purse)
            decided = decide(gathered)
        self.write(decided)
        return decided

    def gather(self, now: int, items: list[Item]) -> Gathered:
        """Return what the decision may know."""
        self.batches += 1
        items = [complete(item, self.book) for item in items]
        items, resumed = self._with_waiting(items)
        batch = Batch(self.book, items, now)
        keys = [None if i.event.order is None else order_key(i.event.order.order_id) for i in items]
        newcomers = frozenset(self._enrol(item) for item in items) - {0}
        orders = {key: self.orders[key] for key in keys if key is not None and key in self.orders}
        owners = [
            orders[key].member_id
            if key is not None and key in orders and is_correction(item.event)
            else self.users.get(item.event.user_id or "", 0)
            for item, key in zip(items, keys, strict=True)
        ]
        admission = Admission(batch, self.batches, owners, keys)
        for row in admission.rows(self.identities):
            _, source, key, content, member_id, event_id = fields(row)
            self.identities[source, key] = (content, member_id, event_id, "")  # no order here is a partner's
        wanted = {o for o, s in zip(owners, admission.status, strict=True) if o and s is EventStatus.ACCEPTED}
        reads_lots = self.book.takes_points or any(is_correction(item.event) for item in items)
        days = [local_time(item.event.occurred_at, self.book.zone) for item in items]
        days += [local_time(decode_doc(order.doc).occurred_at, self.book.zone) for order in orders.values()]
        periods = {period_key(unit, day) for unit in self.book.budget_periods for day in days}
        purses = {member_id: self.purse(member_id, lots=reads_lots) for member_id in wanted}
        return Gathered(
            batch=batch,
            batch_id=self.batches,
            member_of=owners,
            fresh=admission.status,
            members=self.members,
            purses=purses,
            orders=orders,
            budgets={key: used for key, used in self.budgets.items() if key[2] in periods},
            history={},
            order_keys=keys,
            repeats=admission.repeats,
            resumed=resumed,
            newcomers=newcomers,
            drawn={one.transfer_id: self._out_of(purses, one) for one in deducted_for(orders.values())},
        )

    def _out_of(self, purses: dict[int, Purse], one: Deducted) -> list[tuple[Lot, int]]:
        """Return the lots that a deduction used and what of each is still out; they are in the purse then."""
        purse = purses.get(one.member_id)
        if purse is None:
            return []
        found = []
        lots = purse.lots.setdefault(one.point_type_id, [])
        for lot_id, amount in self.out[one.transfer_id].items():
            lot = next((lot for lot in lots if lot.id == lot_id), None)
            if lot is None:
                lot = self.lots[one.member_id][lot_id].copy()
                lots.append(lot)
            found.append((lot, amount))
        return sorted(found, key=lambda pair: pair[0].order)

    def _with_waiting(self, items: list[Item]) -> tuple[list[Item], dict[int, int]]:
        resumed = {}
        for item in list(items):
            if item.event.type == ORDER_COMPLETED and item.event.order is not None:
                for event_id, source_id, doc in self.waiting.pop(order_key(item.event.order.order_id), []):
                    event = decode_doc(doc)
                    resumed[len(items)] = event_id
                    keyless = Item(
                        source_id,
                        event.__class__(**{**_dict(event), "key": ""}),
                        doc,
                        micros(event.occurred_at),
                        b"",
                    )
                    items.append(keyless)
        return items, resumed

    def _enrol(self, item: Item) -> int:
        user = item.event.user_id or ""
        if user in self.users or not item.enrol:
            return 0
        member_id = self.users[user] = FIRST_MEMBER + len(self.users)
        joined = micros(item.event.occurred_at)
        self.members[member_id] = MemberRow(member_id, "active", False, joined, None, None, {}, [], [])
        self.purses[member_id] = Purse(member_id, self.book.program_id, [], None, 0, "")
        self.lots[member_id] = {}
        return member_id

    def purse(self, member_id: int, *, lots: bool) -> Purse:
        """Return a purse as its row would be read, with its open lots where they are."""
        purse = _row(self.purses[member_id])
        if lots:
            self.read_lots(purse)
        return purse

    def read_lots(self, purse: Purse) -> None:
        """Read the open lots into a purse, and how much can be taken back of awards that are not whole any
        more."""
        purse.lots_read = True
        for lot in list(self.lots[purse.member_id].values()):
            if lot.remaining:
                purse.lots.setdefault(lot.point_type_id, []).append(lot.copy())
        purse.reversible = dict(self.reversible.get(purse.member_id, {}))

    # ---- what is written

    def write(self, decided: Decided) -> None:
        """Take over what a batch came to."""
        self.post(decided.postings)
        for key, item, row_id in zip(
            decided.gathered.order_keys, decided.gathered.batch.items, decided.event_ids, strict=True
        ):
            row = next((row for row in decided.events if row.id == row_id), None)
            if row is not None and key is not None and item.event.type == ORDER_COMPLETED:
                self.orders[key] = RatedOrder(
                    row.member_id, row.id, row.occurred_at, row.doc.decode(), _text(row.outcome)
                )
        self.orders.update(decided.corrected)
        for place in decided.waiting:
            item = decided.gathered.batch.items[place]
            key = decided.gathered.order_keys[place]
            assert key is not None
            self.waiting.setdefault(key, []).append((decided.event_ids[place], item.source_id, item.doc))
        for name, (delta, most) in decided.budget_deltas.items():
            self.budgets[name] += delta
            assert 0 <= self.budgets[name] <= most, f"budget {name}"

    def post(self, postings: Postings) -> None:
        """Do what `core.ledger.post` does."""
        for row in postings.lot_rows:
            member, number, program, of, amount, left, pending, funder, earned, active, ends = fields(row)
            times = (unix(earned), unix(active), unix(ends))
            self.lots[member][number] = Lot(
                member, number, program, of, amount, left, pending, funder, *times
            )
        for lot in postings.new_lots:
            self.lots[lot.member_id][lot.id] = lot.copy()
            self.lots[lot.member_id][lot.id].is_new = False
        for lot in postings.changed_lots.values():
            self.lots[lot.member_id][lot.id] = lot.copy()
            self.lots[lot.member_id][lot.id].is_new = False
        kinds, undone = {}, {}
        for row in postings.transfers:
            member, number, _, kind_of_points, debit, credit, amount, kind, _, reverses, *_ = fields(row)
            assert amount > 0
            assert debit != credit
            kinds[number] = kind
            undone[number] = reverses
            self.sums[member, kind_of_points, credit] += amount
            self.sums[member, kind_of_points, debit] -= amount
            if kind in _REVERSALS and reverses in self.lots[member]:
                self._less_reversible(member, reverses, amount)
        for row in postings.draws:
            member, transfer, lot_id, amount = fields(row)
            self.drawn[lot_id] += amount
            if kinds[transfer] == TransferKind.DEDUCT:
                self.out.setdefault(transfer, Counter())[lot_id] += amount
            if kinds[transfer] == TransferKind.SPEND_CANCELLED:
                self.out[undone[transfer]][lot_id] += amount
            if kinds[transfer] == TransferKind.EXPIRE:
                self._less_reversible(member, lot_id, amount)
        for member, purse in postings.purses.items():
            self.purses[member] = _row(purse)

    def _less_reversible(self, member: int, lot_id: int, amount: int) -> None:
        left = self.reversible.setdefault(member, {})
        left[lot_id] = left.get(lot_id, self.lots[member][lot_id].amount) - amount

    # ---- time, and looking

    def settle(self, member_id: int, now: int) -> None:
        """Do what the job does that looks for what fell due."""
        self.batches += 1
        purse = self.purse(member_id, lots=True)
        postings = Postings(Ids(self.batches))
        for point_type in self.book.points.values():
            settle(postings, purse, point_type.terms, now)
        self.post(postings)

    def sides(self, member_id: int, code: str) -> tuple[int, int, int]:
        """Return (available, pending, debt)."""
        purse, slot = self.purses[member_id], self.book.points[code].terms.slot
        return (
            purse.available(slot),
            purse.balance(slot, Side.PENDING),
            purse.balance(slot, Side.DEBT),
        )

    def check(self, member_id: int) -> None:
        """What must always hold: wallet = Σ transfers = Σ open lots; lots = what they got − what was
        drawn."""
        purse = self.purses[member_id]
        lots = list(self.lots[member_id].values())
        for lot in lots:
            assert lot.remaining == lot.amount - self.drawn[lot.id]
        lots = [lot for lot in lots if lot.remaining]
        for point_type in self.book.points.values():
            accounts, slot = point_type.terms.accounts, point_type.terms.slot
            for account, side, sign in (
                (accounts.available, Side.AVAILABLE, 1),
                (accounts.pending, Side.PENDING, 1),
                (accounts.debt, Side.DEBT, -1),
            ):
                balance = purse.balance(slot, side)
                assert balance >= 0, f"{point_type.code} below zero"
                assert sign * balance == self.sums[member_id, point_type.id, account], (
                    f"{point_type.code} {side.name}"
                )
            assert purse.balance(slot, Side.DEBT) <= point_type.terms.debt_max
            if point_type.terms.lots:
                mine = [lot for lot in lots if lot.point_type_id == point_type.id]
                assert purse.available(slot) == sum(lot.remaining for lot in mine if not lot.pending)
                assert purse.balance(slot, Side.PENDING) == sum(lot.remaining for lot in mine if lot.pending)


def _row(purse: Purse) -> Purse:
    """Return a purse as its row alone says it is."""
    debts = list(purse.debts) if purse.debts else None
    return Purse(purse.member_id, purse.program_id, list(purse.balances), debts, purse.debt_max, purse.state)


def _dict(event: Any) -> dict[str, Any]:
    return {name: getattr(event, name) for name in event.__struct_fields__}


def _text(outcome: bytes | None) -> str:
    return outcome.decode() if outcome else "{}"
