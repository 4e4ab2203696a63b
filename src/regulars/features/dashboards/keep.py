"""Keeping dashboards: a person's own, and those of the program, which are configuration."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

import msgspec
from pydantic import ValidationError

from regulars.features.dashboards.bodies import CODE, DashboardBody, ProgramDashboardBody, Widget
from regulars.features.dashboards.errors import (
    DashboardChanged,
    DashboardInvalid,
    TooManyDashboards,
    UnknownDashboard,
)
from regulars.features.dashboards.store import (
    PROGRAM,
    Dashboard,
    count_dashboards,
    delete_dashboard,
    upsert_dashboard,
)
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError

OWN_MAX: Final = 30


async def keep_own(
    tx: Transaction,
    program_id: int,
    owner: str,
    code: str,
    body: DashboardBody,
    *,
    now: datetime,
    expected: int | None = None,
) -> Dashboard:
    """Keep a dashboard of `owner`, a credential. Refuses with DashboardChanged, TooManyDashboards."""
    wanted = Dashboard(owner, code, body.name, body.shared, [], _packed(body.widgets), 0, now)
    return await _kept(tx, program_id, wanted, expected)


async def keep_of_program(
    tx: Transaction,
    program_id: int,
    code: str,
    body: ProgramDashboardBody,
    *,
    now: datetime,
    expected: int | None = None,
) -> Dashboard:
    """Keep a dashboard of the program. Refuses with DashboardChanged, TooManyDashboards."""
    roles: list[str] = sorted(set(body.first_for))
    wanted = Dashboard(PROGRAM, code, body.name, True, roles, _packed(body.widgets), 0, now)
    return await _kept(tx, program_id, wanted, expected)


async def remove(tx: Transaction, program_id: int, owner: str, code: str) -> None:
    """Remove a dashboard. Refuses with UnknownDashboard."""
    if not await delete_dashboard(tx, program_id, owner, code):
        raise UnknownDashboard


def dashboard_of(raw: Any, path: str = "") -> tuple[str, ProgramDashboardBody]:
    """Return the code and the body of a dashboard of the program as a file says it. Raises DashboardInvalid.

    `path` is where in the file it stands.
    """
    fields = dict(raw) if isinstance(raw, dict) else {}
    code = fields.pop("code", None)
    if not isinstance(code, str) or not re.match(CODE, code):
        problem = FieldError(_place(path, ("code",)), "malformed", "Write small letters, digits, _ and -.")
        raise DashboardInvalid(errors=[problem])
    try:
        return code, ProgramDashboardBody.model_validate(fields)
    except ValidationError as mistake:
        errors = [
            FieldError(_place(path, error["loc"]), error["type"], f"{error['msg']}.")
            for error in mistake.errors(include_url=False, include_context=False, include_input=False)
        ]
        raise DashboardInvalid(errors=errors) from mistake


def plain_dashboard(code: str, body: ProgramDashboardBody) -> dict[str, Any]:
    """Return a dashboard of the program as it is written: nothing that goes without saying."""
    roles = {"first_for": sorted(set(body.first_for))} if body.first_for else {}
    widgets = [widget.model_dump(exclude_defaults=True) for widget in body.widgets]
    return {"code": code, "name": body.name, **roles, "widgets": widgets}


def plain_kept(kept: Dashboard) -> dict[str, Any]:
    """Return a dashboard that is kept as it is written."""
    widgets = msgspec.json.decode(kept.widgets)
    body = ProgramDashboardBody.model_validate(
        {"name": kept.name, "first_for": kept.first_for, "widgets": widgets}
    )
    return plain_dashboard(kept.code, body)


async def _kept(tx: Transaction, program_id: int, wanted: Dashboard, expected: int | None) -> Dashboard:
    kept = await upsert_dashboard(tx, program_id, wanted, expected=expected)
    if kept is None:
        raise DashboardChanged
    if kept.revision == 1 and await count_dashboards(tx, program_id, wanted.owner) > OWN_MAX:
        raise TooManyDashboards(most=OWN_MAX)
    return kept


def _packed(widgets: list[Widget]) -> str:
    return msgspec.json.encode([widget.model_dump() for widget in widgets]).decode()


def _place(path: str, steps: tuple[int | str, ...]) -> str:
    text = path
    for step in steps:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text
