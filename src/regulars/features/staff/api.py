"""REST of staff: everything below /api/v1/session and /api/v1/staff, and the people of a program."""

from __future__ import annotations

from fastapi import APIRouter

from regulars.features.staff.api_factors import router as factors
from regulars.features.staff.api_oidc import router as oidc
from regulars.features.staff.api_people import router as people
from regulars.features.staff.api_session import router as session

router = APIRouter(prefix="/api/v1")
router.routes.extend(session.routes)
router.routes.extend(factors.routes)
router.routes.extend(oidc.routes)
router.routes.extend(people.routes)
