"""Dashboards: which reports and lists somebody looks at, how they are shown and where they stand.

A person's own, which she may share, or the program's, which roles see first. Tables owned: schema `dashboards`. What
the widgets show is read from the reports and lists themselves.
"""

from regulars.features.dashboards.api import router
from regulars.features.dashboards.errors import DashboardInvalid, UnknownDashboard
from regulars.features.dashboards.keep import (
    dashboard_of,
    keep_of_program,
    plain_dashboard,
    plain_kept,
    remove,
)
from regulars.features.dashboards.store import PROGRAM, select_dashboards, select_program_dashboards

__all__ = [
    "PROGRAM",
    "DashboardInvalid",
    "UnknownDashboard",
    "dashboard_of",
    "keep_of_program",
    "plain_dashboard",
    "plain_kept",
    "remove",
    "router",
    "select_dashboards",
    "select_program_dashboards",
]
