"""What programs refuse."""

from __future__ import annotations

from regulars.infra.db import map_constraint
from regulars.kit.errors import Conflict, Invalid, NotFound, Unauthenticated


class UnknownProgram(NotFound):
    """There is no program with this code."""


class UnknownPartner(NotFound):
    """The program has no partner with this code."""


class UnknownStore(NotFound):
    """The program has no store with this code."""


class UnknownSource(NotFound):
    """The program has no source with this code."""


class UnknownPointType(NotFound):
    """The program has no point type with this code."""


class UnknownKey(NotFound):
    """There is no such key."""


class ProgramArchived(Conflict):
    """The program is archived; nothing in it can be changed."""


class ProgramExists(Conflict):
    """There is already a program with this code."""


class TooManyLiveKeys(Conflict):
    """Two live keys of one name are the limit, so that one can replace the other; revoke one first."""


class TooManyPointTypes(Conflict):
    """A program has 64 point types at the most, archived ones included."""


class FixedOnceMade(Conflict):
    """This cannot be changed once it is made, because balances or events already depend on it."""


class StillInUse(Conflict):
    """Something of the program still refers to it; archive that first."""


class InvalidConfiguration(Invalid):
    """The configuration is not valid; errors[] says where and what to write instead."""


class InvalidKey(Unauthenticated):
    """The key is unknown, expired or revoked."""


class ApiKeyNeeded(Unauthenticated):
    """This is a write key, which only sends events; an API key (ak_…) is needed here: `regulars keys issue`."""


map_constraint("programs_program_code_once", ProgramExists)
