"""The movements of points, decided in memory: each changes a purse and its lots and leaves the rows to be
written.

Pure: no clock, no connection. The purses are locked rows; `post` writes what is collected here in a constant
number of statements. A debit never takes more than there is: what could not be taken is returned, and the
caller's policy decides.
"""

from __future__ import annotations

import msgspec

from regulars.core.ledger.model import FOREVER, Cause, Hold, Lot, Purse, Side, Terms, TransferKind
from regulars.core.ledger.rows import award_row, draw_row, new_lot_row, transfer_row


class LotsNotRead(Exception):
    """Points are to be taken from a purse whose lots were not read: read them and decide again.

    Awards need no lots, so the hot path reads none; only what turns out to take points pays for them.
    """


class Ids:
    """Ids of one batch: (batch id << 20) + 1, 2, 3, ….

    2^20 rows are more than the largest batch can write.
    """

    __slots__ = ("_next",)

    def __init__(self, batch_id: int) -> None:
        self._next = batch_id << 20

    def take(self) -> int:
        self._next += 1
        return self._next

    def take_many(self, count: int) -> list[int]:
        first = self._next + 1
        self._next += count
        return list(range(first, first + count))


class Postings:
    """What one batch writes to the ledger, and the operations that fill it."""

    def __init__(self, ids: Ids) -> None:
        self.ids = ids
        self.transfers: list[bytes] = []
        self.draws: list[bytes] = []
        self.lot_rows: list[bytes] = []
        self.new_lots: list[Lot] = []
        self.changed_lots: dict[int, Lot] = {}
        self.new_holds: list[Hold] = []
        self.changed_holds: dict[int, Hold] = {}
        self.notes: list[tuple[int, int, int, str]] = []
        self.purses: dict[int, Purse] = {}

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
        """Note one movement; return its id. Balances are the business of the operations below."""
        transfer_id = self.ids.take()
        self.purses[purse.member_id] = purse
        if cause.reverses_id is None and cause.event_id is not None and cause.ruleset_version is not None:
            # An award, that is nearly every row.
            self.transfers.append(
                award_row(
                    purse, transfer_id, terms.accounts.point_type_id, debit, credit, amount, kind, cause
                )
            )
            return transfer_id
        self.transfers.append(
            transfer_row(
                purse.member_id, transfer_id, purse.program_id, terms.accounts.point_type_id, debit, credit, amount,
                kind, cause.event_id, cause.reverses_id, cause.ruleset_version, cause.occurred_at, cause.posted_at,
                cause.detail,
            )
        )  # fmt: skip
        return transfer_id

    def credit(
        self,
        purse: Purse,
        terms: Terms,
        amount: int,
        funding_account_id: int,
        cause: Cause,
        *,
        kind: TransferKind = TransferKind.EARN,
        active_at: int = 0,
        expires_at: int = FOREVER,
        earned_at: int | None = None,
        lot_funding: int | None = None,
        repays: bool = True,
    ) -> int:
        """Give `amount` from the funding account; pending when `active_at` lies after the posting.

        Return the transfer's id.

        Points that become available pay what the member owes first. Points that come from another purse keep
        when they were earned (`earned_at`) and who funded them (`lot_funding`). Nothing ends before it was there:
        points of which `expires_at` has passed when they are earned end at that very instant.
        """
        pending = active_at > cause.posted_at
        expires_at = max(expires_at, cause.occurred_at)
        accounts = terms.accounts
        if pending:
            transfer_id = self.transfer(
                purse, terms, funding_account_id, accounts.pending, amount, kind, cause
            )
            purse.move(terms.slot, Side.PENDING, amount)
        else:
            transfer_id = self.transfer(
                purse, terms, funding_account_id, accounts.available, amount, kind, cause
            )
            place, balances = 3 * terms.slot, purse.balances
            if place < len(balances):
                balances[place] += amount
            else:
                purse.move(terms.slot, Side.AVAILABLE, amount)
            active_at = cause.occurred_at
        if terms.lots:
            funder = funding_account_id if lot_funding is None else lot_funding
            origin = cause.occurred_at if earned_at is None else earned_at
            if purse.lots_read or purse.debts or expires_at <= cause.posted_at:
                opened = (accounts.point_type_id, amount, pending, funder, origin)
                self._open_lot(purse, transfer_id, opened, active_at, expires_at)
            else:  # nothing of this purse can be taken in this batch, nor has it ended: the row is final
                self.lot_rows.append(
                    new_lot_row(
                        purse.member_id, transfer_id, purse.program_id, accounts.point_type_id, amount, pending, funder,
                        origin, active_at, expires_at,
                    )
                )  # fmt: skip
        if repays and not pending and purse.debts:
            self.repay(purse, terms, cause)
        return transfer_id

    def _open_lot(
        self,
        purse: Purse,
        lot_id: int,
        opened: tuple[int, int, bool, int, int],
        active_at: int,
        expires_at: int,
    ) -> None:
        """Note a lot that may yet be used: `opened` = (point type, amount, pending, funding account, when earned)."""
        point_type_id, amount, pending, funder, earned_at = opened
        lot = Lot(
            purse.member_id, lot_id, purse.program_id, point_type_id, amount, amount, pending, funder, earned_at,
            active_at, expires_at, True,
        )  # fmt: skip
        self.new_lots.append(lot)
        purse.lots.setdefault(point_type_id, []).append(lot)

    def repay(self, purse: Purse, terms: Terms, cause: Cause) -> int:
        """Use what is available to pay what is owed; return how much was paid."""
        paid = min(purse.balance(terms.slot, Side.DEBT), purse.available(terms.slot))
        if paid <= 0:
            return 0
        transfer_id = self.transfer(
            purse, terms, terms.accounts.available, terms.accounts.debt, paid, TransferKind.DEBT_REPAID, cause
        )
        purse.move(terms.slot, Side.DEBT, -paid)
        purse.move(terms.slot, Side.AVAILABLE, -paid)
        self.draw(purse, terms, paid, transfer_id)
        return paid

    def debit(
        self,
        purse: Purse,
        terms: Terms,
        amount: int,
        credit_account_id: int,
        kind: TransferKind,
        cause: Cause,
        *,
        first_lots: frozenset[int] = frozenset(),
    ) -> int:
        """Take at most `amount` of what is available; return how much was taken.

        Lots are used in the type's order, `first_lots` before them.
        The purse's lots of a type that has lots must have been read. Lots that have ended are taken out
        first: nothing is ever drawn from them, however late the job comes that looks for them.
        """
        self.expire_ended(purse, terms, cause.posted_at)
        taken = min(amount, purse.available(terms.slot))
        if taken > 0:
            self.take(purse, terms, taken, credit_account_id, kind, cause, first_lots=first_lots)
        return max(taken, 0)

    def take(
        self,
        purse: Purse,
        terms: Terms,
        amount: int,
        credit_account_id: int,
        kind: TransferKind,
        cause: Cause,
        *,
        first_lots: frozenset[int] = frozenset(),
    ) -> int:
        """Take exactly `amount`, which must be available in a settled wallet; return the transfer's id."""
        transfer_id = self.transfer(
            purse, terms, terms.accounts.available, credit_account_id, amount, kind, cause
        )
        purse.move(terms.slot, Side.AVAILABLE, -amount)
        self.draw(purse, terms, amount, transfer_id, first_lots)
        return transfer_id

    def draw(
        self,
        purse: Purse,
        terms: Terms,
        amount: int,
        transfer_id: int,
        first_lots: frozenset[int] = frozenset(),
    ) -> list[tuple[Lot, int]]:
        """Record which active lots `transfer_id` used, and return them with how much was used of each.

        Lots and balance agree, so running out of lots is our own mistake.
        """
        if not terms.lots:
            return []
        if not purse.lots_read and not purse.debts:
            raise LotsNotRead
        lots = [
            lot
            for lot in purse.lots.get(terms.accounts.point_type_id, ())
            if lot.remaining and not lot.pending
        ]
        lots.sort(key=lambda lot: (lot.id not in first_lots, lot.age if terms.oldest_first else lot.order))
        drawn = []
        for lot in lots:
            used = min(lot.remaining, amount)
            self.use_lot(lot, used, transfer_id)
            drawn.append((lot, used))
            amount -= used
            if not amount:
                return drawn
        raise AssertionError(f"lots of member {purse.member_id} are {amount} short of the wallet")

    def note(self, purse: Purse, transfer_id: int, text: str) -> None:
        """Keep what a person wrote beside a transfer: apart from it, so that it can be erased."""
        self.notes.append((purse.member_id, transfer_id, purse.program_id, text))

    def use_lot(self, lot: Lot, used: int, transfer_id: int) -> None:
        """Record that `transfer_id` used so much of a lot; negative gives back."""
        lot.remaining -= used
        self.draws.append(draw_row(lot.member_id, transfer_id, lot.id, used))
        if not lot.is_new:
            self.changed_lots[lot.id] = lot

    def take_back(self, purse: Purse, terms: Terms, earned: list[tuple[int, int, int]], cause: Cause) -> int:
        """Claw back awards: `earned` = (transfer id, amount to take back, funding account) each.

        Pending points are taken where they are pending; then from the award's own lots (one, or those that merges made
        of it), then from the others.
        What was spent meanwhile becomes debt up to the type's limit, or stays with the member where the type
        allows none; what expired is gone already and is not taken twice (the purse's `reversible` must have
        been read for awards that may have ended). Returns how much was neither taken nor owed.
        """
        left_over = 0
        self.expire_ended(purse, terms, cause.posted_at)
        lots: dict[int, list[Lot]] = {}
        for lot in purse.lots.get(terms.accounts.point_type_id, ()):
            lots.setdefault(purse.moved.get(lot.id, lot.id), []).append(lot)
        for transfer_id, asked, funder in earned:
            own = lots.get(transfer_id, [])
            for lot in own:
                if lot.id == transfer_id:
                    purse.reversible.setdefault(transfer_id, lot.amount)
            due = amount = min(asked, purse.reversible.get(transfer_id, asked))
            reversal = msgspec.structs.replace(cause, reverses_id=transfer_id)
            for lot in own:
                if lot.pending:
                    amount -= self._take_pending(purse, terms, lot, amount, funder, reversal)
            taken = self.debit(
                purse,
                terms,
                amount,
                funder,
                TransferKind.REVERSE,
                reversal,
                first_lots=frozenset([lot.id for lot in own]),
            )
            missing = self._owe(purse, terms, amount - taken, funder, reversal)
            if transfer_id in purse.reversible:
                purse.reversible[transfer_id] -= due - missing
            left_over += asked - due + missing
        return left_over

    def _take_pending(
        self, purse: Purse, terms: Terms, lot: Lot, amount: int, funder: int, cause: Cause
    ) -> int:
        taken = min(lot.remaining, amount)
        if taken:
            transfer_id = self.transfer(
                purse, terms, terms.accounts.pending, funder, taken, TransferKind.REVERSE, cause
            )
            purse.move(terms.slot, Side.PENDING, -taken)
            self.use_lot(lot, taken, transfer_id)
        return taken

    def _owe(self, purse: Purse, terms: Terms, amount: int, funder: int, cause: Cause) -> int:
        owed = min(amount, terms.debt_max - purse.balance(terms.slot, Side.DEBT))
        if owed <= 0:
            return amount
        self.transfer(purse, terms, terms.accounts.debt, funder, owed, TransferKind.DEBT, cause)
        purse.debt_max = max(purse.debt_max, terms.debt_max)
        purse.move(terms.slot, Side.DEBT, owed)
        return amount - owed

    def release(self, purse: Purse, terms: Terms, lot: Lot, cause: Cause) -> int | None:
        """Make the points of a pending lot available.

        Return the transfer's id, None when nothing was left of it.
        """
        transfer_id = None
        if lot.remaining:
            accounts = terms.accounts
            transfer_id = self.transfer(
                purse, terms, accounts.pending, accounts.available, lot.remaining, TransferKind.RELEASE, cause
            )
            purse.move(terms.slot, Side.PENDING, -lot.remaining)
            purse.move(terms.slot, Side.AVAILABLE, lot.remaining)
        lot.pending = False
        lot.active_at = cause.occurred_at
        self.changed_lots[lot.id] = lot
        if purse.debts:
            self.repay(purse, terms, cause)
        return transfer_id

    def expire(self, purse: Purse, terms: Terms, lot: Lot, cause: Cause) -> int:
        """Take out what is left of a lot past its date, pending or available; return how much that was."""
        amount = lot.remaining
        if not amount:
            return 0
        side = Side.PENDING if lot.pending else Side.AVAILABLE
        account = terms.accounts.pending if lot.pending else terms.accounts.available
        transfer_id = self.transfer(
            purse, terms, account, terms.accounts.expired, amount, TransferKind.EXPIRE, cause
        )
        purse.move(terms.slot, side, -amount)
        self.use_lot(lot, amount, transfer_id)
        award = purse.moved.get(lot.id, lot.id)
        purse.reversible[award] = purse.reversible.get(award, lot.amount) - amount
        return amount

    def expire_ended(self, purse: Purse, terms: Terms, now: int) -> int:
        """Take out what is left of lots that ended by `now` (microseconds), each at its own time.

        Return how much that was.
        """
        ended = [
            lot
            for lot in purse.lots.get(terms.accounts.point_type_id, ())
            if lot.remaining and lot.expires_at <= now
        ]
        ended.sort(key=lambda lot: lot.order)
        return sum(self.expire(purse, terms, lot, Cause(lot.expires_at, now)) for lot in ended)
