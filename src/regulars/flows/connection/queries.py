"""The named statements of this flow."""

from __future__ import annotations

from regulars.infra.db import load_queries

queries = load_queries(__package__)
