"""What members refuse."""

from __future__ import annotations

from regulars.infra.db import map_constraint
from regulars.kit.errors import Conflict, Invalid, NotFound


class UnknownMember(NotFound):
    """The program has no such member."""


class UnknownAttribute(NotFound):
    """The program has no attribute of this name."""


class UnknownMerge(NotFound):
    """There is no such merge."""


class MemberExists(Conflict):
    """One of these identifiers belongs to a member already."""


class IdentifierTaken(Conflict):
    """This identifier belongs to another member of the program."""


class MemberErased(Conflict):
    """This member has been erased."""


class MemberNamed(Conflict):
    """This member is known by more than a browser; let a person say that the two are one."""


class MemberMerged(Conflict):
    """This member has been merged into another one."""


class SameMember(Conflict):
    """These are one and the same member."""


class MergeUndone(Conflict):
    """This merge has been undone already."""


class MergeNotLatest(Conflict):
    """The member who took over has been merged or erased since; undo that first."""


class TooManyAttributes(Conflict):
    """The program has as many attributes as it can have."""


class InvalidMember(Invalid):
    """What is said about the member is not valid; errors[] says where and what to write instead."""


map_constraint("members_identifier_once", IdentifierTaken)
