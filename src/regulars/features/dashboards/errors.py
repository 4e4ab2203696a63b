"""What dashboards refuse."""

from __future__ import annotations

from regulars.kit.errors import Conflict, Invalid, NotFound, PreconditionFailed


class UnknownDashboard(NotFound):
    """You have no such dashboard, and nobody shares one by that name with you."""


class TooManyDashboards(Conflict):
    """There are as many dashboards as one person, or the program, may have; remove one first."""


class DashboardInvalid(Invalid):
    """The dashboard cannot be read as it is written; see errors."""


class DashboardChanged(PreconditionFailed):
    """The dashboard has been changed since you read it; read it again."""
