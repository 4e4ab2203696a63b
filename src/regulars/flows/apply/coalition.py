"""Terms of partners and funding agreements in a program's document: read, written, put."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from regulars.core.ledger import open_accounts
from regulars.features.partners import (
    Agreement,
    Known,
    Terms,
    UnknownAgreement,
    convert,
    delete_terms,
    put_agreement,
    put_terms,
    select_agreements,
    select_terms,
    update_agreement_archived,
)
from regulars.features.programs import ProgramConfig
from regulars.flows.apply.document import Document, ProgramDocumentInvalid
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError, Rejected
from regulars.kit.money import exponent

Plain = dict[str, Any]


def plain_coalition(document: Document) -> Plain:
    """Return the sections terms and funding of a document as `export_program` writes them, where they are there."""
    plain: Plain = {}
    if document.terms is not None:
        plain["terms"] = {code: _terms(code, raw) for code, raw in document.terms.items()}
    if document.funding is not None:
        plain["funding"] = [
            plain_agreement(_read(f"funding[{place}]", raw, Agreement))
            for place, raw in enumerate(document.funding)
        ]
    return plain


async def exported_coalition(tx: Transaction, config: ProgramConfig) -> Plain:
    """Return the terms of living partners and the agreements in force."""
    codes = {one.id: one.code for one in config.partners.values() if one.archived_at is None}
    terms = {codes[n]: one for n, one in (await select_terms(tx, config.id)).items() if n in codes}
    agreements = await select_agreements(tx, config.id)
    return {
        "terms": {code: plain_terms(one) for code, one in sorted(terms.items()) if one != Terms()},
        "funding": [plain_agreement(one.agreement) for one in agreements if not one.archived],
    }


def plain_terms(terms: Terms) -> Plain:
    """Return terms as they are written: defaults left out, amounts as exact text."""
    plain: Plain = _tidy(msgspec.to_builtins(terms))
    return plain


def plain_agreement(one: Agreement) -> Plain:
    """Return an agreement as it is written; a payer that goes without saying is left out."""
    if one.payer == one.account.removeprefix("partner:"):
        one = msgspec.structs.replace(one, payer="")
    plain: Plain = _tidy(msgspec.to_builtins(one))
    defaults = {field.name: field.default for field in msgspec.structs.fields(one)}
    return {name: value for name, value in plain.items() if value != defaults[name]}


async def put_partner_terms(
    tx: Transaction, config: ProgramConfig, code: str, raw: Plain, now: datetime
) -> None:
    """Write a partner's terms."""
    await put_terms(tx, known_of(config), code, convert(_exact(raw), Terms), now)


async def put_funding_agreement(tx: Transaction, config: ProgramConfig, raw: Plain, now: datetime) -> None:
    """Make or change an agreement, and open the accounts it names."""
    live = await put_agreement(tx, known_of(config), convert(_exact(raw), Agreement), now)
    named = {live.agreement.account, live.agreement.fallback} - {"house"}
    await open_accounts(tx, config.id, live.point_type_id, sorted(named))


async def end_terms(tx: Transaction, config: ProgramConfig, code: str) -> None:
    """Forget a partner's terms."""
    await delete_terms(tx, config.id, config.partners[code].id)


async def end_agreement(tx: Transaction, config: ProgramConfig, code: str, now: datetime) -> None:
    """End an agreement: its account funds nothing any more."""
    if not await update_agreement_archived(tx, config.id, code, now):
        raise UnknownAgreement


def known_of(config: ProgramConfig) -> Known:
    """Return what of a program terms and agreements may name."""
    return Known(
        config.id,
        {one.code: (one.id, one.partner) for one in config.point_types.values() if one.archived_at is None},
        {one.code: one.id for one in config.partners.values() if one.archived_at is None},
        exponent(config.currency),
    )


def _terms(code: str, raw: Plain) -> Plain:
    return plain_terms(_read(f"terms[{code}]", raw, Terms))


def _read(path: str, raw: Plain, shape: type[Any]) -> Any:
    try:
        return convert(_exact(raw), shape)
    except Rejected as refusal:
        errors = [
            FieldError(f"{path}.{one.path}" if one.path else path, one.code, one.message)
            for one in refusal.errors
        ]
        raise ProgramDocumentInvalid(errors=errors) from refusal


def _exact(value: Any) -> Any:
    """Return plain data with exact numbers as text: `0.01` and "0.01" in a file mean the same."""
    if isinstance(value, dict):
        return {name: _exact(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_exact(one) for one in value]
    return format(value, "f") if isinstance(value, Decimal) else value


def _tidy(value: Any) -> Any:
    """Return plain data with tuples as lists."""
    if isinstance(value, dict):
        return {name: _tidy(one) for name, one in value.items()}
    return [_tidy(one) for one in value] if isinstance(value, list | tuple) else value
