"""Every router of the API, in the order of the documentation. A slice that has routes adds its router here."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.routing import BaseRoute

from regulars.features import webhooks

ROUTERS: tuple[APIRouter, ...] = (webhooks.router,)

# Plain routes beside the API, such as the Segment-compatible intake.
ROUTES: tuple[BaseRoute, ...] = ()
