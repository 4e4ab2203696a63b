"""One purse takes over from another: lot by lot, with every lot's end, origin and funding.

Holds and debts come along.

Nothing is rewritten: points leave over `between_members` and arrive from there. The same function gives back
what a merge brought, as far as it is still there.
"""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from regulars.core.ledger.model import Cause, Hold, HoldStatus, Lot, Purse, Side, Terms, TransferKind
from regulars.core.ledger.posting import Postings


class Portion(msgspec.Struct, frozen=True):
    """What of one wallet moves: lots and holds by id, and at most so many points (where there are no lots)
    and debt.

    None = all of it.
    """

    lots: Collection[int] | None = None
    holds: Collection[int] | None = None
    balance: int | None = None
    debt: int | None = None


EVERYTHING = Portion()


def move_wallet(
    postings: Postings,
    giver: Purse,
    taker: Purse,
    terms: Terms,
    cause: Cause,
    portion: Portion = EVERYTHING,
) -> dict[int, int]:
    """Move a settled wallet, or a portion of it, from one purse to another.

    Return {hold moved: hold it became}.

    Lots and open holds of both must have been read. The taker's debts are paid last, from what came.
    """
    if terms.lots:
        for lot in list(giver.lots.get(terms.accounts.point_type_id, ())):
            if lot.remaining and (portion.lots is None or lot.id in portion.lots):
                _move_lot(postings, giver, taker, terms, lot, lot.remaining, cause)
    else:
        _move_balance(postings, giver, taker, terms, portion.balance, cause)
    became = {}
    for held in list(giver.holds.get(terms.accounts.point_type_id, ())):
        if portion.holds is None or held.id in portion.holds:
            became[held.id] = _move_hold(postings, giver, taker, terms, held, cause)
    _move_debt(postings, giver, taker, terms, portion.debt, cause)
    if taker.debts:
        postings.repay(taker, terms, cause)
    return became


def hand_over(postings: Postings, giver: Purse, taker: Purse, terms: Terms, cause: Cause) -> None:
    """Let what came back to a merged member follow to the one who took over; what has ended stays behind.

    The lots of both must have been read.
    """
    postings.expire_ended(giver, terms, cause.posted_at)
    move_wallet(postings, giver, taker, terms, cause)


def _move_lot(
    postings: Postings, giver: Purse, taker: Purse, terms: Terms, lot: Lot, amount: int, cause: Cause
) -> int:
    """Move `amount` of a lot, which arrives as a new one: the transfer that brings it follows the one that takes it.

    Return the new lot's id.
    """
    accounts = terms.accounts
    side = Side.PENDING if lot.pending else Side.AVAILABLE
    account = accounts.pending if lot.pending else accounts.available
    left = postings.transfer(
        giver, terms, account, accounts.between_members, amount, TransferKind.MERGED_AWAY, cause
    )
    giver.move(terms.slot, side, -amount)
    postings.use_lot(lot, amount, left)
    came = postings.credit(
        taker, terms, amount, accounts.between_members, cause, kind=TransferKind.MERGED_IN,
        active_at=lot.active_at if lot.pending else 0, expires_at=lot.expires_at, earned_at=lot.earned_at,
        lot_funding=lot.funding_account_id, repays=False,
    )  # fmt: skip
    taker.moved[came] = giver.moved.get(lot.id, lot.id)
    return came


def _move_balance(
    postings: Postings, giver: Purse, taker: Purse, terms: Terms, most: int | None, cause: Cause
) -> None:
    available = giver.available(terms.slot)
    amount = available if most is None else min(available, most)
    if amount:
        accounts = terms.accounts
        postings.transfer(
            giver,
            terms,
            accounts.available,
            accounts.between_members,
            amount,
            TransferKind.MERGED_AWAY,
            cause,
        )
        giver.move(terms.slot, Side.AVAILABLE, -amount)
        postings.credit(
            taker, terms, amount, accounts.between_members, cause, kind=TransferKind.MERGED_IN, repays=False
        )


def _move_hold(postings: Postings, giver: Purse, taker: Purse, terms: Terms, held: Hold, cause: Cause) -> int:
    """Move points that are set aside: they return to their lots, move with these, and are set aside again at once."""
    accounts = terms.accounts
    own = msgspec.structs.replace(cause, reverses_id=held.id)
    returned = postings.transfer(
        giver, terms, accounts.held, accounts.available, held.amount, TransferKind.VOID, own
    )
    giver.move(terms.slot, Side.HELD, -held.amount)
    giver.move(terms.slot, Side.AVAILABLE, held.amount)
    for lot, used in held.drawn:
        postings.use_lot(lot, -used, returned)
    lots = frozenset(_move_lot(postings, giver, taker, terms, lot, used, cause) for lot, used in held.drawn)
    number = postings.transfer(
        taker, terms, accounts.available, accounts.held, held.amount, TransferKind.HOLD, cause
    )
    taker.move(terms.slot, Side.AVAILABLE, -held.amount)
    taker.move(terms.slot, Side.HELD, held.amount)
    again = Hold(
        taker.member_id, number, taker.program_id, held.point_type_id, held.amount, 0, HoldStatus.OPEN,
        held.reference, held.created_at, held.expires_at, None, None, True,
    )  # fmt: skip
    again.drawn = postings.draw(taker, terms, held.amount, number, lots)
    postings.new_holds.append(again)
    taker.holds.setdefault(held.point_type_id, []).append(again)
    held.status, held.closed_at, held.moved_to = HoldStatus.MOVED, cause.occurred_at, number
    if not held.is_new:
        postings.changed_holds[held.id] = held
    giver.holds[held.point_type_id].remove(held)
    return number


def _move_debt(
    postings: Postings, giver: Purse, taker: Purse, terms: Terms, most: int | None, cause: Cause
) -> None:
    owed = giver.balance(terms.slot, Side.DEBT)
    amount = owed if most is None else min(owed, most)
    if not amount:
        return
    accounts = terms.accounts
    postings.transfer(
        giver, terms, accounts.between_members, accounts.debt, amount, TransferKind.MERGED_AWAY, cause
    )
    giver.move(terms.slot, Side.DEBT, -amount)
    postings.transfer(
        taker, terms, accounts.debt, accounts.between_members, amount, TransferKind.MERGED_IN, cause
    )
    taker.move(terms.slot, Side.DEBT, amount)
    taker.debt_max = max(taker.debt_max, taker.balance(terms.slot, Side.DEBT))
