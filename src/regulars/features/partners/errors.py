"""What partners refuse."""

from __future__ import annotations

from regulars.infra.db import map_constraint
from regulars.kit.errors import Conflict, Invalid, NotFound


class UnknownPartner(NotFound):
    """The program has no partner with this code."""


class UnknownAgreement(NotFound):
    """The program has no funding agreement with this code."""


class UnknownTemplate(NotFound):
    """The program has no template with this code."""


class UnknownTask(NotFound):
    """There is no such open task."""


class TermsInvalid(Invalid):
    """The terms are not valid; errors[] says where and what to write instead."""


class AccountAgreed(Conflict):
    """Another agreement says already who pays for this account and point type."""


class AgreementFixed(Conflict):
    """Account, point type, payer, mode and basis of an agreement are fixed once made; make another one."""


class PartnerStillPays(Conflict):
    """The partner still pays under a funding agreement; end that (DELETE /funding/{code}), then archive the partner."""


class NotPrepaid(Conflict):
    """Points are bought ahead only under a prepaid agreement."""


class BlockTooSmall(Conflict):
    """The block does not hold as many points any more; `remaining` says how many it holds."""


class BlockEntryKnown(Conflict):
    """This block was bought, or given back, under that reference already; give each part of an order its own."""


map_constraint("partners_agreement_account_once", AccountAgreed)
map_constraint("partners_agreement_payer_lives", PartnerStillPays)
map_constraint("partners_block_entry_reference_once", BlockEntryKnown)
