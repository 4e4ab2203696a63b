"""REST: rules as they are edited, and what they share. Nothing here is in force before it is published."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from fastapi import Body, Depends, Query, Request, Response
from pydantic import Field

from regulars.core.rules import Language, both, openings
from regulars.features import rulesets
from regulars.features.programs import load_config
from regulars.features.rulesets import DraftPart, DraftRule
from regulars.flows.apply.publishing import vocabulary_of
from regulars.flows.apply.routes import (
    READ,
    WRITE,
    Code,
    IfMatch,
    JsonObject,
    ProgramId,
    document,
    reading,
    writing,
)
from regulars.infra.db import Transaction
from regulars.infra.web import PageQuery, StrictModel, api_router, language_asked, revision_in
from regulars.kit.zones import zone

router = api_router("/api/v1/programs/{program}", tag="rules")

READS = [Depends(READ)]
WRITES = [Depends(WRITE)]
Rule = Annotated[
    JsonObject, Body(description="A rule of the rule language; `status` is draft, active or paused")
]
Part = Annotated[JsonObject, Body(description="A collection, decision table, group or campaign")]
Spoken = Annotated[Language, Depends(language_asked)]
Kind = Annotated[str, Query(description="collection, table, group or campaign")]


def shown_rule(rule: DraftRule) -> JsonObject:
    """Return a rule as the API shows it."""
    head = {
        "code": rule.code,
        "status": rule.status,
        "revision": rule.revision,
        "updated_at": rule.updated_at,
    }
    return {**rule.document, **head}


def shown_part(part: DraftPart) -> JsonObject:
    """Return a part as the API shows it."""
    head = {"kind": part.kind, "code": part.code, "revision": part.revision, "updated_at": part.updated_at}
    return {**part.document, **head}


@router.get("/rules", operation_id="list_rules", dependencies=READS, response_model=JsonObject)
async def list_rules(
    request: Request,
    program_id: ProgramId,
    page: Annotated[PageQuery, Depends()],
    archived: Annotated[bool, Query(description="Archived rules too")] = False,
) -> Response:
    """List the rules of a program in the order of their codes."""
    (after,) = page.after(str) or ("",)

    async def work(tx: Transaction) -> list[DraftRule]:
        return await rulesets.select_rules(tx, program_id, after=after, limit=page.rows, archived=archived)

    found = page.page(await reading(request, work), lambda rule: (rule.code,))
    return document({"data": [shown_rule(rule) for rule in found.data], "next_cursor": found.next_cursor})


@router.get("/rules/{code}", operation_id="get_rule", dependencies=READS, response_model=JsonObject)
async def get_rule(request: Request, program_id: ProgramId, code: Code) -> Response:
    """Read a rule as it is edited."""
    rule = await reading(request, lambda tx: rulesets.rule_of(tx, program_id, code))
    return document(shown_rule(rule), version=rule.revision)


@router.put("/rules/{code}", operation_id="put_rule", dependencies=WRITES, response_model=JsonObject)
async def put_rule(
    request: Request, program_id: ProgramId, code: Code, body: Rule, if_match: IfMatch = None
) -> Response:
    """Make a rule (201) or change it (200). A wrong one is kept too; `diagnostics` says what to write instead."""
    rule = {key: value for key, value in body.items() if key not in ("revision", "updated_at", "diagnostics")}
    expected, now = revision_in(if_match), request.app.state.clock.now()

    written = await writing(
        request, lambda tx: rulesets.put_rule(tx, program_id, code, rule, now=now, expected=expected)
    )
    new = written.revision == 1 and written.updated_at == now
    found = await _examined(request, program_id, written.whole)
    answer = {**shown_rule(written), "diagnostics": found.diagnostics}
    return document(answer, version=written.revision, status=201 if new else 200)


@router.delete("/rules/{code}", operation_id="archive_rule", status_code=204, dependencies=WRITES)
async def archive_rule(request: Request, program_id: ProgramId, code: Code, if_match: IfMatch = None) -> None:
    """Archive a rule: the next version is published without it."""
    expected, now = revision_in(if_match), request.app.state.clock.now()
    await writing(
        request,
        lambda tx: rulesets.set_rule_status(tx, program_id, code, "archived", now=now, expected=expected),
    )


@router.get("/rule-parts", operation_id="list_rule_parts", dependencies=READS, response_model=JsonObject)
async def list_parts(request: Request, program_id: ProgramId, kind: Kind | None = None) -> Response:
    """List collections, tables, groups and campaigns, or those of one kind."""
    parts = await reading(request, lambda tx: rulesets.select_parts(tx, program_id, kind))
    return document({"data": [shown_part(part) for part in parts], "next_cursor": None})


@router.get(
    "/rule-parts/{kind}/{code}", operation_id="get_rule_part", dependencies=READS, response_model=JsonObject
)
async def get_part(request: Request, program_id: ProgramId, kind: str, code: Code) -> Response:
    """Read a collection, table, group or campaign."""
    part = await reading(request, lambda tx: rulesets.part_of(tx, program_id, kind, code))
    return document(shown_part(part), version=part.revision)


@router.put(
    "/rule-parts/{kind}/{code}", operation_id="put_rule_part", dependencies=WRITES, response_model=JsonObject
)
async def put_part(
    request: Request, program_id: ProgramId, kind: str, code: Code, body: Part, if_match: IfMatch = None
) -> Response:
    """Make a part (201) or change it (200)."""
    part = {key: value for key, value in body.items() if key not in ("kind", "revision", "updated_at")}
    expected, now = revision_in(if_match), request.app.state.clock.now()
    written = await writing(
        request, lambda tx: rulesets.put_part(tx, program_id, kind, code, part, now=now, expected=expected)
    )
    status = 201 if written.revision == 1 and written.updated_at == now else 200
    return document(shown_part(written), version=written.revision, status=status)


@router.delete(
    "/rule-parts/{kind}/{code}", operation_id="remove_rule_part", status_code=204, dependencies=WRITES
)
async def remove_part(
    request: Request, program_id: ProgramId, kind: str, code: Code, if_match: IfMatch = None
) -> None:
    """Remove a part from the draft; published versions keep theirs."""
    expected = revision_in(if_match)
    await writing(request, lambda tx: rulesets.remove_part(tx, program_id, kind, code, expected=expected))


@router.get("/rule-fields", operation_id="list_rule_fields", dependencies=READS, response_model=JsonObject)
async def list_fields(request: Request, program_id: ProgramId) -> Response:
    """List what rules may look at, in groups: fields with kind, operators and known values."""
    vocabulary = await reading(request, lambda tx: vocabulary_of(tx, program_id))
    return document(
        {
            "groups": rulesets.fields_of(vocabulary),
            "events": vocabulary.options.get("event.type", ()),
            "point_types": vocabulary.point_types,
            "tier_sets": vocabulary.tier_sets,
        }
    )


@router.post("/rules/check", operation_id="check_rule", dependencies=READS, response_model=JsonObject)
async def check_rule(request: Request, program_id: ProgramId, body: Rule, language: Spoken) -> Response:
    """Check a rule while it is being written: what is wrong, what it says in words, whether its examples hold."""
    return document(await _examined(request, program_id, body, language))


@router.post("/rules/sentence", operation_id="read_rule_aloud", dependencies=READS, response_model=JsonObject)
async def read_aloud(request: Request, program_id: ProgramId, body: Rule, language: Spoken) -> Response:
    """Return a rule in plain words of a language; empty while it cannot be read."""
    found = await _examined(request, program_id, body, language)
    return document({"sentence": found.sentence, "diagnostics": found.diagnostics})


@router.post("/rules/test", operation_id="test_rules", dependencies=READS, response_model=JsonObject)
async def test_rules(request: Request, program_id: ProgramId) -> Response:
    """Run the examples of every rule of the draft."""

    async def work(tx: Transaction) -> list[Any]:
        draft, vocabulary = await rulesets.load_draft(tx, program_id), await vocabulary_of(tx, program_id)
        return list(rulesets.examples_of(draft, vocabulary))

    results = await reading(request, work)
    return document({"passed": all(r.passed for r in results), "results": results})


@router.get(
    "/rules/{code}/sentence", operation_id="get_rule_sentence", dependencies=READS, response_model=JsonObject
)
async def get_sentence(request: Request, program_id: ProgramId, code: Code, language: Spoken) -> Response:
    """Return a stored rule in plain words of a language."""
    rule = await reading(request, lambda tx: rulesets.rule_of(tx, program_id, code))
    found = await _examined(request, program_id, rule.whole, language)
    return document({"sentence": found.sentence, "diagnostics": found.diagnostics})


@router.post("/rules/analyse", operation_id="analyse_rules", dependencies=READS, response_model=JsonObject)
async def analyse_rules(request: Request, program_id: ProgramId) -> Response:
    """Find what to look at before publishing: rules that never apply, overlaps, loops, the largest award."""

    async def work(tx: Transaction) -> list[Any]:
        draft, vocabulary = await rulesets.load_draft(tx, program_id), await vocabulary_of(tx, program_id)
        return list(rulesets.findings_of(draft, vocabulary, request.app.state.clock.now()))

    return document({"findings": await reading(request, work)})


class CalendarBody(StrictModel):
    """A schedule, with the campaign whose schedule holds beside it, and the local days that are looked at."""

    schedule: Annotated[JsonObject, Field(default_factory=dict)]
    campaign: Annotated[str, Field(max_length=63)] = ""
    first: date
    days: Annotated[int, Field(ge=1, le=400)] = 42


@router.post(
    "/rules/calendar", operation_id="preview_schedule", dependencies=READS, response_model=JsonObject
)
async def preview_schedule(request: Request, program_id: ProgramId, body: CalendarBody) -> Response:
    """Show on which days, and when on them, a rule with this schedule is open, on the program's clock."""

    async def work(tx: Transaction) -> tuple[str, JsonObject]:
        config = await load_config(tx, program_id)
        if not body.campaign:
            return config.zone, {}
        part = await rulesets.part_of(tx, program_id, "campaign", body.campaign)
        return config.zone, part.document.get("schedule") or {}

    name, shared = await reading(request, work)
    place = zone(name)
    own, wrong = openings(body.schedule, place, body.first, body.days)
    around, _ = openings(shared, place, body.first, body.days)
    days = [both(one, other) for one, other in zip(own, around, strict=False)]
    shown = [{"day": day.day, "open": [[_clock(a), _clock(b)] for a, b in day.spans]} for day in days]
    return document({"zone": name, "days": shown, "diagnostics": wrong})


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


async def _examined(
    request: Request, program_id: int, rule: JsonObject, language: Language = "en"
) -> rulesets.Examination:
    async def work(tx: Transaction) -> rulesets.Examination:
        draft, vocabulary = await rulesets.load_draft(tx, program_id), await vocabulary_of(tx, program_id)
        return rulesets.examine_rule(rule, draft, vocabulary, language)

    return await reading(request, work)
