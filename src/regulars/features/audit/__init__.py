"""The log of changes: who changed what, when, before and after; chained, so that tampering is found.

Tables owned: schema `audit`. Triggers write it; `app/schema.sql` says of which tables.
"""

from regulars.features.audit.api import COLUMNS, csv_row, router
from regulars.features.audit.model import Anchor, Entry, Verification, Wanted, read_anchor
from regulars.features.audit.store import select_entries
from regulars.features.audit.upkeep import NOTE_ANCHOR
from regulars.features.audit.verify import verify

__all__ = [
    "COLUMNS",
    "NOTE_ANCHOR",
    "Anchor",
    "Entry",
    "Verification",
    "Wanted",
    "csv_row",
    "read_anchor",
    "router",
    "select_entries",
    "verify",
]
