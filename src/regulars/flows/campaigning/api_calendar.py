"""REST: the calendar of campaigns and promotions."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from fastapi import Depends, Query, Request

from regulars.flows.campaigning.bodies import CalendarAnswer, EntryAnswer, activity_answer
from regulars.flows.campaigning.calendar import Calendar, calendar_between
from regulars.flows.campaigning.routes import READ, Desk, ProgramId, reading
from regulars.infra.web import api_router

router = api_router("", tag="calendar")


@router.get("/calendar", operation_id="get_calendar", dependencies=[Depends(READ)])
async def calendar(
    request: Request,
    program_id: ProgramId,
    first: Annotated[date, Query(alias="from", description="First day")],
    last: Annotated[date, Query(alias="to", description="Last day, included; at most 430 days later")],
) -> CalendarAnswer:
    """Read what there is between two days: campaigns, promotions that are not open every day, activities due."""

    async def work(desk: Desk) -> CalendarAnswer:
        found: Calendar = await calendar_between(desk.tx, desk.config, first, last, desk.today)
        return CalendarAnswer(
            first=first,
            last=last,
            entries=[EntryAnswer(**_plain(one)) for one in found.entries],
            activities=[activity_answer(one, desk.names, desk.today) for one in found.activities],
            always=found.always,
        )

    return await reading(request, program_id, work)


def _plain(entry: msgspec.Struct) -> dict[str, object]:
    return msgspec.structs.asdict(entry)
