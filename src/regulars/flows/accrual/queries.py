"""The named statements of accrual; several stages share them."""

from __future__ import annotations

from regulars.infra.db import load_queries

queries = load_queries(__package__)
