"""Every table of configuration is in the log of changes, or is named here with the reason why not."""

from __future__ import annotations

import re
from pathlib import Path

from tests.conftest import PACKAGE
from tests.shape.test_code import report

from regulars.infra.db import Database
from regulars.infra.db.queries import parse_queries

QUERIES = parse_queries(
    Path(__file__).with_name("queries.sql").read_text(encoding="utf-8"), "tests/shape/queries.sql"
)
WATCHED = re.compile(r"^SELECT audit\.watch\('([a-z_.]+)'", re.MULTILINE)
COUNTER = "counts; who changed what it counts is noted there"
WRITTEN_ONCE = "written once and never changed; says itself who wrote it and when"
EXEMPT = {
    "accrual.budget": COUNTER,
    "campaigns.note": WRITTEN_ONCE,
    "campaigns.step": WRITTEN_ONCE,
    "catalog.revision": COUNTER,
    "catalog.stock": "moved by every sale; counts of goods, not configuration",
    "finance.close": WRITTEN_ONCE,
    "ledger.account": "opened by the ledger with a point type or a funder; never changed",
    "partners.block_entry": WRITTEN_ONCE,
    "rewards.revision": COUNTER,
    "settlement.entry": WRITTEN_ONCE,
    "settlement.note": WRITTEN_ONCE,
    "settlement.payment": WRITTEN_ONCE,
    "settlement.upload": WRITTEN_ONCE,
    "settlement.version": WRITTEN_ONCE,
    "upkeep.progress": COUNTER,
    "settlement.progress": "how far statements have read the ledger",
    "webhooks.subscription": "summed up from the endpoints, which are noted",
}


async def test_every_reference_table_is_watched_or_exempt(db: Database) -> None:
    async with db.transaction(read_only=True) as tx:
        tables = await tx.all(QUERIES["select_tables"], row=lambda *columns: columns)
        watched = {row[0] for row in await tx.all(QUERIES["select_watched_tables"])}
    names = {f"{schema}.{table}" for schema, table, _ in tables}
    reference = {
        f"{schema}.{table}" for schema, table, comment in tables if comment.rstrip(". ").endswith("reference")
    }
    written = (PACKAGE / "app" / "schema.sql").read_text(encoding="utf-8")
    report(
        f"{name} is configuration whose changes nobody notes: add SELECT audit.watch('{name}'); to app/schema.sql "
        "(ignored and hidden columns after it), or name it in tests/shape/test_audited.py with the reason why not."
        for name in sorted(reference - watched - set(EXEMPT))
    )
    report(f"{name} is both watched and exempt." for name in sorted(watched & set(EXEMPT)))
    report(f"{name} is exempt and not there." for name in sorted(set(EXEMPT) - names))
    report(
        f"app/schema.sql watches {name}, which is not there."
        for name in sorted(set(WATCHED.findall(written)) - names)
    )
    assert len(watched) > 20


async def test_secrets_of_watched_tables_are_hidden(db: Database) -> None:
    async with db.transaction(read_only=True) as tx:
        found = await tx.all(QUERIES["select_watched_secrets"])
    shown = [f"{table}.{column}" for table, column, trigger in found if not _hides(trigger, column)]
    report(f"{name} looks like a secret: hide it, audit.watch('…', '{{}}', '{{column}}')." for name in shown)
    assert len(found) >= 6


def _hides(trigger: str, column: str) -> bool:
    """Whether the definition of a trigger names a column in its last argument."""
    hidden = trigger.rpartition("'{")[2].partition("}'")[0]
    return column in hidden.split(",")
