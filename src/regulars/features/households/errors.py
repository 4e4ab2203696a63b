"""What households refuse."""

from __future__ import annotations

from regulars.infra.db import map_constraint
from regulars.kit.errors import Conflict, Forbidden, Invalid, NotFound


class UnknownHousehold(NotFound):
    """There is no such household."""


class NotInHousehold(NotFound):
    """This member is in no household, or not in this one."""


class InHouseholdAlready(Conflict):
    """This member is in a household already; one leaves the old one first."""


class HeadOnly(Forbidden):
    """Only a head of the household may do this."""


class LastHead(Conflict):
    """A household needs a head: make another member the head first, or dissolve it."""


class HouseholdFull(Conflict):
    """The household has as many members as one may have; `limit` says how many."""


class UnknownInvitation(NotFound):
    """This invitation does not exist, is over, or was accepted."""


class InvitationNotYours(Forbidden):
    """This invitation is for somebody else."""


class InvalidHousehold(Invalid):
    """What is asked for is not valid; errors[] says where and what to write instead."""


map_constraint("households_person_in_one_household", InHouseholdAlready)
