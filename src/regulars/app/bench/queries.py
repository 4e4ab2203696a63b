"""The statements of the benches."""

from regulars.infra.db import load_queries

queries = load_queries(__package__)
