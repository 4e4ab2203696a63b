"""Authorise now, capture later: points set aside while a till, a shop or a person decides."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from regulars.core.ledger import (
    FOREVER,
    Hold,
    HoldStatus,
    capture,
    close,
    hold,
    instant_or_none,
    micros,
    select_hold,
)
from regulars.features.members import select_merged_ids
from regulars.features.programs import PointType, ProgramConfig
from regulars.flows.points.checks import (
    check_amount,
    check_enough,
    check_may_spend,
    check_present,
    check_texts,
)
from regulars.flows.points.desk import Desk, open_desk, queries
from regulars.flows.points.errors import (
    HoldClosed,
    HoldOfRedemption,
    HoldOfToken,
    HoldTooSmall,
    InvalidOperation,
    NotHonouredHere,
    UnknownHold,
)
from regulars.flows.points.model import Detail, HoldReceipt
from regulars.flows.points.tills import NOWHERE, Till, honoured_by, open_till, till_of
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError

# A till that has not come back after this has lost its customer; a shop that ships later says how long it
# needs.
HOLD_DEFAULT: Final = timedelta(minutes=15)
# Longer than any delivery; points must not be locked away for ever by a forgotten hold.
HOLD_MAX: Final = timedelta(days=90)
# How holds are named that belong to a redemption; these end with it.
REDEMPTION: Final = "rdm_"


async def authorise(
    tx: Transaction,
    config: ProgramConfig,
    member_id: int,
    points: int,
    *,
    actor: str,
    now: datetime,
    limit: timedelta | None = HOLD_DEFAULT,
    point_type: str | None = None,
    reference: str = "",
    at: Till = NOWHERE,
) -> HoldReceipt:
    """Set points aside for `limit`; they leave their lots at once, those that end first before others.

    `at` says at which partner's till; a partner's own points are set aside at the partners that honour them. Without
    a `limit` no time ends them, only who set them aside and says `endless`. Refuses like `spend`, and with
    InvalidOperation for a limit that is not between a second and 90 days.
    """
    check_amount(points)
    check_texts("", reference)
    if limit is not None and not timedelta(seconds=1) <= limit <= HOLD_MAX:
        raise InvalidOperation(
            errors=[
                FieldError("expires_in_s", "out_of_range", f"Write 1 to {int(HOLD_MAX.total_seconds())}.")
            ]
        )
    await open_till(tx, config, point_type, at)
    desk = await open_desk(tx, config, [member_id], now)
    kind = desk.point_type(point_type)
    check_may_spend(desk, member_id, kind, await honoured_by(tx, config, kind), at.partner)
    check_enough(desk, member_id, kind, points)
    detail = Detail(actor=actor, reference=reference, partner=at.partner, store=at.store, order=at.order)
    held = hold(
        desk.postings,
        desk.purses[member_id],
        desk.terms(kind),
        points,
        micros(None if limit is None else now + limit),
        desk.cause(detail),
        reference,
    )
    assert held is not None
    desk.note(member_id, held.id, detail)
    return await _closed(desk, kind, member_id, held, held.id, "points.held", points)


async def capture_hold(
    tx: Transaction,
    config: ProgramConfig,
    member_id: int,
    hold_id: int,
    *,
    actor: str,
    now: datetime,
    points: int | None = None,
    reason: str = "",
    at: Till = NOWHERE,
    endless: bool = False,
) -> HoldReceipt:
    """Spend what was set aside, whole or `points` of it; the rest returns to the lots it came from.

    `at` says at which partner's till, which then is paid for them. Exactly one of capture, void and the end of time
    wins. `endless`: by who set aside what no time ends, also when the member was erased meanwhile. Refuses with
    UnknownHold, HoldTooSmall, HoldClosed, HoldOfToken, NotHonouredHere.
    """
    check_texts(reason)
    if at != NOWHERE:
        await open_till(tx, config, await type_of_hold(tx, config, member_id, hold_id), at)
    desk, kind, held = await _open_hold(tx, config, member_id, hold_id, now, endless=endless)
    if kind.kind == "partner":
        takers = await honoured_by(tx, config, kind)
        if at.partner not in takers:
            raise NotHonouredHere(partners=", ".join(sorted(takers)))
    amount = held.amount if points is None else points
    check_amount(amount)
    if amount > held.amount:
        raise HoldTooSmall(held=held.amount)
    terms = desk.terms(kind)
    at = await _where_held(desk, held, at)
    detail = Detail(reason, actor, held.reference, partner=at.partner, store=at.store, order=at.order)
    transfer_id = capture(
        desk.postings,
        desk.purses[held.member_id],
        terms,
        held,
        amount,
        terms.accounts.funders[f"spent:{at.partner}"] if at.partner else terms.accounts.spent,
        desk.cause(detail),
    )
    desk.note(held.member_id, transfer_id, detail)
    return await _closed(desk, kind, held.member_id, held, transfer_id, "points.spent", amount)


async def void_hold(
    tx: Transaction,
    config: ProgramConfig,
    member_id: int,
    hold_id: int,
    *,
    actor: str,
    now: datetime,
    endless: bool = False,
) -> HoldReceipt:
    """Let go of what was set aside: it returns to the lots it came from.

    `endless` as for `capture_hold`. Refuses with UnknownHold, HoldClosed, HoldOfToken.
    """
    desk, kind, held = await _open_hold(tx, config, member_id, hold_id, now, endless=endless)
    close(
        desk.postings,
        desk.purses[held.member_id],
        desk.terms(kind),
        held,
        HoldStatus.VOIDED,
        desk.cause(Detail(actor=actor)),
    )
    return await _closed(desk, kind, held.member_id, held, None, "points.hold_ended", held.amount)


async def type_of_hold(tx: Transaction, config: ProgramConfig, member_id: int, hold_id: int) -> str | None:
    """Return the code of the points of a hold, None where there is no such hold."""
    found = await _find(tx, await select_merged_ids(tx, member_id), hold_id)
    known = None if found is None else config.point_types_by_id.get(found.point_type_id)
    return None if known is None else known.code


async def _find(tx: Transaction, member_ids: list[int], hold_id: int) -> Hold | None:
    """Return a hold by the number it was given: what it has become, after any number of merges and their undoing."""
    found = await select_hold(tx, member_ids, hold_id)
    if found is not None and found.moved_to is None:
        return found
    now = await tx.maybe(queries.select_hold_now, member_ids=member_ids, id=hold_id)
    return None if now is None else await select_hold(tx, member_ids, now[0])


async def _where_held(desk: Desk, held: Hold, at: Till) -> Till:
    """Return the partner's till of a capture: what it leaves unsaid is as it was when the points were set aside."""
    if not at.partner or (at.store and at.order):
        return at
    place = {"member_id": held.member_id, "id": held.id}
    before = till_of(await desk.tx.value(queries.select_detail, **place))
    if before.partner != at.partner:
        return at
    return Till(at.partner, at.store or before.store, at.order or before.order)


