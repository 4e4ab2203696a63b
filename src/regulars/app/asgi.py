"""The ASGI application: routers, lifespan, health and documentation put together. Decides nothing."""

from __future__ import annotations

import importlib.metadata
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI
from starlette.responses import HTMLResponse, RedirectResponse, Response

from regulars.app import health
from regulars.app.approval_limits import ApprovalLimits
from regulars.app.approvals import Approvals
from regulars.app.authentication import FirstOf, KeyAuthenticator
from regulars.app.beside import worker_beside
from regulars.app.checkout_parts import CheckoutParts
from regulars.app.console import console_routes
from regulars.app.documentation import documentation_page
from regulars.app.draining import GOODBYE_SIGNAL, Goodbye, say_goodbye, saying_goodbye
from regulars.app.express import Express
from regulars.app.garbage import settle_garbage_collector
from regulars.app.gauges import GAUGES
from regulars.app.intake_port import AccrualPort
from regulars.app.key_uses import KeyUses
from regulars.app.links import TerminalLinks
from regulars.app.logs import configure_logs
from regulars.app.metrics import Measured
from regulars.app.redemption_till import open_till
from regulars.app.routers import PATHS, ROUTERS, ROUTES
from regulars.app.settings import Settings
from regulars.app.shop_clock import served_clock
from regulars.app.system_events import AccrualReview
from regulars.features.programs import ProgramDirectory
from regulars.features.staff import SessionAuthenticator
from regulars.features.webhooks import document_webhooks
from regulars.flows import couponing, points
from regulars.flows.apply import around_rewards
from regulars.infra.clock import Clock, SystemClock
from regulars.infra.db import Database
from regulars.infra.http_out import AllowList
from regulars.infra.web import (
    Heard,
    RequestIdentity,
    RouteIndex,
    SecurityHeaders,
    document_problems,
    install_problems,
)

log = structlog.get_logger(__name__)

VERSION = importlib.metadata.version("regulars")


def create_app(settings: Settings, clock: Clock | None = None) -> FastAPI:
    """Build the application; it connects when its lifespan begins. `clock` is for tests."""
    app = FastAPI(
        title="Regulars",
        version=VERSION,
        summary="Points, tiers, rewards and messages, exactly and explainably.",
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
        separate_input_output_schemas=False,
        lifespan=_lifespan(settings, clock or SystemClock()),
    )
    install_problems(app)
    app.router.routes.extend(ROUTES)
    app.router.routes.extend(console_routes())
    # The routes themselves: FastAPI builds an included router's a second time with the first request (0.7 s), and each
    # request that goes through it takes 1 ms more.
    for router in ROUTERS:
        app.router.routes.extend(router.routes)
    document_webhooks(app)
    _document_plain_routes(app)
    _add_plain_routes(app)
    app.router.routes.insert(0, RouteIndex(app.router.routes))
    app.add_middleware(Measured)
    app.add_middleware(SecurityHeaders)
    app.add_middleware(RequestIdentity)
    app.add_middleware(Goodbye)
    app.add_middleware(Heard)
    return app


def from_environment() -> Express:
    """Build the application from REGULARS_… and regulars.toml; what the server's processes call."""
    configure_logs()
    signal.signal(GOODBYE_SIGNAL, lambda *_: say_goodbye())
    app = Express(create_app(Settings(), served_clock()), ROUTES)
    settle_garbage_collector()
    return app


def _lifespan(settings: Settings, clock: Clock) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            url = settings.database()
            db = await stack.enter_async_context(
                Database.open(url, max_size=settings.database_connections, name="api")
            )
            app.state.settings, app.state.database_url, app.state.migrated = settings, url, False
            app.state.db, app.state.clock, app.state.gauges = db, clock, GAUGES
            app.state.programs, app.state.stopping = ProgramDirectory(db), saying_goodbye
            app.state.outbound_allow = AllowList.parse(settings.outbound_allow)
            uses = KeyUses(db, clock)
            await stack.enter_async_context(uses.written())
            app.state.authenticator = FirstOf(
                KeyAuthenticator(db, clock, uses.note), SessionAuthenticator(db, clock)
            )
            app.state.links = TerminalLinks(settings)
            app.state.approvals = Approvals()
            app.state.approval_limits = ApprovalLimits()
            app.state.intake_port = AccrualPort(db, clock, uses.note)
            app.state.wallets, app.state.owed = points, couponing
            app.state.around_rewards = around_rewards
            app.state.review = AccrualReview(app.state.intake_port.rulebooks)
            stack.push_async_callback(app.state.intake_port.collector.drain)
            app.state.till = open_till(
                db,
                clock,
                app.state.authenticator,
                app.state.programs,
                app.state.intake_port.rulebooks,
                uses.note,
            )
            stack.push_async_callback(app.state.till.drain)
            app.state.checkout = CheckoutParts(app.state.till.grounds, app.state.intake_port.rulebooks)
            if settings.worker:
                await stack.enter_async_context(worker_beside(settings, url, clock))
            log.info("serving", version=VERSION, worker=settings.worker)
            yield
            log.info("stopping")

    return lifespan


def _add_plain_routes(app: FastAPI) -> None:
    app.add_route("/livez", health.live, ["GET"], include_in_schema=False)
    app.add_route("/readyz", health.ready, ["GET"], include_in_schema=False)
    app.add_route("/metrics", health.metrics_page, ["GET"], include_in_schema=False)

    async def docs(_: object) -> Response:
        return HTMLResponse(documentation_page(app.openapi()))

    app.add_route("/docs", docs, ["GET"], include_in_schema=False)
    app.add_route("/redoc", _to_docs, ["GET"], include_in_schema=False)


def _document_plain_routes(app: FastAPI) -> None:
    """Add the paths that FastAPI does not know to the document it makes."""
    make = app.openapi

    def openapi() -> dict[str, Any]:
        document = make()
        document_problems(document)
        for path, operations in PATHS.items():
            document["paths"].setdefault(path, {}).update(operations)
        return document

    app.openapi = openapi  # type: ignore[method-assign]


async def _to_docs(_: object) -> Response:
    return RedirectResponse("/docs")
