"""REST: a program as one document: apply and export. Rules, versions and tier sets are in the files beside."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import Body, Depends, Query, Request, Response

from regulars.features.programs import load_config
from regulars.flows.apply import api_rules, api_scheduled_tiers, api_tiers, api_versions
from regulars.flows.apply.apply import Applied, apply_document
from regulars.flows.apply.current import export_program
from regulars.flows.apply.document import decode_document
from regulars.flows.apply.routes import CONFIGURE, READ, JsonObject, ProgramId, document, reading, writing
from regulars.flows.apply.source import dump_yaml
from regulars.infra.db import Transaction
from regulars.infra.web import Subject, api_router

router = api_router("/api/v1/programs", tag="programs")


@router.post("/{program}/apply", operation_id="apply_program", response_model=JsonObject)
async def apply_program(
    request: Request,
    program: str,
    subject: Annotated[Subject, Depends(CONFIGURE)],
    program_id: ProgramId,
    body: Annotated[
        JsonObject, Body(description="The program as a document; sections left out are left alone")
    ],
    dry_run: Annotated[bool, Query(description="Say what would change, and change nothing")] = False,
    planned: Annotated[
        str | None, Query(max_length=64, description="Digest of the plan agreed to; another one is refused")
    ] = None,
) -> Response:
    """Make a program what a document says, in one transaction. New sources get write keys, shown this once.

    What needs a second person changes last, and only where somebody above the program applies it.
    """
    del program_id
    wanted, now = decode_document(body), request.app.state.clock.now()
    applied = await writing(
        request,
        lambda tx: apply_document(
            tx,
            wanted,
            program,
            now=now,
            dry_run=dry_run,
            planned=planned,
            by=subject.credential,
            limits=request.app.state.approval_limits,
            may_limit="owner" in subject.roles,
        ),
    )
    answer = document(shown(applied))
    answer.headers["cache-control"] = "no-store"
    return answer


@router.get(
    "/{program}/export",
    operation_id="export_program",
    dependencies=[Depends(READ)],
    response_model=JsonObject,
    responses={200: {"content": {"application/yaml": {"schema": {"type": "string"}}}}},
)
async def export(
    request: Request,
    program_id: ProgramId,
    written_as: Annotated[Literal["json", "yaml"], Query(alias="format")] = "json",
) -> Response:
    """Export a program as the document that `apply` reads; applying it again changes nothing."""

    async def work(tx: Transaction) -> dict[str, Any]:
        return await export_program(tx, await load_config(tx, program_id), request.app.state.approval_limits)

    plain = await reading(request, work)
    if written_as == "yaml":
        return Response(dump_yaml(plain), media_type="application/yaml")
    return document(plain)


def shown(applied: Applied) -> JsonObject:
    """Return a plan, carried out or not, as the API shows it."""
    plan = applied.plan
    return {
        "program": plan.program,
        "creates": plan.creates,
        "changes": plan.changes,
        "publishes": plan.publishes,
        "version": plan.version,
        "digest": plan.digest,
        "write_keys": applied.keys,
    }


router.routes.extend(api_rules.router.routes)
router.routes.extend(api_versions.router.routes)
router.routes.extend(api_tiers.router.routes)
router.routes.extend(api_scheduled_tiers.router.routes)
