"""Terms of partners and funding agreements in a program's document: read, written, put. Caps, reserves and levels of
agreements are points in points.
"""

from __future__ import annotations

from collections.abc import Callable
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
from regulars.flows.apply.rewards import scale_in
from regulars.flows.apply.wording import Plain, plain_points, points_of
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError, Rejected
from regulars.kit.money import exponent

Scale = Callable[[str | None], int]


def plain_coalition(document: Document, scale: Scale) -> Plain:
    """Return the sections terms and funding of a document as `export_program` writes them, where they are there."""
    plain: Plain = {}
    if document.terms is not None:
        plain["terms"] = {code: _terms(code, raw) for code, raw in document.terms.items()}
    if document.funding is not None:
        plain["funding"] = [
            plain_agreement(_read(path, in_units(raw, path, scale), Agreement), scale)
            for path, raw in ((f"funding[{place}]", raw) for place, raw in enumerate(document.funding))
        ]
    return plain


async def exported_coalition(tx: Transaction, config: ProgramConfig, scale: Scale) -> Plain:
    """Return the terms of living partners and the agreements in force."""
    codes = {one.id: one.code for one in config.partners.values() if one.archived_at is None}
    terms = {codes[n]: one for n, one in (await select_terms(tx, config.id)).items() if n in codes}
    agreements = await select_agreements(tx, config.id)
    return {
        "terms": {code: plain_terms(one) for code, one in sorted(terms.items()) if one != Terms()},
        "funding": [plain_agreement(one.agreement, scale) for one in agreements if not one.archived],
    }


def plain_terms(terms: Terms) -> Plain:
    """Return terms as they are written: defaults left out, amounts as exact text."""
    plain: Plain = _tidy(msgspec.to_builtins(terms))
    return plain


def in_units(raw: Plain, path: str, scale: Scale) -> Plain:
    """Return an agreement that a person wrote, points in points, with smallest units. Raises ProgramDocumentInvalid."""
    code = raw.get("point_type")
    decimals = scale(code if isinstance(code, str) else None)
    points = {
        name: points_of(raw[name], f"{path}.{name}", decimals)
        for name in ("reserve", "reorder_at")
        if raw.get(name) is not None
    }
    if not isinstance(raw.get("caps"), list | tuple):
        return raw | points
    caps = [
        cap | {"points": points_of(cap["points"], f"{path}.caps[{place}].points", decimals)}
        if isinstance(cap, dict) and "points" in cap
        else cap
        for place, cap in enumerate(raw["caps"])
    ]
    return raw | points | {"caps": caps}


def plain_agreement(one: Agreement, scale: Scale) -> Plain:
    """Return an agreement as it is written; a payer that goes without saying is left out."""
    if one.payer == one.account.removeprefix("partner:"):
        one = msgspec.structs.replace(one, payer="")
    plain: Plain = _tidy(msgspec.to_builtins(one))
    defaults = {field.name: field.default for field in msgspec.structs.fields(one)}
    said = {name: value for name, value in plain.items() if value != defaults[name]}
    decimals = scale(one.point_type)
    for part, name in [
        (said, "reserve"),
        (said, "reorder_at"),
        *((cap, "points") for cap in said.get("caps", ())),
    ]:
        if name in part:
            part[name] = plain_points(part[name], decimals)
    return said


async def put_partner_terms(
    tx: Transaction, config: ProgramConfig, code: str, raw: Plain, now: datetime
) -> None:
    """Write a partner's terms."""
    await put_terms(tx, known_of(config), code, convert(_exact(raw), Terms), now)


async def put_funding_agreement(tx: Transaction, config: ProgramConfig, raw: Plain, now: datetime) -> None:
    """Make or change an agreement, and open the accounts it names."""
    agreement = convert(_exact(in_units(raw, "", scale_in(Document(), config))), Agreement)
    live = await put_agreement(tx, known_of(config), agreement, now)
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
