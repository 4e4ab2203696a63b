"""What is exported: the ledger piece by piece as it grows, and beside it what changes, whole each time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec
from numpy.typing import NDArray

from regulars.flows.export.columns import Column, high, instants, low, spread
from regulars.infra.db import Query, load_queries

queries = load_queries(__package__)

Table = dict[str, NDArray[Any]]


class Growing(msgspec.Struct, frozen=True):
    """Rows that never change once they are there: exported once, by the local month in which they were posted.

    `table` makes named columns of what `query` copies; zeros in `optional` columns stand for nothing.
    """

    name: str
    query: Query
    table: Callable[[list[Column]], Table]
    optional: tuple[str, ...] = ()


class Whole(msgspec.Struct, frozen=True):
    """Rows that may change: exported anew each time, in place of what was there."""

    name: str
    query: Query


def _transfers(columns: list[Column]) -> Table:
    member, number, amount, accounts, words, event, occurred, posted, reverses, reversing = columns
    return {
        "member_id": member,
        "transfer_id": number,
        "point_type_id": low(words, 24),
        "kind": high(words, 24, 16),
        "points": amount,
        "debit_account_id": low(accounts, 32),
        "credit_account_id": high(accounts, 32),
        "event_id": event,
        "reverses_id": spread(reverses, reversing, number),
        "ruleset_version": high(words, 40, 23),
        "occurred_at": instants(occurred),
        "posted_at": instants(posted),
    }


def _lots(columns: list[Column]) -> Table:
    member, number, amount, words, earned, expires, posted = columns
    return {
        "member_id": member,
        "lot_id": number,
        "point_type_id": low(words, 32),
        "funding_account_id": high(words, 32),
        "points": amount,
        "earned_at": instants(earned),
        "expires_at": instants(expires),
        "posted_at": instants(posted),
    }


def _draws(columns: list[Column]) -> Table:
    member, transfer, lot, amount, posted = columns
    return {
        "member_id": member, "transfer_id": transfer, "lot_id": lot, "points": amount, "posted_at": instants(posted),
    }  # fmt: skip


GROWING: Final = (
    Growing("transfers", queries.copy_transfers, _transfers, ("event_id", "reverses_id", "ruleset_version")),
    Growing("lots", queries.copy_lots, _lots),
    Growing("draws", queries.copy_draws, _draws),
)
WHOLE: Final = (
    Whole("accounts", queries.copy_accounts),
    Whole("point_types", queries.copy_point_types),
    Whole("members", queries.copy_members),
    Whole("orders", queries.copy_orders),
    Whole("statements", queries.copy_statements),
    Whole("daily_points", queries.copy_flows),
    Whole("daily_sales", queries.copy_sales),
)
NAMES: Final = tuple(one.name for one in (*GROWING, *WHOLE))
