"""What settlement refuses."""

from __future__ import annotations

from regulars.infra.db import map_constraint
from regulars.kit.errors import Conflict, Invalid, NotFound


class UnknownStatement(NotFound):
    """There is no such statement."""


class UnknownDispute(NotFound):
    """There is no such dispute."""


class UnknownNetting(NotFound):
    """There is no such netting."""


class StatementNotReady(Conflict):
    """The statement is not in a state for this; `status` says in which it is."""


class PeriodNotOver(Conflict):
    """The period of the statement is not over; issue it from `end_day` on."""


class NotIssued(Conflict):
    """Nothing of this statement is for the books before it is issued; `status` says what it is."""


class UnknownVersion(NotFound):
    """The statement has no such version; `latest` says how many there are."""


class DaysNotOver(Conflict):
    """What is issued or paid later on these days would be missing; write an `until` that is at most `today`."""


class StillDisputed(Conflict):
    """Somebody disputes lines of this statement; close the disputes first."""


class DisputeClosed(Conflict):
    """This dispute is closed; open another one."""


class DisputeOpen(Conflict):
    """There is an open dispute about this already."""


class NothingToNet(Conflict):
    """No agreed statement waits to be settled."""


class AlreadyPaid(Conflict):
    """This netting is paid already."""


class BankMissing(Conflict):
    """A payer or payee has no bank account in its terms: `parties` says which."""


class UploadInvalid(Invalid):
    """The file cannot be read; errors[] says which line and what to write instead."""


map_constraint("settlement_dispute_open_once", DisputeOpen)
