"""Numbers an operator watches, read from the database when /metrics is asked: one list, to which slices add theirs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

from regulars.flows.books import recent_differences
from regulars.infra.db import Transaction, load_queries

queries = load_queries(__package__)


@dataclass(frozen=True, slots=True)
class Gauge:
    """One number: its name (without the prefix regulars_), what it says, and how it is read."""

    name: str
    doc: str
    read: Callable[[Transaction, datetime], Awaitable[int]]


async def oldest_outbox_s(tx: Transaction, now: datetime) -> int:
    """Return how many seconds the oldest notice has waited to be turned into messages."""
    return int(await tx.value(queries.oldest_outbox_s, now=now))


async def oldest_webhook_s(tx: Transaction, now: datetime) -> int:
    """Return how many seconds the oldest message to an endpoint in good health has been due."""
    return int(await tx.value(queries.oldest_webhook_s, now=now))


async def parked_events(tx: Transaction, _: datetime) -> int:
    """Return how many events wait for somebody to look at them."""
    return int(await tx.value(queries.count_parked_events))


async def parked_jobs(tx: Transaction, _: datetime) -> int:
    """Return how many jobs gave up."""
    return int(await tx.value(queries.count_parked_jobs))


async def unreadable_notices(tx: Transaction, _: datetime) -> int:
    """Return how many outbox rows could not be decoded."""
    return int(await tx.value(queries.count_unreadable))


async def idle_transactions(tx: Transaction, _: datetime) -> int:
    """Return how many transactions have been open and idle for more than ten seconds."""
    return int(await tx.value(queries.count_idle_transactions))


async def upkeep_behind_s(tx: Transaction, now: datetime) -> int:
    """Return how many seconds the time of the program furthest behind has not been followed up."""
    return max(0, int(await tx.value(queries.upkeep_behind_s, now=now)))


GAUGES: tuple[Gauge, ...] = (
    Gauge("oldest_outbox_seconds", "Age of the oldest notice not yet turned into messages", oldest_outbox_s),
    Gauge(
        "oldest_webhook_seconds", "How long the oldest message to a healthy endpoint is due", oldest_webhook_s
    ),
    Gauge(
        "ledger_differences",
        "Wallets touched lately that are not the sum of their lots; anything but 0 is an alarm",
        recent_differences,
    ),
    Gauge(
        "upkeep_behind_seconds",
        "How long the time of the program furthest behind was not followed up",
        upkeep_behind_s,
    ),
    Gauge("parked_events", "Events that could not be decided and wait for a person", parked_events),
    Gauge("parked_jobs", "Jobs that gave up and wait for a person", parked_jobs),
    Gauge("unreadable_notices", "Outbox rows that were set aside", unreadable_notices),
    Gauge("idle_in_transaction", "Transactions open and idle for more than 10 s", idle_transactions),
)
