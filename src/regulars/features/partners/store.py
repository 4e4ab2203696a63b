"""Reading and writing terms, agreements, blocks and tasks: one typed function per named query, no decisions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from regulars.features.partners.model import (
    Agreement,
    BlockEntry,
    Cap,
    LiveAgreement,
    Template,
    Terms,
    Treasury,
)
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)


class Task(msgspec.Struct, frozen=True):
    """Something to do about a block: `kind` is reorder or exhausted, points in smallest units."""

    id: int
    agreement: str
    partner: str
    kind: str
    bought: int
    remaining: int
    created_at: datetime
    done_at: datetime | None
    done_by: str


def _decoded(shape: type[Any], text: str) -> Any:
    return msgspec.json.decode(text, type=shape)


def _live(*row: Any) -> LiveAgreement:
    number, code, account, point_type, payer, mode, basis, caps, *rest = row
    fallback, reserve, reorder_at, valid_from, valid_until, point_type_id, payer_id, bought, archived = rest
    agreement = Agreement(
        code, account, point_type, payer, mode, basis, tuple(msgspec.convert(caps, list[Cap])), fallback, reserve,
        reorder_at, valid_from, valid_until,
    )  # fmt: skip
    return LiveAgreement(number, agreement, point_type_id, payer_id, bought, archived)


def encode(document: Any) -> str:
    """Return a document as it is stored: amounts as exact text."""
    return msgspec.json.encode(document).decode()


async def select_terms(tx: Transaction, program_id: int) -> dict[int, Terms]:
    """Return the terms of the program's partners by partner id."""
    rows = await tx.all(queries.select_terms, program_id=program_id)
    return {partner_id: _decoded(Terms, text) for partner_id, text in rows}


async def upsert_terms(
    tx: Transaction, program_id: int, partner_id: int, terms: Terms, now: datetime
) -> None:
    """Write a partner's terms."""
    await tx.run(
        queries.upsert_terms, program_id=program_id, partner_id=partner_id, document=encode(terms), now=now
    )


async def delete_terms(tx: Transaction, program_id: int, partner_id: int) -> None:
    """Forget a partner's terms."""
    await tx.run(queries.delete_terms, program_id=program_id, partner_id=partner_id)


async def select_treasury(tx: Transaction, program_id: int) -> Treasury:
    """Return the program's own side of settlement; an empty one where nothing was said."""
    text: str | None = await tx.value(queries.select_treasury, program_id=program_id)
    return Treasury() if text is None else _decoded(Treasury, text)


async def upsert_treasury(tx: Transaction, program_id: int, treasury: Treasury, now: datetime) -> None:
    """Write the program's own side of settlement."""
    await tx.run(queries.upsert_treasury, program_id=program_id, document=encode(treasury), now=now)


async def select_templates(tx: Transaction, program_id: int) -> dict[str, Template]:
    """Return the templates of a program by code."""
    rows = await tx.all(queries.select_templates, program_id=program_id)
    return {code: _decoded(Template, text) for code, text in rows}


async def upsert_template(tx: Transaction, program_id: int, code: str, one: Template, now: datetime) -> None:
    """Write a template."""
    await tx.run(queries.upsert_template, program_id=program_id, code=code, document=encode(one), now=now)


async def delete_template(tx: Transaction, program_id: int, code: str) -> bool:
    """Remove a template; return whether there was one."""
    return bool(await tx.run(queries.delete_template, program_id=program_id, code=code))


async def select_agreements(tx: Transaction, program_id: int) -> list[LiveAgreement]:
    """Return every agreement of a program in code order."""
    found: list[LiveAgreement] = await tx.all(queries.select_agreements, row=_live, program_id=program_id)
    return found


async def lock_agreements(tx: Transaction, program_id: int) -> None:
    """Wait until nobody else changes agreements of this program."""
    await tx.run(queries.lock_agreements, program_id=program_id)


async def upsert_agreement(
    tx: Transaction, program_id: int, one: Agreement, point_type_id: int, payer_id: int, now: datetime
) -> int:
    """Write an agreement; return its number."""
    number: int = await tx.value(
        queries.upsert_agreement,
        program_id=program_id,
        code=one.code,
        account=one.account,
        point_type_id=point_type_id,
        point_type=one.point_type,
        payer_id=payer_id,
        payer=one.payer,
        mode=one.mode,
        basis=one.basis,
        caps=encode(one.caps),
        fallback=one.fallback,
        reserve=one.reserve,
        reorder_at=one.reorder_at,
        valid_from=one.valid_from,
        valid_until=one.valid_until,
        now=now,
    )
    return number


async def update_agreement_archived(tx: Transaction, program_id: int, code: str, now: datetime) -> bool:
    """End an agreement; return whether it was alive."""
    return bool(await tx.run(queries.update_agreement_archived, program_id=program_id, code=code, now=now))


async def insert_block_entry(
    tx: Transaction,
    program_id: int,
    agreement_id: int,
    points: int,
    price_minor: int,
    reference: str,
    by: str,
    now: datetime,
) -> int:
    """Write points bought ahead or given back; return the entry's number."""
    number: int = await tx.value(
        queries.insert_block_entry,
        program_id=program_id,
        agreement_id=agreement_id,
        points=points,
        price_minor=price_minor,
        reference=reference,
        made_by=by,
        now=now,
    )
    return number


async def select_block_entries(tx: Transaction, agreement_id: int) -> list[BlockEntry]:
    """Return what was bought of a block and given back, the newest first."""
    return await tx.all(queries.select_block_entries, row=BlockEntry, agreement_id=agreement_id)


async def insert_task(
    tx: Transaction, program_id: int, agreement_id: int, kind: str, bought: int, remaining: int, now: datetime
) -> bool:
    """Write a task; return whether it is new."""
    number = await tx.value(
        queries.insert_task,
        program_id=program_id,
        agreement_id=agreement_id,
        kind=kind,
        bought=bought,
        remaining=remaining,
        now=now,
    )
    return number is not None


async def reopen_task(
    tx: Transaction, agreement_id: int, kind: str, bought: int, remaining: int, refilled: str
) -> None:
    """Open a task again that `refilled` had closed; one that anybody else closed stays done."""
    await tx.run(
        queries.reopen_task,
        agreement_id=agreement_id,
        kind=kind,
        bought=bought,
        remaining=remaining,
        refilled=refilled,
    )


async def select_tasks(
    tx: Transaction, program_id: int, *, done: bool, before: int, limit: int
) -> list[Task]:
    """Return at most `limit` tasks older than the number `before`, the newest first."""
    return await tx.all(
        queries.select_tasks, row=Task, program_id=program_id, done=done, before=before, limit=limit
    )


async def finish_tasks(
    tx: Transaction, agreement_id: int, still_due: Sequence[str], by: str, now: datetime
) -> None:
    """Close the open tasks of an agreement, but for kinds that are due still."""
    await tx.run(queries.finish_tasks, agreement_id=agreement_id, still_due=list(still_due), by=by, now=now)


async def update_task_done(tx: Transaction, program_id: int, number: int, by: str, now: datetime) -> bool:
    """Close a task; return whether it was open."""
    return bool(await tx.run(queries.update_task_done, program_id=program_id, id=number, by=by, now=now))
