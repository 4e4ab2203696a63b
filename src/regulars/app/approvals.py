"""What waits for another person, and the hands that do it once it is approved: publishing rules, points by hand,
opening a closed month again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from regulars.app.system_events import AccrualReview
from regulars.features.programs import load_config
from regulars.features.rulesets import digest_of_document, load_draft, published_document, version_of
from regulars.flows import approval, finance, points
from regulars.flows.accrual import Rulebooks
from regulars.flows.apply import publish, roll_back, vocabulary_of
from regulars.flows.approval import ADJUST, PUBLISH, REOPEN, Approval
from regulars.infra.db import Transaction
from regulars.kit.ids import encode
from regulars.kit.points import format_points


class Adjustment(msgspec.Struct, frozen=True):
    """Points to be given or taken by hand, as they were asked for."""

    member_id: int
    direction: points.Direction
    points: int
    reason: str
    point_type: str | None = None
    expires_at: datetime | None = None
    reference: str = ""


class Publishing(msgspec.Struct, frozen=True):
    """A version to be published, as it was asked for: the draft, or (`version`) the content of an earlier one.

    `document` is the digest of exactly what is to be in force.
    """

    document: str
    in_force_from: datetime | None = None
    backdate: bool = False
    note: str = ""
    version: int | None = None


class Reopening(msgspec.Struct, frozen=True):
    """A month to be opened again, and the version of its close that was looked at."""

    period: str
    version: int


class Approvals:
    """Asks for approval on behalf of the slices, and does what was approved in the maker's name."""

    def __init__(self, rulebooks: Rulebooks | None = None) -> None:
        """Rate what adjustments cause by the rulebooks of this process."""
        self._review = AccrualReview(rulebooks)

    async def ask_publishing(
        self, tx: Transaction, program_id: int, payload: dict[str, Any], *, maker: str, now: datetime
    ) -> dict[str, Any]:
        """Let a version wait; return what waits."""
        version = payload.get("version")
        payload = {**payload, "document": await _document_digest(tx, program_id, version)}
        title = "Publish the rules" if version is None else f"Roll back to version {version}"
        asked = await approval.ask(
            tx, program_id, PUBLISH, title, payload, reason=payload["note"], maker=maker, now=now
        )
        return _shown(asked)

    async def ask_adjustment(
        self,
        tx: Transaction,
        program_id: int,
        member_id: int,
        payload: dict[str, Any],
        *,
        maker: str,
        now: datetime,
    ) -> dict[str, Any]:
        """Let an adjustment wait; return what waits."""
        config = await load_config(tx, program_id)
        wanted = msgspec.convert({**payload, "member_id": member_id}, Adjustment)
        code = wanted.point_type
        kind = config.redeemable if code is None else config.point_types.get(code)
        amount = format_points(wanted.points, kind.scale if kind else 0)
        verb = "Give" if wanted.direction == "credit" else "Take"
        title = f"{verb} {amount} {kind.name if kind else ''}: {encode('mem', member_id)}"
        asked = await approval.ask(
            tx,
            program_id,
            ADJUST,
            title,
            {**payload, "member_id": member_id},
            reason=wanted.reason,
            maker=maker,
            now=now,
        )
        return _shown(asked)

    async def ask_reopening(
        self, tx: Transaction, program_id: int, period: str, *, reason: str, maker: str, now: datetime
    ) -> dict[str, Any]:
        """Let a closed month wait to be opened again; return what waits. Refuses as `finance.check_reopening`."""
        config = await load_config(tx, program_id)
        version = await finance.check_reopening(tx, config, finance.period_of(period))
        asked = await approval.ask(
            tx,
            program_id,
            REOPEN,
            f"Open {period} again",
            {"period": period, "version": version},
            reason=reason,
            maker=maker,
            now=now,
        )
        return _shown(asked)

    async def still(self, tx: Transaction, approval: Approval) -> bool:
        """Return whether what was asked for is what would be done now: the draft may have been edited since."""
        if approval.kind == REOPEN:
            return await _closed_by(tx, approval.program_id, msgspec.convert(approval.payload, Reopening))
        if approval.kind != PUBLISH:
            return True
        wanted = msgspec.convert(approval.payload, Publishing)
        return await _document_digest(tx, approval.program_id, wanted.version) == wanted.document

    async def carry_out(self, tx: Transaction, approval: Approval, now: datetime) -> dict[str, Any]:
        """Do what was approved; return what came of it."""
        if approval.kind == PUBLISH:
            return await self._publish(tx, approval, now)
        if approval.kind == REOPEN:
            month = msgspec.convert(approval.payload, Reopening).period
            config = await load_config(tx, approval.program_id)
            version = await finance.reopen_period(tx, config, finance.period_of(month))
            return {"period": month, "version": version}
        wanted = msgspec.convert(approval.payload, Adjustment)
        receipt = await points.adjust(
            tx,
            await load_config(tx, approval.program_id),
            wanted.member_id,
            wanted.points,
            wanted.direction,
            reason=wanted.reason,
            actor=approval.maker,
            now=now,
            point_type=wanted.point_type,
            expires=wanted.expires_at,
            reference=wanted.reference,
            review=self._review,
            approved=True,
        )
        return {"transfer": encode("trf", receipt.transfer), "points": receipt.points}

    async def _publish(self, tx: Transaction, approval: Approval, now: datetime) -> dict[str, Any]:
        wanted = msgspec.convert(approval.payload, Publishing)
        program_id, by = approval.program_id, approval.maker
        if wanted.version is not None:
            made = await roll_back(tx, program_id, wanted.version, now=now, by=by, note=wanted.note)
            return {"version": made.version}
        start = wanted.in_force_from
        version, _ = await publish(
            tx,
            program_id,
            now=now,
            in_force_from=start if start is None or start > now or wanted.backdate else now,
            backdate=wanted.backdate,
            by=by,
            note=wanted.note,
        )
        return {"version": version.version}


async def _document_digest(tx: Transaction, program_id: int, version: int | None) -> str:
    if version is not None:
        return (await version_of(tx, program_id, version)).digest
    vocabulary = await vocabulary_of(tx, program_id)
    return digest_of_document(published_document(await load_draft(tx, program_id), vocabulary))


async def _closed_by(tx: Transaction, program_id: int, wanted: Reopening) -> bool:
    """Whether a month is still closed, by the close that was to be opened again."""
    period = finance.period_of(wanted.period)
    return any(
        one.closed and one.period == period and one.version == wanted.version
        for one in await finance.closes(tx, program_id)
    )


def _shown(asked: Approval) -> dict[str, Any]:
    """Return what waits, as the answer to whoever asked."""
    return {"approval": asked.id, **{k: v for k, v in approval.plain(asked).items() if k != "program_id"}}
