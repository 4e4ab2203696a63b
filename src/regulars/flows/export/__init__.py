"""Export: the ledger and the reports as Parquet or CSV files, each row once, for warehouses and lakes.

Tables owned: schema `export`. `export` goes on where the last export to a folder ended.
"""

from regulars.flows.export.api import router
from regulars.flows.export.datasets import NAMES
from regulars.flows.export.model import ExportRunning, Run
from regulars.flows.export.run import export
from regulars.flows.export.tasks import EXPORT, export_task

__all__ = [
    "EXPORT",
    "NAMES",
    "ExportRunning",
    "Run",
    "export",
    "export_task",
    "router",
]
