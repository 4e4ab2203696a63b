"""Programs: many in one installation, each with its partners, stores, sources, point types and keys.

Tables owned: schema `programs`. A program's configuration is read as one frozen `ProgramConfig`; its `revision` rises
with every change, and `ConfigCache` keeps it for as long as the revision stays.
"""

from regulars.features.programs.api import router
from regulars.features.programs.api_keys import key_answer
from regulars.features.programs.bodies import (
    IssuedAnswer,
    KeyAnswer,
    RotateBody,
    SourceAnswer,
    StoreAnswer,
    WriteKeyBody,
)
from regulars.features.programs.config import ConfigCache, load_config, program_by_code
from regulars.features.programs.configure import (
    archive_partner,
    archive_point_type,
    archive_program,
    archive_store,
    change_program,
    create_program,
    disable_source,
    put_partner,
    put_point_type,
    put_source,
    put_stores,
    sign_source,
    unsign_source,
    version_of,
)
from regulars.features.programs.credential_store import Credential
from regulars.features.programs.credentials import (
    Bearer,
    Issued,
    bearer_of_api_key,
    issue_api_key,
    issue_write_key,
    list_keys,
    note_uses,
    revoke_key,
    rotate_key,
    source_by_key_hash,
    source_by_write_key,
)
from regulars.features.programs.directory import ProgramDirectory
from regulars.features.programs.errors import (
    InvalidKey,
    UnknownKey,
    UnknownProgram,
    UnknownSource,
    UnknownStore,
)
from regulars.features.programs.keys import hash_key, write_key_parts
from regulars.features.programs.model import PointType, ProgramConfig, ProgramSettings, Source, Store
from regulars.features.programs.policy import Debt, Expiry, Pending, PointTypePolicy, parse_policy
from regulars.features.programs.store import SIGNING_SECRET, list_programs, select_revision
from regulars.features.programs.terms import end_day, expires_at, terms_of, wallet_terms
from regulars.features.programs.tills import wrong_at_till

__all__ = [
    "SEALED",
    "Bearer",
    "ConfigCache",
    "Credential",
    "Debt",
    "Expiry",
    "InvalidKey",
    "Issued",
    "IssuedAnswer",
    "KeyAnswer",
    "Pending",
    "PointType",
    "PointTypePolicy",
    "ProgramConfig",
    "ProgramDirectory",
    "ProgramSettings",
    "RotateBody",
    "Source",
    "SourceAnswer",
    "Store",
    "StoreAnswer",
    "UnknownKey",
    "UnknownProgram",
    "UnknownSource",
    "UnknownStore",
    "WriteKeyBody",
    "archive_partner",
    "archive_point_type",
    "archive_program",
    "archive_store",
    "bearer_of_api_key",
    "change_program",
    "create_program",
    "disable_source",
    "end_day",
    "expires_at",
    "hash_key",
    "issue_api_key",
    "issue_write_key",
    "key_answer",
    "list_keys",
    "list_programs",
    "load_config",
    "note_uses",
    "parse_policy",
    "program_by_code",
    "put_partner",
    "put_point_type",
    "put_source",
    "put_stores",
    "revoke_key",
    "rotate_key",
    "router",
    "select_revision",
    "sign_source",
    "source_by_key_hash",
    "source_by_write_key",
    "terms_of",
    "unsign_source",
    "version_of",
    "wallet_terms",
    "write_key_parts",
    "wrong_at_till",
]

# Columns whose values are sealed.
SEALED = (SIGNING_SECRET,)
