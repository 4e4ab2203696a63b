"""The statements of the benches of reports and exports."""

from regulars.infra.db import load_queries

queries = load_queries(__package__, "reporting.sql")
