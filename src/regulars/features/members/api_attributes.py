"""REST: the attributes that members of a program have."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Request, Response

from regulars.features.members.attributes import NAME_MAX, AttributeKind
from regulars.features.members.bodies import AttributeAnswer, AttributeBody
from regulars.features.members.declare import (
    Attribute,
    declare_attribute,
    forget_attribute,
    list_attributes,
)
from regulars.infra.db import Transaction
from regulars.infra.web import api_router, program_in_path, route_roles

router = api_router("/api/v1/programs/{program}/member-attributes", tag="members")

READ = route_roles(
    "owner", "operator", "manager", "marketer", "agent", "analyst", "finance", scope="programs:read"
)
WRITE = route_roles("owner", "operator", "manager", scope="programs:write")

ProgramId = Annotated[int, Depends(program_in_path)]
Name = Annotated[
    str, Path(max_length=NAME_MAX, description="Name of the attribute, dotted where it was nested")
]


@router.get("", operation_id="list_member_attributes", dependencies=[Depends(READ)])
async def read_attributes(request: Request, program_id: ProgramId) -> list[AttributeAnswer]:
    """List the attributes of a program's members, declared and inferred: at most 2,000."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        found = await list_attributes(tx, program_id)
    return [_answer(attribute) for attribute in found]


@router.put("/{name:path}", operation_id="declare_member_attribute", dependencies=[Depends(WRITE)])
async def put_attribute(
    request: Request, response: Response, program_id: ProgramId, name: Name, body: AttributeBody
) -> AttributeAnswer:
    """Say what kind an attribute has. Values are converted where nothing is lost by it and put aside otherwise."""
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> tuple[Attribute, bool]:
        return await declare_attribute(tx, program_id, name, AttributeKind(body.kind), body.label, now)

    attribute, new = await request.app.state.db.attempt(work)
    response.status_code = 201 if new else 200
    return _answer(attribute)


@router.delete(
    "/{name:path}", operation_id="forget_member_attribute", status_code=204, dependencies=[Depends(WRITE)]
)
async def delete_attribute(request: Request, program_id: ProgramId, name: Name) -> None:
    """Forget an attribute and every member's value of it."""
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> None:
        await forget_attribute(tx, program_id, name, now)

    await request.app.state.db.attempt(work)


def _answer(attribute: Attribute) -> AttributeAnswer:
    return AttributeAnswer(
        name=attribute.name, kind=attribute.kind, declared=attribute.declared, label=attribute.label
    )
