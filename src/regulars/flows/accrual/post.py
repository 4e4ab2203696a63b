"""Write what a batch came to: COPY for rows that are new, one UPDATE each for rows that change; hot rows
last."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec

from regulars.core.ledger import copy_body, post
from regulars.features.care import AskedByRule, open_tasks_of_rules
from regulars.flows.accrual.clock import instant
from regulars.flows.accrual.decided import Decided
from regulars.flows.accrual.event_rows import event_rows, standing_row
from regulars.flows.accrual.queries import queries
from regulars.flows.accrual.types import EffectRow
from regulars.infra.db import Bigints, Texts, Transaction, failpoint
from regulars.kit.zones import local_date

_encode = msgspec.json.Encoder(decimal_format="number").encode


class BudgetMoved(Exception):
    """Another batch used a budget that this one had counted on; decide again, holding the budgets."""


async def write(tx: Transaction, decided: Decided) -> None:
    """Write everything of the batch. Raises BudgetMoved when a budget no longer has what was decided."""
    program_id, posted_at = decided.rulebook.program_id, decided.posted_at
    if decided.events:
        rows = event_rows(decided.events, program_id, posted_at)
        await tx.copy(queries.copy_events, copy_body(rows))
    failpoint("after_events_before_post")
    await post(tx, decided.postings)
    failpoint("after_post_before_standings")
    if decided.standings:
        standings = [standing_row(row, program_id, posted_at) for row in decided.standings]
        await tx.copy(queries.copy_standings, copy_body(standings))
    await _write_effects(tx, decided)
    await _write_corrected(tx, decided)
    await _write_waiting(tx, decided)
    await _write_members(tx, decided)
    await _write_budgets(tx, decided)
    failpoint("after_budgets_before_outbox")


async def announce(tx: Transaction, decided: Decided) -> None:
    """Write the batch and what subscribers must hear, in the transaction of what they hear about."""
    await tx.run(
        queries.insert_batch,
        id=decided.gathered.batch_id,
        program_id=decided.rulebook.program_id,
        received_at=instant(decided.posted_at),
        events=len(decided.gathered.batch.items),
        notices=_encode(decided.notices).decode() if decided.notices else None,
    )
    failpoint("after_outbox_before_commit")


async def _write_effects(tx: Transaction, decided: Decided) -> None:
    if not decided.effects:
        return
    rows = decided.effects
    await tx.run(
        queries.insert_effects,
        program_id=decided.rulebook.program_id,
        now=instant(decided.posted_at),
        member_ids=[row.member_id for row in rows],
        ids=[row.id for row in rows],
        event_ids=[row.event_id for row in rows],
        rules=[row.rule for row in rows],
        rule_indexes=[row.rule_index for row in rows],
        kinds=[row.kind for row in rows],
        nths=[row.nth for row in rows],
        arguments=[_encode(row.arguments).decode() for row in rows],
    )
    tasks = [row for row in rows if row.kind == "create_task"]
    if tasks:
        await _open_tasks(tx, decided, tasks)


async def _open_tasks(tx: Transaction, decided: Decided, rows: list[EffectRow]) -> None:
    """Let people find what rules ask of them; the days until it is due count from when they can see it."""
    now = instant(decided.posted_at)
    today = local_date(now, decided.rulebook.zone)
    tasks = []
    for row in rows:
        days = row.arguments.get("due_days")
        due_on = None if days is None else today + timedelta(days=int(days))
        tasks.append(AskedByRule(row.member_id, row.id, row.event_id, row.rule, row.arguments, due_on))
    await open_tasks_of_rules(tx, decided.rulebook.program_id, tasks, now)


async def _write_corrected(tx: Transaction, decided: Decided) -> None:
    if not decided.corrected:
        return
    orders = list(decided.corrected.values())
    await tx.run(
        queries.upsert_corrected_orders,
        program_id=decided.rulebook.program_id,
        now=instant(decided.posted_at),
        member_ids=[order.stored_under or order.member_id for order in orders],
        ids=[order.event_id for order in orders],
        docs=[order.doc for order in orders],
        outcomes=[order.outcome for order in orders],
        corrections=[order.corrections for order in orders],
        cancelled=[order.cancelled for order in orders],
    )


async def _write_waiting(tx: Transaction, decided: Decided) -> None:
    if not decided.waiting:
        return
    gathered = decided.gathered
    items = [gathered.batch.items[place] for place in decided.waiting]
    await tx.run(
        queries.insert_waiting,
        program_id=decided.rulebook.program_id,
        now=instant(decided.posted_at),
        source_ids=[item.source_id for item in items],
        keys=[item.event.key for item in items],
        details=[item.event.order.order_id if item.event.order else "" for item in items],
        docs=[item.doc.decode() for item in items],
        event_ids=[decided.event_ids[place] for place in decided.waiting],
        order_keys=[UUID(bytes=gathered.order_keys[place]) for place in decided.waiting],
    )


async def _write_members(tx: Transaction, decided: Decided) -> None:
    changed = [work for work in decided.works.values() if work.changed]
    if not changed:
        return
    await tx.run(
        queries.update_members,
        now=instant(decided.posted_at),
        member_ids=[work.member.id for work in changed],
        attributes=[_json(_new_values(work.member.attributes, work.attributes)) for work in changed],
        tags=[_json(_beyond(work.member.tags, work.tags)) for work in changed],
        no_tags=[_json(_beyond(work.tags, work.member.tags)) for work in changed],
        lists=[_json(_beyond(work.member.lists, work.lists)) for work in changed],
        no_lists=[_json(_beyond(work.lists, work.member.lists)) for work in changed],
    )


def _json(value: object) -> str:
    return _encode(value).decode()


def _new_values(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in after.items() if name not in before or before[name] != value}


def _beyond(known: list[str], wanted: list[str]) -> list[str]:
    """Return what is wanted and not known yet."""
    return [one for one in wanted if one not in known]


async def _write_budgets(tx: Transaction, decided: Decided) -> None:
    deltas = sorted((key, delta, most) for key, (delta, most) in decided.budget_deltas.items() if delta)
    if not deltas:
        return
    keys = [key for key, _, _ in deltas]
    program_id = decided.rulebook.program_id
    unread = [key for key in keys if key not in decided.gathered.budgets]
    if unread:
        await tx.run(queries.insert_budgets, program_id=program_id, **_named(unread))
    await tx.run_exactly(
        queries.update_budgets,
        len(deltas),
        BudgetMoved,
        program_id=program_id,
        **_named(keys),
        deltas=Bigints([delta for _, delta, _ in deltas]),
        maxima=Bigints([most for _, _, most in deltas]),
    )


def _named(keys: list[tuple[str, str, str]]) -> dict[str, Texts]:
    """Return the keys of budgets as the parameters of a statement."""
    owners, measures, periods = zip(*keys, strict=True)
    return {"owners": Texts(owners), "measures": Texts(measures), "periods": Texts(periods)}
