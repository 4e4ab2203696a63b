"""REST: the calendar of campaigns and promotions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import msgspec
from fastapi import Depends, Query, Request

from regulars.flows.campaigning.bodies import CalendarAnswer, EntryAnswer, activity_answer
from regulars.flows.campaigning.calendar import Calendar, calendar_between
from regulars.flows.campaigning.routes import READ, Desk, ProgramId, reading
from regulars.infra.web import api_router
from regulars.kit.zones import add_months

router = api_router("/api/v1/programs/{program}", tag="calendar")


@router.get("/calendar", operation_id="get_calendar", dependencies=[Depends(READ)])
async def calendar(
    request: Request,
    program_id: ProgramId,
    first: Annotated[date | None, Query(alias="from", description="First day; the present month's")] = None,
    last: Annotated[
        date | None, Query(alias="to", description="Last day, included; the last of the first day's month")
    ] = None,
) -> CalendarAnswer:
    """Read what there is between two days: campaigns, promotions that are not open every day, activities due."""

    async def work(desk: Desk) -> CalendarAnswer:
        begins = first or desk.today.replace(day=1)
        ends = last or add_months(begins.replace(day=1), 1) - timedelta(days=1)
        found: Calendar = await calendar_between(desk.tx, desk.config, begins, ends, desk.today)
        return CalendarAnswer(
            first=begins,
            last=ends,
            today=desk.today,
            entries=[EntryAnswer(**msgspec.structs.asdict(one)) for one in found.entries],
            activities=[activity_answer(one, desk.names, desk.today) for one in found.activities],
            always=found.always,
        )

    return await reading(request, program_id, work)
