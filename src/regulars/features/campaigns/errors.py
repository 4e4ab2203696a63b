"""What campaigns refuse."""

from __future__ import annotations

from regulars.infra.db import map_constraint
from regulars.kit.errors import Conflict, Invalid, NotFound, PreconditionFailed


class UnknownCampaign(NotFound):
    """The program has no campaign with this code."""


class CampaignExists(Conflict):
    """There is a campaign with this code already; choose another one."""


class CampaignChanged(PreconditionFailed):
    """The campaign has been changed since you read it; read it again."""


class InvalidCampaign(Invalid):
    """The campaign is not valid; errors[] says where and what to write instead."""


class CampaignIncomplete(Invalid):
    """Before a campaign is proposed it needs what errors[] names."""


class StepNotAllowed(Conflict):
    """A campaign does not take this step from where it is; `allowed` says which steps it can take."""


class TemplateStays(Conflict):
    """A template is never carried out: copy it, and let the copy begin."""


class BudgetApproved(Conflict):
    """More than `approved` was not approved. Take the campaign back to draft, and propose it again."""


class UnknownActivity(NotFound):
    """The campaign has no such activity."""


class InvalidActivity(Invalid):
    """The activity is not valid; errors[] says where and what to write instead."""


class ActivityChanged(PreconditionFailed):
    """The activity has been changed since you read it; read it again."""


class ActivityDone(Conflict):
    """The activity is completed. Open it again to change it."""


class UnknownMarketingList(NotFound):
    """The program has no marketing list with this code."""


class InvalidMarketingList(Invalid):
    """The marketing list is not valid; errors[] says where and what to write instead."""


class InvalidNote(Invalid):
    """The note is not valid; errors[] says what to write instead."""


class MarketingListChanged(PreconditionFailed):
    """The marketing list has been changed since you read it; read it again."""


map_constraint("campaigns_campaign_life_cycle", StepNotAllowed)
