"""The named statements of this flow, and the column that is sealed."""

from __future__ import annotations

from typing import Final

from regulars.infra.db import load_queries
from regulars.infra.sealing import SealedColumn

queries = load_queries(__package__)
HOOK_SECRET: Final = SealedColumn("connection.hook", "secret", ("id",))
