"""Why a quote is refused."""

from __future__ import annotations

from regulars.kit.errors import Invalid


class QuoteRefused(Invalid):
    """The basket or the hypothesis cannot be read."""


class NothingToQuote(Invalid):
    """The correction names an order that was never rated, or of which nothing is left."""
