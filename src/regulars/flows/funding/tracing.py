"""Who funded this: the shares of an event's awards, and whose points a spend used."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from regulars.core.ledger import TransferKind
from regulars.features.partners import select_agreements
from regulars.features.programs import ProgramConfig
from regulars.flows.funding.agreements import queries
from regulars.flows.funding.errors import UnknownEvent, UnknownSpend
from regulars.infra.db import Transaction

_decode = msgspec.json.Decoder().decode


class Share(msgspec.Struct, frozen=True):
    """One transfer of an award, or what came back of it (negative points).

    `account` paid; `share_of` is whose share it was by the rule; they differ beyond a cap or block. `payer` is the
    partner that is billed, `mode` how; both empty for the house's own.
    """

    transfer: int
    point_type: str
    points: int
    account: str
    share_of: str
    agreement: str
    payer: str
    mode: str
    kind: str
    posted_at: datetime
    reverses: int | None


class Used(msgspec.Struct, frozen=True):
    """How many points of a spend one account had funded."""

    account: str
    points: int


async def funding_of_event(tx: Transaction, config: ProgramConfig, event_id: int) -> list[Share]:
    """Return who funded what an event awarded, and what came back of it. Refuses with UnknownEvent."""
    member_id = await tx.value(queries.select_event_member, program_id=config.id, event_id=event_id)
    if not member_id:
        raise UnknownEvent
    rows = await tx.all(
        queries.select_funded_by_event, program_id=config.id, member_id=member_id, event_id=event_id
    )
    agreements = {
        (one.agreement.account, one.point_type_id): one.agreement
        for one in await select_agreements(tx, config.id)
    }
    shares: list[Share] = []
    for _, number, point_type_id, amount, kind, reverses, posted_at, detail, account in rows:
        said: dict[str, Any] = _decode(detail) if detail else {}
        agreement = agreements.get((account, point_type_id))
        payer = (
            agreement.payer
            if agreement
            else account.partition(":")[2]
            if account.startswith("partner:")
            else ""
        )
        shares.append(
            Share(
                transfer=number,
                point_type=config.point_types_by_id[point_type_id].code,
                points=amount if kind == TransferKind.EARN else -amount,
                account=account,
                share_of=str(said.get("for", account)),
                agreement=agreement.code if agreement else "",
                payer=payer,
                mode=agreement.mode if agreement else "postpaid" if payer else "",
                kind=TransferKind(kind).name.lower(),
                posted_at=posted_at,
                reverses=reverses,
            )
        )
    return shares


async def funders_of_spend(tx: Transaction, config: ProgramConfig, spend_id: int) -> list[Used]:
    """Return whose points a spend or capture used, net of what came back. Refuses with UnknownSpend."""
    found = await tx.maybe(queries.select_spend, program_id=config.id, id=spend_id)
    if found is None:
        raise UnknownSpend
    member_id, _, _, origin = found
    rows = await tx.all(
        queries.select_drawn_funders,
        program_id=config.id,
        member_id=member_id,
        id=spend_id,
        origin=origin or spend_id,
    )
    return [Used(account, points) for account, points in rows if points]
