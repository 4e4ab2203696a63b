"""REST: the parts of a program: partners, stores, sources, point types."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request, Response

from regulars.features.programs import configure
from regulars.features.programs.bodies import (
    PartnerAnswer,
    PartnerBody,
    PointTypeAnswer,
    PointTypeBody,
    SourceAnswer,
    SourceBody,
    StoreAnswer,
    StoreBody,
    StoresAnswer,
    StoresBody,
)
from regulars.features.programs.errors import UnknownPartner, UnknownPointType, UnknownSource, UnknownStore
from regulars.features.programs.model import ProgramConfig, Source, Store
from regulars.features.programs.routes import (
    READ,
    READ_STORES,
    WRITE,
    Code,
    IfMatch,
    PageOf,
    ProgramId,
    Wanted,
    config_of,
    page_of,
    put,
    shown,
)
from regulars.infra.db import Transaction
from regulars.infra.web import Page, Subject, api_router, version_in

router = api_router("/api/v1/programs/{program}", tag="programs")

READS = [Depends(READ)]
WRITES = [Depends(WRITE)]


@router.get("/partners", operation_id="list_partners", dependencies=READS)
async def list_partners(
    request: Request, program_id: ProgramId, page: PageOf, wanted: Wanted = ""
) -> Page[PartnerAnswer]:
    """List the partners of a program, archived ones included."""
    return await page_of(request, program_id, page, PartnerAnswer, lambda config: config.partners, wanted)


@router.get("/partners/{code}", operation_id="get_partner", dependencies=READS)
async def get_partner(
    request: Request, response: Response, program_id: ProgramId, code: Code
) -> PartnerAnswer:
    """Read a partner."""
    config = await config_of(request, program_id)
    return shown(response, PartnerAnswer, config.partners.get(code), UnknownPartner)


@router.put("/partners/{code}", operation_id="put_partner", dependencies=WRITES)
async def put_partner(
    request: Request,
    response: Response,
    program_id: ProgramId,
    code: Code,
    body: PartnerBody,
    if_match: IfMatch = None,
) -> PartnerAnswer:
    """Make a partner (201) or change it (200); an archived one comes back."""
    now, expected = request.app.state.clock.now(), version_in(if_match)
    return await put(
        request,
        response,
        PartnerAnswer,
        lambda tx: configure.put_partner(
            tx, program_id, code, body.name, body.roles, now=now, expected=expected
        ),
    )


@router.delete("/partners/{code}", operation_id="archive_partner", status_code=204, dependencies=WRITES)
async def archive_partner(
    request: Request, program_id: ProgramId, code: Code, if_match: IfMatch = None
) -> None:
    """Archive a partner that no live store, source or point type refers to."""
    async with request.app.state.db.transaction() as tx:
        now = request.app.state.clock.now()
        await configure.archive_partner(tx, program_id, code, now, version_in(if_match))


@router.get("/stores", operation_id="list_stores")
async def list_stores(
    request: Request,
    subject: Annotated[Subject, Depends(READ_STORES)],
    program_id: ProgramId,
    page: PageOf,
    wanted: Wanted = "",
) -> Page[StoreAnswer]:
    """List the stores of a program, archived ones included; whoever is kept to a region gets those of it."""

    def seen(config: ProgramConfig) -> dict[str, Store]:
        return {code: store for code, store in config.stores.items() if _may_see(subject, store)}

    return await page_of(request, program_id, page, StoreAnswer, seen, wanted)


@router.put("/stores", operation_id="put_stores", dependencies=WRITES)
async def put_stores(request: Request, program_id: ProgramId, body: StoresBody) -> StoresAnswer:
    """Make or change up to 1,000 stores at once; stores that are not named stay as they are."""
    now = request.app.state.clock.now()
    stores = [_store(shop.code, shop) for shop in body.stores]

    async def work(tx: Transaction) -> tuple[list[Store], int]:
        return await configure.put_stores(tx, program_id, stores, now=now)

    _, created = await request.app.state.db.attempt(work)
    return StoresAnswer(created=created, updated=len(stores) - created)


@router.get("/stores/{code}", operation_id="get_store")
async def get_store(
    request: Request,
    response: Response,
    subject: Annotated[Subject, Depends(READ_STORES)],
    program_id: ProgramId,
    code: Code,
) -> StoreAnswer:
    """Read a store."""
    store = (await config_of(request, program_id)).stores.get(code)
    return shown(response, StoreAnswer, store if store and _may_see(subject, store) else None, UnknownStore)


@router.put("/stores/{code}", operation_id="put_store", dependencies=WRITES)
async def put_store(
    request: Request,
    response: Response,
    program_id: ProgramId,
    code: Code,
    body: StoreBody,
    if_match: IfMatch = None,
) -> StoreAnswer:
    """Make a store (201) or change it (200); an archived one comes back."""
    now, expected = request.app.state.clock.now(), version_in(if_match)

    async def work(tx: Transaction) -> tuple[Store, bool]:
        written, created = await configure.put_stores(
            tx, program_id, [_store(code, body)], now=now, expected=expected
        )
        return written[0], created == 1

    return await put(request, response, StoreAnswer, work)


@router.delete("/stores/{code}", operation_id="archive_store", status_code=204, dependencies=WRITES)
async def archive_store(
    request: Request, program_id: ProgramId, code: Code, if_match: IfMatch = None
) -> None:
    """Archive a store that no live source refers to."""
    async with request.app.state.db.transaction() as tx:
        now = request.app.state.clock.now()
        await configure.archive_store(tx, program_id, code, now, version_in(if_match))


@router.get("/sources", operation_id="list_sources", dependencies=READS)
async def list_sources(
    request: Request, program_id: ProgramId, page: PageOf, wanted: Wanted = ""
) -> Page[SourceAnswer]:
    """List the sources of a program, disabled ones included."""
    return await page_of(
        request, program_id, page, SourceAnswer, lambda config: config.sources_by_code, wanted
    )


@router.get("/sources/{code}", operation_id="get_source", dependencies=READS)
async def get_source(request: Request, response: Response, program_id: ProgramId, code: Code) -> SourceAnswer:
    """Read a source."""
    config = await config_of(request, program_id)
    return shown(response, SourceAnswer, config.sources_by_code.get(code), UnknownSource)


@router.put("/sources/{code}", operation_id="put_source", dependencies=WRITES)
async def put_source(
    request: Request,
    response: Response,
    program_id: ProgramId,
    code: Code,
    body: SourceBody,
    if_match: IfMatch = None,
) -> SourceAnswer:
    """Make a source (201) or change it (200); a disabled one comes back with its keys."""
    now, expected = request.app.state.clock.now(), version_in(if_match)
    draft = Source(id=0, code=code, **body.model_dump())
    return await put(
        request,
        response,
        SourceAnswer,
        lambda tx: configure.put_source(tx, program_id, draft, now=now, expected=expected),
    )


@router.delete("/sources/{code}", operation_id="disable_source", status_code=204, dependencies=WRITES)
async def disable_source(
    request: Request, program_id: ProgramId, code: Code, if_match: IfMatch = None
) -> None:
    """Disable a source: its write keys stop working with the next request."""
    async with request.app.state.db.transaction() as tx:
        now = request.app.state.clock.now()
        await configure.disable_source(tx, program_id, code, now, version_in(if_match))


@router.get("/point-types", operation_id="list_point_types", dependencies=READS)
async def list_point_types(
    request: Request, program_id: ProgramId, page: PageOf, wanted: Wanted = ""
) -> Page[PointTypeAnswer]:
    """List the point types of a program, archived ones included."""
    return await page_of(
        request, program_id, page, PointTypeAnswer, lambda config: config.point_types, wanted
    )


@router.get("/point-types/{code}", operation_id="get_point_type", dependencies=READS)
async def get_point_type(
    request: Request, response: Response, program_id: ProgramId, code: Code
) -> PointTypeAnswer:
    """Read a point type."""
    config = await config_of(request, program_id)
    return shown(response, PointTypeAnswer, config.point_types.get(code), UnknownPointType)


@router.put("/point-types/{code}", operation_id="put_point_type", dependencies=WRITES)
async def put_point_type(
    request: Request,
    response: Response,
    program_id: ProgramId,
    code: Code,
    body: PointTypeBody,
    if_match: IfMatch = None,
) -> PointTypeAnswer:
    """Make a point type and open its accounts (201), or change its name and policy (200)."""
    now, expected = request.app.state.clock.now(), version_in(if_match)
    return await put(
        request,
        response,
        PointTypeAnswer,
        lambda tx: configure.put_point_type(
            tx, program_id, code, **body.model_dump(), now=now, expected=expected
        ),
    )


@router.delete("/point-types/{code}", operation_id="archive_point_type", status_code=204, dependencies=WRITES)
async def archive_point_type(
    request: Request, program_id: ProgramId, code: Code, if_match: IfMatch = None
) -> None:
    """Archive a point type: nobody earns it any more; what members hold stays and can be spent."""
    async with request.app.state.db.transaction() as tx:
        now = request.app.state.clock.now()
        await configure.archive_point_type(tx, program_id, code, now, version_in(if_match))


def _store(code: str, body: StoreBody) -> Store:
    return Store(0, code, body.name, body.region, body.channel, body.partner)


def _may_see(subject: Subject, store: Store) -> bool:
    """Whether somebody may see a store: where she is kept to regions, one of these."""
    return subject.regions is None or store.region in subject.regions
