"""What the routes of programs share: who may call, what stands in the address, how objects are shown."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any, TypeVar

import msgspec
from fastapi import Depends, Header, Path, Query, Request, Response
from pydantic import BaseModel

from regulars.features.programs.config import load_config
from regulars.features.programs.configure import version_of
from regulars.features.programs.model import ProgramConfig
from regulars.infra.db import Transaction
from regulars.infra.web import Page, PageQuery, etag_of, program_in_path, route_roles
from regulars.kit.errors import NotFound

# Who serves members reads what they ask about: points and their decimals, stores, partners.
READ = route_roles(
    "owner", "operator", "manager", "marketer", "analyst", "finance", "agent", scope="programs:read"
)
# Whoever serves members must know in which money and by which clock, and a partner in which it settles.
READ_PROGRAM = route_roles(
    "owner",
    "operator",
    "manager",
    "marketer",
    "analyst",
    "finance",
    "agent",
    "partner",
    scope="programs:read",
)
WRITE = route_roles("owner", "operator", "manager", scope="programs:write")
# Stores lie in regions: whoever is kept to some sees the stores there.
READ_STORES = route_roles(
    "owner",
    "operator",
    "manager",
    "marketer",
    "analyst",
    "finance",
    "agent",
    scope="programs:read",
    keeps_to=("region",),
)

ProgramId = Annotated[int, Depends(program_in_path)]
PageOf = Annotated[PageQuery, Depends()]
Code = Annotated[str, Path(max_length=63, description="Code of the object")]
Wanted = Annotated[
    str, Query(alias="q", max_length=200, description="Part of the name or of the code, in any case")
]
IfMatch = Annotated[str | None, Header(description="The ETag you read; refused with 412 when it has changed")]
T = TypeVar("T")
Answer = TypeVar("Answer", bound=BaseModel)


def answer(shape: type[Answer], value: Any) -> Answer:
    """Return a value of the model in the shape of an answer; the database's numbers are left out."""
    plain = msgspec.to_builtins(value, builtin_types=())
    named = {
        name: plain[name] if name in plain else getattr(value, name, None) for name in shape.model_fields
    }
    return shape.model_validate(named)


def shown(response: Response, shape: type[Answer], value: Any, unknown: type[NotFound] = NotFound) -> Answer:
    """Return one object with its ETag. Refuses with `unknown` when there is none."""
    if value is None:
        raise unknown
    response.headers["etag"] = etag_of(version_of(value))
    return answer(shape, value)


async def config_of(request: Request, program_id: int) -> ProgramConfig:
    """Return a program's configuration, read now."""
    async with request.app.state.db.transaction(read_only=True) as tx:
        return await load_config(tx, program_id)


async def page_of(
    request: Request,
    program_id: int,
    page: PageQuery,
    shape: type[Answer],
    parts: Callable[[ProgramConfig], Mapping[str, Any]],
    wanted: str,
) -> Page[Answer]:
    """Return a page of a program's parts in the order of their codes; `wanted` = what their name or code contains."""
    (after,) = page.after(str) or ("",)
    text = wanted.strip().casefold()
    by_code = parts(await config_of(request, program_id))
    codes = sorted(
        code
        for code, part in by_code.items()
        if code > after and (text in code.casefold() or text in part.name.casefold())
    )[: page.rows]
    shown_rows = [(code, answer(shape, by_code[code])) for code in codes]
    listed = page.page(shown_rows, lambda row: (row[0],))
    return Page(data=[row for _, row in listed.data], next_cursor=listed.next_cursor)


async def put(
    request: Request,
    response: Response,
    shape: type[Answer],
    work: Callable[[Transaction], Awaitable[tuple[T, bool]]],
) -> Answer:
    """Make or change an object; 201 when it is new. Two changes of one program at once wait for each other."""
    value, new = await request.app.state.db.attempt(work)
    response.status_code = 201 if new else 200
    return shown(response, shape, value)
