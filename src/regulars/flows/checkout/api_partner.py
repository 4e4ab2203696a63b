"""REST: checkouts in a partner's stores, for the partner itself: it sees what was bought there and nothing else."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request

from regulars.features.partners import PartnerCode, partner_in_path
from regulars.flows.checkout.api import Asked, Number, ProgramId, Programs, number_of
from regulars.flows.checkout.bodies import CheckoutExplanation, CheckoutRow, explanation_of
from regulars.flows.checkout.errors import UnknownCheckout
from regulars.flows.checkout.steps import read_checkout
from regulars.infra.db import Transaction
from regulars.infra.web import Page, PageQuery, api_router, route_roles
from regulars.kit.ids import decode

router = api_router("/api/v1/programs/{program}/partners/{partner}/checkouts", tag="partners")

# The number of no member; 0 is whoever was not known at the till.
NOBODYS = -1
READ = route_roles("owner", "operator", "manager", "agent", "finance", "partner", scope="checkouts:read")
Partner = Annotated[PartnerCode, Depends(partner_in_path)]


@router.get("", operation_id="list_checkouts_at_partner", dependencies=[Depends(READ)])
async def list_checkouts(
    request: Request,
    program_id: ProgramId,
    partner: Partner,
    page: Annotated[PageQuery, Depends()],
    asked: Annotated[Asked, Depends()],
    member: Annotated[str | None, Query(max_length=40, description="mem_…")] = None,
    store: Annotated[str | None, Query(max_length=63)] = None,
) -> Page[CheckoutRow]:
    """List checkouts in a partner's stores, latest first."""
    state = request.app.state
    async with state.db.transaction(read_only=True) as tx:
        own = await _stores(tx, request, program_id, partner)
        stores = sorted(own if store is None else own & {store})
        member_id = None if member is None else _member(member)
        return await asked.page(tx, program_id, page, state.clock.now(), member_id, stores)


@router.get("/{checkout}", operation_id="get_checkout_at_partner", dependencies=[Depends(READ)])
async def read_one(
    request: Request, program_id: ProgramId, partner: Partner, checkout: Number
) -> CheckoutExplanation:
    """Read a checkout in one of a partner's stores, explained. 404 for one that was opened elsewhere."""
    state = request.app.state
    programs: Programs = state.programs
    async with state.db.transaction(read_only=True) as tx:
        found = await read_checkout(tx, program_id, number_of(checkout))
        if found.content.store not in await _stores(tx, request, program_id, partner):
            raise UnknownCheckout
        config = await programs.config_of(tx, program_id)
    told = explanation_of(found, config, state.clock.now())
    # Who of the program's people or keys did something is theirs to know.
    history = [step.model_copy(update={"actor": ""}) for step in told.checkout.history]
    return told.model_copy(update={"checkout": told.checkout.model_copy(update={"history": history})})


def _member(text: str) -> int:
    """Return the number in `mem_…`; what nobody is called has bought nothing here, so no partner learns who is who."""
    try:
        return decode("mem", text)
    except ValueError:
        return NOBODYS


async def _stores(tx: Transaction, request: Request, program_id: int, partner: str) -> set[str]:
    """Return the codes of a partner's stores, archived ones too."""
    programs: Programs = request.app.state.programs
    config = await programs.config_of(tx, program_id)
    return {one.code for one in config.stores.values() if one.partner == partner}
