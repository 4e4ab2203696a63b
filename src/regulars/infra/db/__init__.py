"""PostgreSQL: pool, transactions, named statements, constraint → refusal. The only place that imports the driver.

Owns the table infra.migration. `embedded` runs a server of our own, `migrate` brings a database up to date.
"""

from __future__ import annotations

from regulars.infra.db.acting import act_as, act_for_nobody, acting
from regulars.infra.db.arrays import Bigints, Blobs, Flags, Instants, Texts, Uuids
from regulars.infra.db.closing import ClosedNumbers
from regulars.infra.db.database import Database
from regulars.infra.db.errors import (
    DatabaseBusy,
    DatabaseFull,
    DatabaseUnavailable,
    TransactionConflict,
    map_constraint,
)
from regulars.infra.db.failpoints import failpoint
from regulars.infra.db.queries import Query, load_queries
from regulars.infra.db.together import Asked, Together
from regulars.infra.db.transaction import Transaction

__all__ = [
    "Asked",
    "Bigints",
    "Blobs",
    "ClosedNumbers",
    "Database",
    "DatabaseBusy",
    "DatabaseFull",
    "DatabaseUnavailable",
    "Flags",
    "Instants",
    "Query",
    "Texts",
    "Together",
    "Transaction",
    "TransactionConflict",
    "Uuids",
    "act_as",
    "act_for_nobody",
    "acting",
    "failpoint",
    "load_queries",
    "map_constraint",
]
