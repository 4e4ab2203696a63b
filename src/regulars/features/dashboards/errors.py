"""What dashboards refuse."""

from __future__ import annotations

from regulars.kit.errors import Conflict, NotFound, PreconditionFailed


class UnknownDashboard(NotFound):
    """You have no such dashboard, and nobody shares one by that name with you."""


class TooManyDashboards(Conflict):
    """You have as many dashboards as one person may have; remove one first."""


class DashboardChanged(PreconditionFailed):
    """The dashboard has been changed since you read it; read it again."""
