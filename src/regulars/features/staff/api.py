"""REST of staff: everything below /api/v1/session and /api/v1/staff."""

from __future__ import annotations

from fastapi import APIRouter

from regulars.features.staff.api_session import router as session

router = APIRouter(prefix="/api/v1")
router.include_router(session)
