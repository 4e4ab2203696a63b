"""Programs: many in one installation, each with its partners, stores, sources, point types and keys.

Tables owned: schema `programs`. A program's configuration is read as one frozen `ProgramConfig`; its `revision` rises
with every change, and `ConfigCache` keeps it for as long as the revision stays.
"""

from regulars.features.programs.config import ConfigCache, load_config, program_by_code
from regulars.features.programs.credentials import (
    Bearer,
    bearer_of_api_key,
    issue_api_key,
    issue_write_key,
    note_use,
    source_by_write_key,
)
from regulars.features.programs.model import PointType, ProgramConfig, Source
from regulars.features.programs.policy import Debt, Expiry, Pending, PointTypePolicy
from regulars.features.programs.store import select_revision

__all__ = [
    "Bearer",
    "ConfigCache",
    "Debt",
    "Expiry",
    "Pending",
    "PointType",
    "PointTypePolicy",
    "ProgramConfig",
    "Source",
    "bearer_of_api_key",
    "issue_api_key",
    "issue_write_key",
    "load_config",
    "note_use",
    "program_by_code",
    "select_revision",
    "source_by_write_key",
]
