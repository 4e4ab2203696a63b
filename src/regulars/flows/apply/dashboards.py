"""Dashboards of the program in a document: the fields of the API, nothing that goes without saying."""

from __future__ import annotations

from regulars.features import dashboards
from regulars.flows.apply.document import Document, ProgramDocumentInvalid
from regulars.flows.apply.wording import Plain
from regulars.infra.db import Transaction


def plain_dashboards(document: Document) -> list[Plain]:
    """Return the dashboards of a document in the words `export_program` uses. Raises ProgramDocumentInvalid."""
    plain = []
    for place, raw in enumerate(document.dashboards or ()):
        try:
            code, body = dashboards.dashboard_of(raw, f"dashboards[{place}]")
        except dashboards.DashboardInvalid as refusal:
            raise ProgramDocumentInvalid(errors=refusal.errors) from refusal
        plain.append(dashboards.plain_dashboard(code, body))
    return plain


async def exported_dashboards(tx: Transaction, program_id: int) -> list[Plain]:
    """Return the dashboards of the program as they are written."""
    found = await dashboards.select_program_dashboards(tx, program_id)
    return [dashboards.plain_kept(one) for one in found]
