"""REST: quotes. A quote reads and never writes, so it needs no idempotency key."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
from fastapi import Depends, Request, Response
from pydantic import Field

from regulars.core.rules import Language
from regulars.flows.accrual.insight import current_rulebook, rulebooks_in
from regulars.flows.quotation.model import Hypothesis, Question
from regulars.flows.quotation.quote import quote
from regulars.infra.web import (
    Instant,
    StrictModel,
    Subject,
    api_router,
    language_asked,
    program_in_path,
    route_roles,
)
from regulars.kit.errors import Forbidden

router = api_router("/api/v1", tag="quotes")

QUOTE = route_roles("owner", "operator", "manager", "marketer", "agent", scope="quotes:read")
Spoken = Annotated[Language, Depends(language_asked)]
JsonObject = dict[str, Any]
Text = Annotated[str, Field(max_length=120)]

_encode = msgspec.json.Encoder(decimal_format="string").encode


class HypothesisBody(StrictModel):
    """What is assumed about the member."""

    tiers: Annotated[dict[Text, Text], Field(max_length=20)] = Field(default_factory=dict)
    attributes: Annotated[dict[Text, Any], Field(max_length=200)] = Field(default_factory=dict)
    tags: Annotated[list[Text], Field(max_length=200)] | None = None
    lists: Annotated[list[Text], Field(max_length=200)] | None = None


class QuoteBody(StrictModel):
    """A basket to be priced; `event` is an event in the plain form. `member` goes before the one that it names."""

    event: JsonObject
    member: Annotated[str, Field(max_length=400)] | JsonObject | None = None
    at: Instant | None = None
    hypothesis: HypothesisBody = HypothesisBody()
    source: Annotated[str, Field(max_length=63)] | None = None
    explain: bool = True


@router.post("/programs/{program}/quotes", operation_id="quote_in_program", response_model=JsonObject)
async def quote_in_program(
    request: Request,
    body: QuoteBody,
    language: Spoken,
    subject: Annotated[Subject, Depends(QUOTE)],  # noqa: ARG001 - declares who may call
    program_id: Annotated[int, Depends(program_in_path)],
) -> Response:
    """Price a basket: what it would earn, which rules would apply and why not the others, and the member afterwards."""
    return await _quoted(request, program_id, body, language)


@router.post("/quotes", operation_id="quote", response_model=JsonObject)
async def quote_of_key(
    request: Request, body: QuoteBody, language: Spoken, subject: Annotated[Subject, Depends(QUOTE)]
) -> Response:
    """Price a basket in the program of the API key."""
    if subject.program_id is None:
        raise Forbidden("This credential belongs to no program; name the program in the address.")
    return await _quoted(request, subject.program_id, body, language)


async def _quoted(request: Request, program_id: int, body: QuoteBody, language: Language) -> Response:
    state = request.app.state
    now: datetime = state.clock.now()
    hypothesis = Hypothesis(
        body.hypothesis.tiers, body.hypothesis.attributes, body.hypothesis.tags, body.hypothesis.lists
    )
    question = Question(body.event, _whose(body), body.at, hypothesis, body.source, body.explain)
    book = await current_rulebook(state.db, rulebooks_in(state), program_id)
    async with state.db.transaction(read_only=True, snapshot=True) as tx:
        answer = await quote(tx, book, question, now, language)
    return Response(_encode(answer), media_type="application/json")


def _whose(body: QuoteBody) -> str | dict[str, Any] | None:
    """Return whom a quote is for: `member`, else whom its event names as an event of the intake would."""
    if body.member is not None:
        return body.member
    inside = body.event.get("member")
    if isinstance(inside, str):
        return inside
    beside: dict[str, Any] = {
        name: body.event[name] for name in ("user_id", "anonymous_id") if name in body.event
    }
    return {**beside, **inside} if isinstance(inside, dict) else beside or None
