"""What approvals refuse."""

from __future__ import annotations

from regulars.infra.db import map_constraint
from regulars.kit.errors import ApprovalNeeded, Conflict, Forbidden, NotFound


class UnknownApproval(NotFound):
    """Nothing like this waits, or ever waited, for approval here."""


class SelfApproval(Forbidden):
    """Somebody else has to decide what you asked for."""


class PersonNeeded(Forbidden):
    """A person decides, signed in; an API key cannot."""


class NotYours(Forbidden):
    """Only whoever asked can withdraw it."""


class AlreadyDecided(Conflict):
    """This was decided already, or has expired; `became` says which."""


class ApprovalVoid(Conflict):
    """What was to be approved has changed since; it has to be asked for again."""


map_constraint("approval_needed", ApprovalNeeded)
map_constraint("approval_request_another_person", SelfApproval)
