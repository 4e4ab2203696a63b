"""The statements of the demo: what it looks up, and what it shows."""

from __future__ import annotations

from regulars.infra.db import load_queries

queries = load_queries(__package__)
