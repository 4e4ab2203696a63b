"""Disputes: from a partner's file or by hand, notes on both sides, and what becomes of them."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any, Final

import msgspec

from regulars.features.programs import ProgramConfig
from regulars.features.webhooks import tell
from regulars.flows.settlement.dispute_store import count_open_disputes, lock_dispute, queries
from regulars.flows.settlement.errors import DisputeClosed, StatementNotReady, UploadInvalid
from regulars.flows.settlement.matching import Comparison, compare, read_claims
from regulars.flows.settlement.model import Dispute, Statement
from regulars.flows.settlement.nearest import Item, Within
from regulars.flows.settlement.states import put_version, set_status, terms_of_partner
from regulars.flows.settlement.store import lock_statement, select_account
from regulars.infra.db import Transaction
from regulars.kit import ids
from regulars.kit.errors import FieldError
from regulars.kit.money import exponent

OPEN_STATES: Final = ("issued", "disputed")
NOTE_LETTERS_MAX: Final = 2000

_encode = msgspec.json.Encoder(decimal_format="string").encode


class Uploaded(msgspec.Struct, frozen=True):
    """How a file compared: rows, those that matched, and exceptions, which are disputes unless they were decided."""

    upload: int
    rows: int
    matched: int
    exceptions: int


async def upload(
    tx: Transaction,
    config: ProgramConfig,
    number: int,
    text: str,
    *,
    by: str,
    now: datetime,
    partner: str | None = None,
) -> Uploaded:
    """Compare a partner's CSV file with an issued statement; what does not match within its tolerance is disputed.

    A later file replaces an earlier one: disputes of the earlier that it no longer has are withdrawn. What was accepted
    or rejected is not disputed again by the same figures. Refuses with UploadInvalid, UnknownStatement,
    StatementNotReady.
    """
    statement = _disputable(await lock_statement(tx, config.id, number, partner))
    decimals = exponent(config.currency)
    scale = await scale_of_statement(tx, number)
    # Seconds for a large file, in which others are to be answered.
    theirs = await asyncio.to_thread(read_claims, text, decimals, statement.partner, scale)
    terms = await terms_of_partner(tx, config, statement.partner)
    tolerance = terms.tolerance
    within = Within(tolerance.points, tolerance.amount.scaleb(decimals), tolerance.days)
    ours = await _items(tx, config, statement, scale)
    found = await asyncio.to_thread(compare, ours, theirs, within)
    made = await tx.value(
        queries.insert_upload,
        program_id=config.id,
        statement_id=number,
        rows=len(theirs),
        matched=found.matched,
        exceptions=len(found.exceptions),
        by=by,
        now=now,
    )
    await _put_exceptions(tx, config, number, made, found, now)
    await _restate(tx, config, statement, now)
    return Uploaded(made, len(theirs), found.matched, len(found.exceptions))


async def scale_of_statement(tx: Transaction, number: int) -> int:
    """Return the decimals of the points that a statement's disputes say: the most that any of its types has."""
    return await tx.value(queries.select_scale, statement_id=number) or 0


async def _items(tx: Transaction, config: ProgramConfig, statement: Statement, scale: int) -> list[Item]:
    """Return our items by the order's number as the partner knows it: hooks put the partner's code in front of it."""
    rows = await tx.all(queries.select_items, statement_id=statement.id, zone=config.zone, scale=scale)
    ours = f"{statement.partner}:"
    return [
        Item(side, order_id.removeprefix(ours) or ids.encode("trf", transfer_id), points, amount, day)
        for side, order_id, transfer_id, points, amount, day in rows
    ]


async def _put_exceptions(
    tx: Transaction, config: ProgramConfig, number: int, made: int, found: Comparison, now: datetime
) -> None:
    still = [f"{one.kind}/{one.side}/{one.reference}" for one in found.exceptions]
    await tx.run(queries.withdraw_settled_exceptions, statement_id=number, still=still, now=now)
    await tx.run(
        queries.insert_disputes,
        program_id=config.id,
        statement_id=number,
        upload_id=made,
        now=now,
        kinds=[one.kind for one in found.exceptions],
        references=[one.reference for one in found.exceptions],
        sides=[one.side for one in found.exceptions],
        ours=[_said(one.ours) for one in found.exceptions],
        theirs=[_said(one.theirs) for one in found.exceptions],
    )


