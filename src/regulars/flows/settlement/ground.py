"""What drawing up knows of a program before it reads the ledger: who pays for which account, at which prices."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from regulars.features.partners import (
    LiveAgreement,
    Price,
    Rate,
    Terms,
    prices_of,
    select_agreements,
    select_terms,
)
from regulars.features.programs import ProgramConfig
from regulars.flows.settlement.queries import queries
from regulars.infra.db import Transaction
from regulars.kit.money import exponent
from regulars.kit.zones import Period, period_bounds

Arrays = dict[str, list[Any]]


class Ground(msgspec.Struct, frozen=True):
    """Terms and prices by partner code, the arrays that the statement of lines asks for, the accounts behind them."""

    terms: dict[str, Terms]
    prices: dict[str, list[Price]]
    arrays: Arrays
    accounts: list[Any]


async def read_ground(tx: Transaction, config: ProgramConfig) -> Ground:
    """Read terms, agreements and accounts of a program: three statements."""
    codes = {one.id: one.code for one in config.partners.values()}
    terms = {codes[number]: one for number, one in (await select_terms(tx, config.id)).items()}
    agreements = await select_agreements(tx, config.id)
    accounts = await tx.all(queries.select_accounts, program_id=config.id)
    prices = {code: _prices(config, code, one) for code, one in terms.items()}
    arrays = {
        **_funders(config, agreements, accounts),
        **_tills(config, accounts),
        **_price_arrays(config, prices),
    }
    return Ground(terms, prices, arrays, accounts)


def _prices(config: ProgramConfig, partner: str, terms: Terms) -> list[Price]:
    """Return the prices of terms; points of another partner without a rate here are taken at what they are worth."""
    scales = {code: one.scale for code, one in config.point_types.items()}
    values = {
        code: Decimal(one.policy.value_minor)
        for code, one in config.point_types.items()
        if one.policy.value_minor is not None
    }
    priced = {rate.point_type for rate in terms.rates if rate.direction == "burn"}
    at_value = [
        Rate(one.point_type, "burn", percent=Decimal(100))
        for one in terms.accepts
        if one.point_type not in priced
    ]
    terms = msgspec.structs.replace(terms, rates=(*terms.rates, *at_value))
    found = prices_of(terms, scales, values, exponent(config.currency))
    accepted = {one.point_type: one.rate for one in terms.accepts}
    return [_as_accepted(config, price, partner, accepted) for price in found]


def _as_accepted(config: ProgramConfig, price: Price, partner: str, accepted: dict[str, Decimal]) -> Price:
    """Points of another partner are paid for at the rate at which they are taken."""
    owner = config.point_types[price.point_type].partner
    if price.direction != "burn" or owner in (None, partner):
        return price
    return msgspec.structs.replace(price, minor=price.minor * accepted.get(price.point_type, Decimal(0)))


def _funders(config: ProgramConfig, agreements: list[LiveAgreement], accounts: list[Any]) -> Arrays:
    """Who pays for what an account funds: the payer of its agreement, else the partner whose account it is."""
    agreed = {(one.agreement.account, one.point_type_id): one for one in agreements}
    arrays: Arrays = {"funder_accounts": [], "funder_partners": [], "prepaid": [], "on_issue": []}
    for number, point_type_id, kind, owner in accounts:
        live = agreed.get((f"{kind}:{owner}", point_type_id))
        if live is not None:
            row = (number, live.payer_id, live.agreement.mode == "prepaid", live.agreement.basis == "issue")
        elif kind == "partner" and owner in config.partners:
            row = (number, config.partners[owner].id, False, True)
        else:
            continue
        for name, value in zip(arrays, row, strict=True):
            arrays[name].append(value)
    return arrays


def _tills(config: ProgramConfig, accounts: list[Any]) -> Arrays:
    """Where points are spent: at a partner, or (no partner) wherever the redemption says."""
    spent = [(n, config.partners[o].id if o else None) for n, _, kind, o in accounts if kind == "spent"]
    owned = [
        (one.id, config.partners[one.partner].id)
        for one in config.point_types.values()
        if one.partner is not None
    ]
    return {
        "till_accounts": [number for number, _ in spent],
        "till_partners": [partner for _, partner in spent],
        "owned_types": [number for number, _ in owned],
        "owners": [partner for _, partner in owned],
    }


def _price_arrays(config: ProgramConfig, prices: dict[str, list[Price]]) -> Arrays:
    rows = [(config.partners[code].id, price) for code, found in prices.items() for price in found]
    return {
        "price_partners": [partner for partner, _ in rows],
        "price_types": [config.point_types[price.point_type].id for _, price in rows],
        "directions": [price.direction for _, price in rows],
        "prices": [format(price.minor, "f") for _, price in rows],
        "since": [price.since for _, price in rows],
        "until": [price.until for _, price in rows],
    }


def days_of(terms: Terms, day: date) -> tuple[date, date]:
    """Return the first day and the first day after of the statement period that holds a day."""
    bounds = period_bounds(Period(terms.period), day)
    return bounds.first, bounds.end
