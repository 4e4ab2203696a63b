"""REST: published versions of the rules: publish, list, read, compare, roll back."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Protocol

from fastapi import Depends, Query, Request, Response
from pydantic import Field

from regulars.features import rulesets
from regulars.features.rulesets import Version
from regulars.flows.apply.publishing import publish, roll_back, vocabulary_of
from regulars.flows.apply.routes import (
    PUBLISH,
    READ,
    IfMatch,
    JsonObject,
    ProgramId,
    document,
    only_asks,
    reading,
    writing,
)
from regulars.infra.db import Transaction
from regulars.infra.web import Instant, PageQuery, StrictModel, Subject, api_router, revision_in
from regulars.kit.errors import ApprovalNeeded

router = api_router("/api/v1/programs/{program}/rulesets", tag="rules")

READS = [Depends(READ)]
# Greater than any version.
_BEYOND = 2**31 - 1


class PublishBody(StrictModel):
    """When the draft takes force (now, when nothing is said) and why it is published."""

    in_force_from: Annotated[
        Instant | None, Field(description="Now or later; earlier only with backdate")
    ] = None
    backdate: Annotated[bool, Field(description="In force from the past, if no event occurred since")] = False
    note: Annotated[str, Field(max_length=1_000)] = ""


class RollBackBody(StrictModel):
    """Why an earlier version is put in force again."""

    note: Annotated[str, Field(max_length=1_000)] = ""


def summary(version: Version) -> JsonObject:
    """Return a version without its document."""
    return {
        "version": version.version,
        "digest": version.digest,
        "in_force_from": version.in_force_from,
        "published_at": version.published_at,
        "published_by": version.published_by,
        "note": version.note,
        "rules": len(version.document["rules"]),
    }


@router.post("", operation_id="publish_rules", response_model=JsonObject)
async def publish_rules(
    request: Request,
    subject: Annotated[Subject, Depends(PUBLISH)],
    program_id: ProgramId,
    body: PublishBody,
    if_match: IfMatch = None,
) -> Response:
    """Publish all rules at once (201). Nothing happens (200) when the latest version says the same already.

    `If-Match` names the latest version the caller has seen. Refused while anything is wrong or an example fails.
    202 with what now waits for another person: where the program's policy asks for one, and for whoever builds rules.
    """
    now: datetime = request.app.state.clock.now()

    async def work(tx: Transaction) -> tuple[Version, bool]:
        done = await publish(
            tx,
            program_id,
            now=now,
            in_force_from=body.in_force_from,
            backdate=body.backdate,
            expected=revision_in(if_match),
            by=subject.credential,
            note=body.note,
        )
        if done[1] and only_asks(subject):
            raise ApprovalNeeded  # nothing is wrong with it; what was published is undone
        return done

    try:
        version, new = await writing(request, work)
    except ApprovalNeeded:
        return await _waiting(request, program_id, body.model_dump(mode="json"), subject)
    return document(summary(version), version=version.version, status=201 if new else 200)


@router.get("", operation_id="list_rulesets", dependencies=READS, response_model=JsonObject)
async def list_versions(
    request: Request, program_id: ProgramId, page: Annotated[PageQuery, Depends()]
) -> Response:
    """List published versions, the latest first."""
    (before,) = page.after(int) or (_BEYOND,)
    rows = await reading(
        request, lambda tx: rulesets.select_versions(tx, program_id, before=before, limit=page.rows)
    )
    found = page.page(rows, lambda row: (row.version,))
    return document({"data": found.data, "next_cursor": found.next_cursor})


@router.get("/diff", operation_id="compare_rulesets", dependencies=READS, response_model=JsonObject)
async def compare(
    request: Request,
    program_id: ProgramId,
    before: Annotated[int, Query(ge=0, description="A version; 0 = nothing at all")],
    after: Annotated[int | None, Query(ge=1, description="Another version; left out = the draft")] = None,
) -> Response:
    """Say what differs between two versions, or a version and the draft, object by object and field by field."""

    async def work(tx: Transaction) -> JsonObject:
        old = (await rulesets.version_of(tx, program_id, before)).document if before else {}
        if after is not None:
            new = (await rulesets.version_of(tx, program_id, after)).document
        else:
            draft = await rulesets.load_draft(tx, program_id)
            new = rulesets.published_document(draft, await vocabulary_of(tx, program_id))
        return {"before": before, "after": after, "changes": rulesets.compare_documents(old, new)}

    return document(await reading(request, work))


@router.get("/{version}", operation_id="get_ruleset", dependencies=READS, response_model=JsonObject)
async def get_version(request: Request, program_id: ProgramId, version: int) -> Response:
    """Read a published version with its document."""
    found = await reading(request, lambda tx: rulesets.version_of(tx, program_id, version))
    return document({**summary(found), "document": found.document}, version=found.version)


@router.post(
    "/{version}/roll-back", operation_id="roll_back_rules", status_code=201, response_model=JsonObject
)
async def roll_back_to(
    request: Request,
    subject: Annotated[Subject, Depends(PUBLISH)],
    program_id: ProgramId,
    version: int,
    body: RollBackBody,
) -> Response:
    """Put the content of an earlier version in force again, as a new version. The draft stays as it is.

    202 with what now waits for another person, where the program's policy asks for one.
    """
    now = request.app.state.clock.now()

    async def work(tx: Transaction) -> Version:
        made = await roll_back(tx, program_id, version, now=now, by=subject.credential, note=body.note)
        if only_asks(subject):
            raise ApprovalNeeded
        return made

    try:
        made = await writing(request, work)
    except ApprovalNeeded:
        return await _waiting(request, program_id, {"version": version, "note": body.note}, subject)
    return document(summary(made), version=made.version, status=201)


class Approvals(Protocol):
    """What the application's `state.approvals` can do: let something wait for another person."""

    async def ask_publishing(
        self, tx: Transaction, program_id: int, payload: JsonObject, *, maker: str, now: datetime
    ) -> JsonObject:
        """Let a version wait; return what waits, as plain values."""


async def _waiting(request: Request, program_id: int, payload: JsonObject, subject: Subject) -> Response:
    """Let what was to be published wait for another person."""
    approvals: Approvals = request.app.state.approvals
    now: datetime = request.app.state.clock.now()
    asked = await writing(
        request,
        lambda tx: approvals.ask_publishing(tx, program_id, payload, maker=subject.credential, now=now),
    )
    return document(asked, status=202)
