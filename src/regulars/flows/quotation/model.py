"""What is asked in a quote, as values."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec


class Hypothesis(msgspec.Struct, frozen=True):
    """What is assumed about the member beyond, or instead of, what is known: tiers by set, attributes, tags, lists.

    `tags` and `lists` replace hers when given; attributes are laid over hers.
    """

    tiers: dict[str, str] = {}
    attributes: dict[str, Any] = {}
    tags: list[str] | None = None
    lists: list[str] | None = None


class Question(msgspec.Struct, frozen=True):
    """A basket to be priced. `event` is an event in the plain form, without a member; an Order Completed by default.

    `member`: a reference (`mem_…`, `email:ann@example.com`), identifiers as in an event, or None for somebody unknown.
    `at` None = now. `source` gives the event the defaults of that source. `explain` says why other rules do not apply.
    """

    event: dict[str, Any]
    member: str | dict[str, Any] | None = None
    at: datetime | None = None
    hypothesis: Hypothesis = Hypothesis()
    source: str | None = None
    explain: bool = True
