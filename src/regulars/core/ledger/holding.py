"""Points set aside and points that come back: hold, capture, void, and cancelling a spend.

Pure, like `posting`.

A hold draws its lots at once, so that nobody else spends them and nothing expires under a till. What comes
back goes to the lots it came from, with their end; where a lot has ended meanwhile, what comes back to it is
good until `terms.grace_end` of the moment it came back.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from regulars.core.ledger.model import Cause, Hold, HoldStatus, Lot, Purse, Side, Terms, TransferKind
from regulars.core.ledger.posting import Postings

Drawn = list[tuple[Lot, int]]
"""Lots and how much of each was used."""


def hold(
    postings: Postings,
    purse: Purse,
    terms: Terms,
    amount: int,
    expires_at: int,
    cause: Cause,
    reference: str = "",
) -> Hold | None:
    """Set `amount` of what is available aside until `expires_at` (microseconds).

    None when there is not as much.
    """
    postings.expire_ended(purse, terms, cause.posted_at)
    if amount > purse.available(terms.slot):
        return None
    accounts = terms.accounts
    transfer_id = postings.transfer(
        purse, terms, accounts.available, accounts.held, amount, TransferKind.HOLD, cause
    )
    purse.move(terms.slot, Side.AVAILABLE, -amount)
    purse.move(terms.slot, Side.HELD, amount)
    held = Hold(
        purse.member_id, transfer_id, purse.program_id, accounts.point_type_id, amount, 0, HoldStatus.OPEN, reference,
        cause.occurred_at, expires_at, None, None, True,
    )  # fmt: skip
    held.drawn = postings.draw(purse, terms, amount, transfer_id)
    postings.new_holds.append(held)
    purse.holds.setdefault(accounts.point_type_id, []).append(held)
    return held


def capture(
    postings: Postings,
    purse: Purse,
    terms: Terms,
    held: Hold,
    amount: int,
    credit_account_id: int,
    cause: Cause,
) -> int:
    """Spend `amount` (1 … the hold's) of an open hold for good, give the rest back.

    Return the capture's transfer id.

    What the type's order uses first is spent, so what comes back is what it uses last.
    """
    assert held.status is HoldStatus.OPEN
    assert 0 < amount <= held.amount
    own = msgspec.structs.replace(cause, reverses_id=held.id)
    transfer_id = postings.transfer(
        purse, terms, terms.accounts.held, credit_account_id, amount, TransferKind.CAPTURE, own
    )
    purse.move(terms.slot, Side.HELD, -amount)
    held.captured = amount
    close(postings, purse, terms, held, HoldStatus.CAPTURED, cause)
    return transfer_id


def close(
    postings: Postings, purse: Purse, terms: Terms, held: Hold, status: HoldStatus, cause: Cause
) -> int:
    """End an open hold: what was not captured returns to the lots it came from. Return how much that was."""
    assert held.status is HoldStatus.OPEN
    rest = held.amount - held.captured
    if rest:
        accounts = terms.accounts
        own = msgspec.structs.replace(cause, reverses_id=held.id)
        transfer_id = postings.transfer(
            purse, terms, accounts.held, accounts.available, rest, TransferKind.VOID, own
        )
        purse.move(terms.slot, Side.HELD, -rest)
        purse.move(terms.slot, Side.AVAILABLE, rest)
        give_back(postings, terms, held.drawn, rest, transfer_id, cause)
    held.status = status
    held.closed_at = cause.occurred_at
    if not held.is_new:
        postings.changed_holds[held.id] = held
    purse.holds[held.point_type_id].remove(held)
    if purse.debts:
        postings.repay(purse, terms, cause)
    return rest


def cancel_spend(
    postings: Postings,
    purse: Purse,
    terms: Terms,
    spend_id: int,
    amount: int,
    debit_account_id: int,
    drawn: Drawn,
    cause: Cause,
) -> int:
    """Return `amount` of the spend `spend_id` to the lots it used (`drawn`: what of it has not come back
    yet).
    """
    own = msgspec.structs.replace(cause, reverses_id=spend_id)
    accounts = terms.accounts
    transfer_id = postings.transfer(
        purse, terms, debit_account_id, accounts.available, amount, TransferKind.SPEND_CANCELLED, own
    )
    purse.move(terms.slot, Side.AVAILABLE, amount)
    give_back(postings, terms, drawn, amount, transfer_id, cause)
    if purse.debts:
        postings.repay(purse, terms, cause)
    return transfer_id


def take_from_lots(
    postings: Postings,
    purse: Purse,
    terms: Terms,
    amount: int,
    credit_account_id: int,
    kind: TransferKind,
    cause: Cause,
) -> tuple[int, Drawn]:
    """Take exactly `amount`, which must be available in a wallet without ended lots.

    Return the transfer's id and the lots it used, to be given back with `cancel_spend`.
    """
    transfer_id = postings.transfer(
        purse, terms, terms.accounts.available, credit_account_id, amount, kind, cause
    )
    purse.move(terms.slot, Side.AVAILABLE, -amount)
    return transfer_id, postings.draw(purse, terms, amount, transfer_id)


def give_back(
    postings: Postings,
    terms: Terms,
    drawn: Iterable[tuple[Lot, int]],
    amount: int,
    transfer_id: int,
    cause: Cause,
) -> None:
    """Return `amount` to the lots it was drawn from, those first that the type's order uses last."""
    if not terms.lots:
        return
    used_first = sorted(drawn, key=lambda one: one[0].age) if terms.oldest_first else list(drawn)
    for lot, used in reversed(used_first):
        back = min(used, amount)
        if back:
            postings.use_lot(lot, -back, transfer_id)
            amount -= back
            if lot.expires_at <= cause.occurred_at:
                lot.expires_at = max(lot.expires_at, terms.grace_end(cause.occurred_at))
    assert not amount, f"{amount} points came back that no lot had given"


def send(
    postings: Postings, sender: Purse, receiver: Purse, terms: Terms, amount: int, cause: Cause
) -> list[int] | None:
    """Move `amount` from one member to another; lots keep their end, origin and funding.

    None when there is not as much.

    Returns the transfer ids: the sender's, then the receiver's, one per lot that was drawn.
    """
    postings.expire_ended(sender, terms, cause.posted_at)
    if amount > sender.available(terms.slot):
        return None
    between = terms.accounts.between_members
    sent = postings.transfer(
        sender, terms, terms.accounts.available, between, amount, TransferKind.SENT, cause
    )
    sender.move(terms.slot, Side.AVAILABLE, -amount)
    drawn = postings.draw(sender, terms, amount, sent)
    own = msgspec.structs.replace(cause, reverses_id=sent)
    if not terms.lots:
        return [sent, postings.credit(receiver, terms, amount, between, own, kind=TransferKind.RECEIVED)]
    return [sent, *(_receive(postings, receiver, terms, lot, used, between, own) for lot, used in drawn)]


def _receive(
    postings: Postings, receiver: Purse, terms: Terms, lot: Lot, amount: int, between: int, cause: Cause
) -> int:
    return postings.credit(
        receiver, terms, amount, between, cause, kind=TransferKind.RECEIVED, expires_at=lot.expires_at,
        earned_at=lot.earned_at, lot_funding=lot.funding_account_id,
    )  # fmt: skip
