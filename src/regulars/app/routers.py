"""Every router of the API, in the order of the documentation. A slice that has routes adds its router here."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.routing import BaseRoute

from regulars.app.finance_ports import FINANCE_PORTS
from regulars.app.shop_intake import shop_intake_of
from regulars.features import (
    audit,
    catalog,
    dashboards,
    members,
    programs,
    rewards,
    staff,
    vouchers,
    webhooks,
)
from regulars.flows import (
    accrual,
    apply,
    approval,
    books,
    campaigning,
    caring,
    checkout,
    connection,
    couponing,
    explanation,
    export,
    funding,
    gifting,
    journal,
    merging,
    offline,
    points,
    pooling,
    prizes,
    quotation,
    redemption,
    reporting,
    settlement,
)
from regulars.flows.apply import vocabulary_of
from regulars.flows.finance import finance_router
from regulars.flows.intake import intake_openapi, intake_routes
from regulars.flows.simulation import simulation_router
from regulars.infra import jobs

ROUTERS: tuple[APIRouter, ...] = (
    staff.router,
    audit.router,
    approval.router,
    programs.router,
    members.router,
    caring.router,
    points.router,
    merging.router,
    books.router,
    reporting.router,
    dashboards.router,
    finance_router(FINANCE_PORTS),
    export.router,
    catalog.router,
    campaigning.router,
    rewards.router,
    redemption.router,
    redemption.partner_router,
    checkout.router,
    checkout.partner_router,
    vouchers.router,
    couponing.router,
    prizes.router,
    gifting.router,
    offline.router,
    pooling.router,
    connection.router,
    funding.router,
    settlement.router,
    apply.router,
    explanation.router,
    quotation.router,
    simulation_router(vocabulary_of),
    journal.router,
    accrual.router,
    webhooks.router,
    jobs.router,
)

# Plain routes beside the API, and their part of the OpenAPI document: the intake reads bytes itself.
ROUTES: tuple[BaseRoute, ...] = (
    *intake_routes(),
    *redemption.till_routes(),
    *connection.hook_routes(shop_intake_of),
)
PATHS: dict[str, Any] = {**intake_openapi(), **redemption.till_openapi(), **connection.hook_openapi()}
