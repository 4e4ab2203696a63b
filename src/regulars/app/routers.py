"""Every router of the API, in the order of the documentation. A slice that has routes adds its router here."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.routing import BaseRoute

ROUTERS: tuple[APIRouter, ...] = ()

# Plain routes beside the API, such as the Segment-compatible intake.
ROUTES: tuple[BaseRoute, ...] = ()

# What we send to others, for the `webhooks` part of the OpenAPI document.
WEBHOOKS = APIRouter()
