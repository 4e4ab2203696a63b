"""What a report is refused for."""

from __future__ import annotations

from regulars.kit.errors import Invalid, NotFound


class UnknownReport(NotFound):
    """There is no such report; GET /reports lists them."""


class InvalidReport(Invalid):
    """The report cannot be asked for like this."""


class NothingBehind(Invalid):
    """There are no rows to list behind this figure; its report says in `drill_down` what can be listed."""
