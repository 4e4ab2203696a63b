"""From draft to agreed: issuing a version, agreeing, taking an issued statement back into work."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import msgspec

from regulars.features.partners import Terms, select_terms
from regulars.features.programs import ProgramConfig
from regulars.features.webhooks import tell
from regulars.flows.settlement.dispute_store import count_open_disputes
from regulars.flows.settlement.errors import PeriodNotOver, StatementNotReady, StillDisputed
from regulars.flows.settlement.fees import settle_fees
from regulars.flows.settlement.model import Account, Statement
from regulars.flows.settlement.queries import queries
from regulars.flows.settlement.store import find_statement, lock_statement, select_account
from regulars.infra.db import Transaction
from regulars.kit.zones import local_date, start_of_day, zone

_encode = msgspec.json.Encoder(decimal_format="string").encode


async def issue(tx: Transaction, config: ProgramConfig, number: int, *, by: str, now: datetime) -> Statement:
    """Issue a draft to its partner as the next version. Refuses with StatementNotReady, PeriodNotOver."""
    statement = _in(await lock_statement(tx, config.id, number), "draft")
    if now < start_of_day(statement.end_day, zone(config.zone)):
        raise PeriodNotOver(end_day=statement.end_day.isoformat())
    terms = await terms_of_partner(tx, config, statement.partner)
    account = await settle_fees(tx, config, statement, terms, now)
    return await put_version(tx, config, account, terms, by=by, now=now)


async def put_version(
    tx: Transaction, config: ProgramConfig, account: Account, terms: Terms, *, by: str, now: datetime
) -> Statement:
    """Write a statement's next version as its partner gets it, and say so."""
    statement = account.statement
    due = local_date(now, zone(config.zone)) + timedelta(days=terms.due_days)
    issued = msgspec.structs.replace(
        statement,
        status="issued",
        version=statement.version + 1,
        total=account.total,
        issued_at=now,
        due_on=due,
    )
    document = plain_account(config, msgspec.structs.replace(account, statement=issued))
    await tx.value(
        queries.insert_version,
        statement_id=statement.id,
        version=issued.version,
        program_id=config.id,
        document=_encode(document).decode(),
        by=by,
        now=now,
    )
    await write(tx, issued)
    await tell(tx, config.id, "partner.statement_issued", facts_of(issued), now)
    return issued


async def agree(
    tx: Transaction, config: ProgramConfig, number: int, now: datetime, partner: str | None = None
) -> Statement:
    """Agree to an issued statement. Refuses with StatementNotReady and StillDisputed (fact `open`)."""
    statement = _in(await lock_statement(tx, config.id, number, partner), "issued", "disputed")
    still = await count_open_disputes(tx, number)
    if still:
        raise StillDisputed(open=still)
    agreed = msgspec.structs.replace(statement, status="agreed", agreed_at=now)
    await write(tx, agreed)
    await tell(tx, config.id, "partner.statement_agreed", facts_of(agreed), now)
    return agreed


async def reopen(tx: Transaction, config: ProgramConfig, number: int) -> Statement:
    """Take an issued or disputed statement back into work: late lines come in, and it is issued as its next version.

    Refuses with StatementNotReady.
    """
    statement = _in(await lock_statement(tx, config.id, number), "issued", "disputed")
    draft = msgspec.structs.replace(statement, status="draft", due_on=None)
    await write(tx, draft)
    return draft


async def set_status(tx: Transaction, statement: Statement, status: str) -> Statement:
    """Move a statement between issued and disputed."""
    moved = msgspec.structs.replace(statement, status=status)
    await write(tx, moved)
    return moved


async def write(tx: Transaction, statement: Statement) -> None:
    """Write a statement's state."""
    await tx.run(
        queries.update_statement,
        id=statement.id,
        status=statement.status,
        version=statement.version,
        total=statement.total,
        issued_at=statement.issued_at,
        agreed_at=statement.agreed_at,
        due_on=statement.due_on,
    )


async def terms_of_partner(tx: Transaction, config: ProgramConfig, code: str) -> Terms:
    """Return a partner's terms; those of nobody where it has none any more."""
    return (await select_terms(tx, config.id)).get(config.partners[code].id, Terms())


def _in(statement: Statement, *states: str) -> Statement:
    if statement.status not in states:
        raise StatementNotReady(status=statement.status)
    return statement


def facts_of(statement: Statement) -> dict[str, Any]:
    """Return what subscribers hear about a statement."""
    return {
        "partner": statement.partner,
        "statement": statement.id,
        "version": statement.version,
        "first_day": statement.first_day.isoformat(),
        "end_day": statement.end_day.isoformat(),
        "total": statement.total,
        "status": statement.status,
    }


def plain_account(config: ProgramConfig, account: Account) -> dict[str, Any]:
    """Return a statement as plain data: amounts in minor units, exact sums as text."""
    return {
        **msgspec.to_builtins(account.statement),
        "currency": config.currency,
        "sections": msgspec.to_builtins(account.sections),
        "entries": msgspec.to_builtins(account.entries),
    }


async def account_of(
    tx: Transaction, config: ProgramConfig, number: int, partner: str | None = None
) -> Account:
    """Return a statement with what it consists of. Refuses with UnknownStatement."""
    statement = await find_statement(tx, config.id, number, partner)
    return await select_account(tx, config, statement)
