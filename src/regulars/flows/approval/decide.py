"""Asking, approving, rejecting, withdrawing. What is approved is carried out in the transaction of the approval."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Protocol

import msgspec

from regulars.core.events import announce, next_batch_id
from regulars.features.webhooks import subscribed_types
from regulars.flows.approval import store
from regulars.flows.approval.errors import (
    AlreadyDecided,
    ApprovalVoid,
    NotYours,
    PersonNeeded,
    SelfApproval,
    UnknownApproval,
)
from regulars.flows.approval.model import TEXT_LETTERS_MAX, Approval, digest_of
from regulars.infra.db import Database, Transaction

# Who can decide: somebody signed in, or at the command line of the installation.
_PEOPLE = ("staff:", "cli:")


class Hands(Protocol):
    """Does what was approved. The application plugs in one that knows publishing and points."""

    async def still(self, tx: Transaction, approval: Approval) -> bool:
        """Return whether what was asked for is what would be done now."""

    async def carry_out(self, tx: Transaction, approval: Approval, now: datetime) -> dict[str, Any]:
        """Do it, in the maker's name; return what came of it."""


async def ask(
    tx: Transaction,
    program_id: int,
    kind: str,
    title: str,
    payload: dict[str, Any],
    *,
    reason: str,
    maker: str,
    now: datetime,
) -> Approval:
    """Let something wait for another person, as long as the program's policy says."""
    policy = await store.select_policy(tx, program_id)
    digest = digest_of(program_id, kind, payload)
    number = await store.insert_request(
        tx,
        program_id,
        kind,
        title,
        payload,
        digest,
        reason[:TEXT_LETTERS_MAX],
        maker,
        now,
        now + timedelta(days=policy.days),
    )
    asked = await get(tx, program_id, number, now)
    await _tell(tx, "approval.asked", asked, now)
    return asked


async def get(tx: Transaction, program_id: int, id: int, now: datetime) -> Approval:  # noqa: A002
    """Return something that waits or waited. Refuses with UnknownApproval."""
    found = await store.select_requests(tx, program_id, now, id=id)
    if not found:
        raise UnknownApproval
    return found[0]


async def approve(
    db: Database,
    hands: Hands,
    program_id: int,
    id: int,  # noqa: A002
    *,
    checker: str,
    comment: str,
    seen: str | None,
    now: datetime,
) -> Approval:
    """Approve and carry out. `seen` is the digest of what the checker looked at; None = whatever it is.

    When it is no longer what was asked for, it becomes void. Refuses with UnknownApproval, SelfApproval, PersonNeeded,
    AlreadyDecided, ApprovalVoid, and what carrying it out refuses (then it goes on waiting).
    """
    async with db.transaction() as tx:
        void = await _approve(tx, hands, program_id, id, checker, comment, seen, now)
        decided = await get(tx, program_id, id, now)
        await _tell(tx, "approval.decided", decided, now)
    if void:
        raise ApprovalVoid
    return decided


async def _approve(
    tx: Transaction,
    hands: Hands,
    program_id: int,
    number: int,
    checker: str,
    comment: str,
    seen: str | None,
    now: datetime,
) -> bool:
    """Approve and carry out, or void; return whether it became void."""
    asked = await _decidable(tx, program_id, number, checker, now)
    true = digest_of(program_id, asked.kind, asked.payload).hex() == asked.digest
    if seen is not None and seen != asked.digest:
        raise ApprovalVoid
    if not true or not await hands.still(tx, asked):
        await _settle(tx, asked, "void", checker, comment, now)
        return True
    await _settle(tx, asked, "approved", checker, comment, now)
    outcome = await hands.carry_out(tx, asked, now)
    await store.update_outcome(tx, asked.id, outcome)
    return False


async def reject(
    tx: Transaction,
    program_id: int,
    id: int,  # noqa: A002
    *,
    checker: str,
    comment: str,
    now: datetime,
) -> Approval:
    """Reject with a comment. Refuses with UnknownApproval, SelfApproval, PersonNeeded, AlreadyDecided."""
    asked = await _decidable(tx, program_id, id, checker, now)
    return await _settled(tx, asked, "rejected", checker, comment, now)


async def withdraw(
    tx: Transaction,
    program_id: int,
    id: int,  # noqa: A002
    *,
    maker: str,
    comment: str,
    now: datetime,
) -> Approval:
    """Take back what one asked for. Refuses with UnknownApproval, NotYours, AlreadyDecided."""
    asked = await get(tx, program_id, id, now)
    if asked.maker != maker:
        raise NotYours
    return await _settled(tx, asked, "withdrawn", maker, comment, now)


async def _decidable(tx: Transaction, program_id: int, number: int, checker: str, now: datetime) -> Approval:
    asked = await get(tx, program_id, number, now)
    if not checker.startswith(_PEOPLE):
        raise PersonNeeded
    if checker in (asked.maker, await _behind(tx, asked.maker)):
        raise SelfApproval
    if asked.status != "waiting":
        raise AlreadyDecided(became=asked.status)
    return asked


async def _behind(tx: Transaction, maker: str) -> str | None:
    """Return who made the API key by which something was asked for: nobody approves what her own key asked for."""
    kind, _, number = maker.partition(":")
    return await store.select_issuer(tx, number) if kind == "key" else None


async def _settled(
    tx: Transaction, asked: Approval, status: str, checker: str, comment: str, now: datetime
) -> Approval:
    await _settle(tx, asked, status, checker, comment, now)
    decided = await get(tx, asked.program_id, asked.id, now)
    await _tell(tx, "approval.decided", decided, now)
    return decided


async def _settle(
    tx: Transaction, asked: Approval, status: str, checker: str, comment: str, now: datetime
) -> None:
    """Decide in one statement, so that of two at once one is too late."""
    if not await store.decide_request(
        tx, asked.program_id, asked.id, status, checker, comment[:TEXT_LETTERS_MAX], now
    ):
        now_is = await get(tx, asked.program_id, asked.id, now)
        raise AlreadyDecided(became=now_is.status)


async def _tell(tx: Transaction, type: str, approval: Approval, now: datetime) -> None:  # noqa: A002
    """Tell subscribers of webhooks, when there are any."""
    if type not in await subscribed_types(tx, approval.program_id):
        return
    facts = {
        "approval": approval.id,
        "kind": approval.kind,
        "title": approval.title,
        "status": approval.status,
        "maker": approval.maker,
        "checker": approval.checker,
        "digest": approval.digest,
    }
    heard = {"type": type, "member": "", "at": now.isoformat().replace("+00:00", "Z"), "data": facts}
    await announce(tx, await next_batch_id(tx), approval.program_id, now, [heard])


def plain(approval: Approval) -> dict[str, Any]:
    """Return an approval as plain values."""
    return msgspec.structs.asdict(approval)