async def _open_hold(
    tx: Transaction, config: ProgramConfig, member_id: int, hold_id: int, now: datetime, *, endless: bool
) -> tuple[Desk, PointType, Hold]:
    """Return the open hold of a member with her wallets locked; what ended meanwhile has ended."""
    ids = await select_merged_ids(tx, member_id)
    desk = await open_desk(tx, config, [member_id], now, erased_too=endless)
    check_present(desk, member_id)
    found = await _find(tx, ids, hold_id)
    if found is None or found.program_id != config.id:
        raise UnknownHold
    if found.reference.startswith(REDEMPTION):
        raise HoldOfRedemption(redemption=found.reference)
    if found.expires_at == FOREVER and not endless:
        raise HoldOfToken
    for held in desk.purses[member_id].holds.get(found.point_type_id, ()):
        if held.id == found.id:
            return desk, config.point_types_by_id[held.point_type_id], held
    ended = desk.postings.changed_holds.get(found.id, found)
    raise HoldClosed(became=ended.status.value)


async def _closed(
    desk: Desk, kind: PointType, member_id: int, held: Hold, transfer_id: int | None, heard: str, points: int
) -> HoldReceipt:
    facts = {"point_type": kind.code, "points": points, "hold": held.id, "reference": held.reference}
    desk.notice(heard, member_id, facts if transfer_id is None else {**facts, "transfer": transfer_id})
    desk.settle_again(member_id, kind)
    await desk.close()
    return HoldReceipt(
        hold=held.id,
        status=held.status.value,
        points=held.amount,
        captured=held.captured,
        expires_at=instant_or_none(held.expires_at),
        transfer=transfer_id,
        wallet=desk.balance(member_id, kind),
    )