def _said(item: Item | None) -> str:
    if item is None:
        return "{}"
    said = {"points": item.points, "amount": item.amount, "day": item.day}
    return _encode({name: value for name, value in said.items() if value is not None}).decode()


async def open_dispute(
    tx: Transaction,
    config: ProgramConfig,
    number: int,
    reference: str,
    text: str,
    *,
    side: str,
    by: str,
    now: datetime,
    partner: str | None = None,
) -> Dispute:
    """Dispute something about a statement by hand, with a first note. Refuses with DisputeOpen, StatementNotReady."""
    statement = _disputable(await lock_statement(tx, config.id, number, partner))
    made = await tx.value(
        queries.insert_dispute, program_id=config.id, statement_id=number, reference=reference, now=now
    )
    await _write_note(tx, config, made, side, by, text, now)
    await _restate(tx, config, statement, now)
    return await lock_dispute(tx, config.id, made)


async def answer(
    tx: Transaction,
    config: ProgramConfig,
    number: int,
    text: str,
    *,
    side: str,
    by: str,
    now: datetime,
    partner: str | None = None,
) -> Dispute:
    """Write a note on a dispute; the program's makes an open one answered, the partner's opens it again."""
    dispute = _open(await lock_dispute(tx, config.id, number, partner))
    await _write_note(tx, config, number, side, by, text, now)
    return await _move(tx, dispute, "answered" if side == "program" else "open")


async def close_dispute(
    tx: Transaction,
    config: ProgramConfig,
    number: int,
    outcome: str,
    text: str,
    *,
    side: str,
    by: str,
    now: datetime,
    adjustment: int = 0,
    partner: str | None = None,
) -> Dispute:
    """Close a dispute as accepted (with an adjustment in minor units, negative in the partner's favour), rejected, or
    withdrawn. The statement gets its next version when an adjustment changes it, and is issued again with the last.
    """
    dispute = _open(await lock_dispute(tx, config.id, number, partner))
    statement = await lock_statement(tx, config.id, dispute.statement_id)
    if text:
        await _write_note(tx, config, number, side, by, text, now)
    closed = await _move(tx, dispute, outcome, now, adjustment if outcome == "accepted" else None)
    if outcome == "accepted" and adjustment:
        await tx.run(
            queries.insert_adjustment,
            program_id=config.id,
            statement_id=statement.id,
            code=str(number),
            amount=adjustment,
            text=f"{dispute.kind} {dispute.reference}".strip(),
            dispute_id=number,
            now=now,
        )
        terms = await terms_of_partner(tx, config, statement.partner)
        account = await select_account(tx, config, statement)
        statement = await put_version(tx, config, account, terms, by=by, now=now)
    await _restate(tx, config, statement, now)
    return closed


async def _move(
    tx: Transaction,
    dispute: Dispute,
    status: str,
    closed_at: datetime | None = None,
    adjustment: int | None = None,
) -> Dispute:
    await tx.run(
        queries.update_dispute, id=dispute.id, status=status, adjustment=adjustment, closed_at=closed_at
    )
    return msgspec.structs.replace(dispute, status=status, adjustment=adjustment, closed_at=closed_at)


async def _restate(tx: Transaction, config: ProgramConfig, statement: Statement, now: datetime) -> None:
    """A statement is disputed while some dispute of it is open, and issued again afterwards."""
    still = await count_open_disputes(tx, statement.id)
    status = "disputed" if still else "issued"
    if status != statement.status:
        await set_status(tx, statement, status)
        if still:
            facts: dict[str, Any] = {"partner": statement.partner, "statement": statement.id, "open": still}
            await tell(tx, config.id, "partner.statement_disputed", facts, now)


async def _write_note(
    tx: Transaction, config: ProgramConfig, number: int, side: str, by: str, text: str, now: datetime
) -> None:
    if not 0 < len(text.strip()) <= NOTE_LETTERS_MAX:
        message = f"Write 1 to {NOTE_LETTERS_MAX} letters."
        raise UploadInvalid("Say what it is about.", errors=[FieldError("text", "not_a_text", message)])
    await tx.run(
        queries.insert_note,
        program_id=config.id,
        dispute_id=number,
        side=side,
        by=by,
        text=text.strip(),
        now=now,
    )


def _disputable(statement: Statement) -> Statement:
    if statement.status not in OPEN_STATES:
        raise StatementNotReady(status=statement.status)
    return statement


def _open(dispute: Dispute) -> Dispute:
    if dispute.closed_at is not None:
        raise DisputeClosed
    return dispute
