"""Making and changing terms and agreements. Whoever does it for a program also gives its configuration the next
revision, so that awards see the new agreements with their next batch.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

import msgspec

from regulars.features.partners import store
from regulars.features.partners.checks import check_agreement, check_bank, check_terms
from regulars.features.partners.errors import AgreementFixed, UnknownPartner
from regulars.features.partners.model import Agreement, LiveAgreement, Terms, Treasury
from regulars.infra.db import Transaction


class Known(msgspec.Struct, frozen=True):
    """What of a program its terms may name: point types by code (id, whose own they are), partners by code.

    `decimals` = those of its money.
    """

    program_id: int
    point_types: Mapping[str, tuple[int, str | None]]
    partners: Mapping[str, int]
    decimals: int

    def partner_id(self, code: str) -> int:
        """Return the id of a partner. Refuses with UnknownPartner."""
        if code not in self.partners:
            raise UnknownPartner
        return self.partners[code]


async def put_terms(tx: Transaction, known: Known, partner: str, terms: Terms, now: datetime) -> None:
    """Write a partner's terms. Refuses with UnknownPartner and TermsInvalid."""
    partner_id = known.partner_id(partner)
    owners = {code: owner for code, (_, owner) in known.point_types.items()}
    check_terms(terms, owners, partner, known.decimals)
    await store.upsert_terms(tx, known.program_id, partner_id, terms, now)


async def put_treasury(tx: Transaction, program_id: int, treasury: Treasury, now: datetime) -> None:
    """Write the program's own side of settlement. Refuses with TermsInvalid."""
    check_bank(treasury.bank)
    await store.upsert_treasury(tx, program_id, treasury, now)


async def put_agreement(tx: Transaction, known: Known, one: Agreement, now: datetime) -> LiveAgreement:
    """Make an agreement or change its caps, fallback, reserve, reorder level or validity.

    Refuses with TermsInvalid, AccountAgreed, and AgreementFixed for what was billed by it.
    """
    await store.lock_agreements(tx, known.program_id)
    one = one if one.payer else msgspec.structs.replace(one, payer=one.account.partition(":")[2])
    living = {live.agreement.code: live for live in await store.select_agreements(tx, known.program_id)}
    others = [live.agreement for code, live in living.items() if code != one.code]
    check_agreement(one, known.point_types, known.partners, others)
    before = living.get(one.code)
    if before is not None and _fixed(before.agreement) != _fixed(one):
        raise AgreementFixed
    point_type_id, _ = known.point_types[one.point_type]
    payer_id = known.partners[one.payer]
    number = await store.upsert_agreement(tx, known.program_id, one, point_type_id, payer_id, now)
    return LiveAgreement(number, one, point_type_id, payer_id, before.bought if before else 0)


def _fixed(one: Agreement) -> tuple[str, ...]:
    return (one.account, one.point_type, one.payer, one.mode, one.basis)
