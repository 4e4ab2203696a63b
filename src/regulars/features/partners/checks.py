"""What terms and agreements must be like, beyond their shape."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from itertools import combinations
from typing import Any, TypeVar

import msgspec

from regulars.features.partners.errors import TermsInvalid
from regulars.features.partners.model import Agreement, Bank, Fee, Rate, Terms
from regulars.kit.errors import FieldError
from regulars.kit.money import exact_minor
from regulars.kit.shapes import shape_error

T = TypeVar("T")

_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_BIC = re.compile(r"[A-Z]{6}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_ACCOUNT = re.compile(r"house|(?:partner|campaign):[a-z0-9][a-z0-9_-]{0,62}")
_CODE = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
# Decimals of a price: a millionth of a cent a point is finer than any contract.
DECIMALS_MAX = 8
RATE_MAX = Decimal(10**9)
CAPS_MAX = 10


def convert(raw: Any, shape: type[T]) -> T:
    """Return plain data as `shape`. Raises TermsInvalid with the path of what is wrong."""
    try:
        return msgspec.convert(raw, shape, strict=True)
    except msgspec.ValidationError as mistake:
        raise TermsInvalid(errors=[shape_error(mistake, shape)]) from mistake


def check_terms(terms: Terms, point_types: Mapping[str, str | None], partner: str, decimals: int) -> None:
    """Refuse terms that cannot be: `point_types` maps each point type to the partner whose own it is (or None);
    `decimals` of the program's money.
    """
    errors = [error for place, rate in enumerate(terms.rates) for error in _rate(rate, f"rates[{place}]")]
    errors += [
        FieldError(f"rates[{place}].point_type", "unknown_point_type", "The program has no such point type.")
        for place, rate in enumerate(terms.rates)
        if rate.point_type not in point_types
    ]
    errors += [
        FieldError(f"rates[{second}]", "overlaps", f"rates[{first}] holds for some of the same days.")
        for (first, one), (second, other) in combinations(enumerate(terms.rates), 2)
        if (one.point_type, one.direction) == (other.point_type, other.direction) and _overlap(one, other)
    ]
    errors += [
        error for place, fee in enumerate(terms.fees) for error in _fee(fee, f"fees[{place}]", decimals)
    ]
    if len({fee.code for fee in terms.fees}) != len(terms.fees):
        errors.append(FieldError("fees", "named_twice", "A code occurs twice."))
    for place, taken in enumerate(terms.accepts):
        owner = point_types.get(taken.point_type)
        if owner is None or owner == partner:
            message = "Name points that are another partner's own: everybody takes the program's points."
            errors.append(FieldError(f"accepts[{place}].point_type", "not_another_partner_s", message))
        if not 0 < taken.rate <= 100:
            errors.append(
                FieldError(f"accepts[{place}].rate", "out_of_range", "Write more than 0, at most 100.")
            )
    if not 0 <= terms.due_days <= 365:
        errors.append(FieldError("due_days", "out_of_range", "Write 0 to 365 days."))
    if terms.tolerance.points < 0 or terms.tolerance.amount < 0 or not 0 <= terms.tolerance.days <= 31:
        errors.append(FieldError("tolerance", "out_of_range", "Write nothing negative, and at most 31 days."))
    errors += _bank(terms.bank, "bank")
    if errors:
        raise TermsInvalid(errors=errors)


def check_bank(bank: Bank | None, path: str = "bank") -> None:
    """Refuse a bank account whose numbers cannot be right."""
    errors = _bank(bank, path)
    if errors:
        raise TermsInvalid(errors=errors)


def check_agreement(
    one: Agreement, point_types: Collection[str], partners: Collection[str], others: Iterable[Agreement]
) -> None:
    """Refuse an agreement that cannot be; `others` are those it would live beside."""
    errors = []
    if not _CODE.fullmatch(one.code):
        errors.append(FieldError("code", "not_a_code", "Write lower case letters, digits, - and _."))
    if one.account == "house" or not _ACCOUNT.fullmatch(one.account):
        errors.append(FieldError("account", "unknown_account", "Write partner:<code> or campaign:<code>."))
    if one.point_type not in point_types:
        errors.append(FieldError("point_type", "unknown_point_type", "The program has no such point type."))
    if one.payer not in partners:
        errors.append(FieldError("payer", "unknown_partner", "The program has no partner with this code."))
    kind, _, owner = one.account.partition(":")
    if kind == "partner" and one.payer != owner:
        errors.append(FieldError("payer", "not_its_own", "A partner's own account is paid by that partner."))
    if not _ACCOUNT.fullmatch(one.fallback) or (
        one.fallback.startswith("partner:") and one.fallback.partition(":")[2] not in partners
    ):
        errors.append(
            FieldError("fallback", "unknown_account", "Write house, partner:<code> or campaign:<code>.")
        )
    if len(one.caps) > CAPS_MAX or len({cap.period for cap in one.caps}) != len(one.caps):
        errors.append(FieldError("caps", "named_twice", "Write one cap a period."))
    if any(cap.points < 0 for cap in one.caps):
        errors.append(FieldError("caps", "negative", "A cap is 0 or more smallest units."))
    errors += _modes(one)
    if one.valid_from and one.valid_until and one.valid_from >= one.valid_until:
        errors.append(FieldError("valid_until", "not_after", "Write a day after valid_from."))
    if not errors and _circle(one, others):
        errors.append(FieldError("fallback", "circle", "The fallbacks lead back here; end them with house."))
    if errors:
        raise TermsInvalid(errors=errors)


def _modes(one: Agreement) -> list[FieldError]:
    errors = []
    if one.mode == "prepaid" and one.basis != "issue":
        errors.append(FieldError("basis", "not_on_issue", "A block is drawn on when points are issued."))
    if one.mode == "postpaid" and (one.reserve or one.reorder_at is not None):
        errors.append(
            FieldError("reserve", "not_prepaid", "Only a block has a reserve and is ordered again.")
        )
    if one.reserve < 0 or (one.reorder_at or 0) < 0:
        errors.append(FieldError("reserve", "negative", "Write 0 or more smallest units."))
    return errors


def _circle(one: Agreement, others: Iterable[Agreement]) -> bool:
    after = {other.account: other.fallback for other in others if other.point_type == one.point_type}
    after[one.account] = one.fallback
    seen, here = set(), one.account
    while here in after:
        if here in seen:
            return True
        seen.add(here)
        here = after[here]
    return False


def _rate(rate: Rate, path: str) -> list[FieldError]:
    errors = []
    if (rate.per_point is None) == (rate.percent is None):
        errors.append(FieldError(path, "which_price", "Write per_point or percent, one of them."))
    for name in ("per_point", "percent"):
        errors += _number(getattr(rate, name), f"{path}.{name}")
    if rate.since and rate.until and rate.since >= rate.until:
        errors.append(FieldError(f"{path}.until", "not_after", "Write a day after since."))
    return errors


def _fee(fee: Fee, path: str, decimals: int) -> list[FieldError]:
    said = [fee.amount, fee.per_line, fee.percent, fee.percent_of_sales]
    errors = [error for value in said for error in _number(value, path)]
    if fee.amount is not None and not errors:
        try:
            exact_minor(fee.amount, decimals)
        except ValueError as mistake:
            errors.append(FieldError(f"{path}.amount", "too_fine", str(mistake)))
    if sum(value is not None for value in said) != 1:
        errors.append(
            FieldError(path, "which_fee", "Write one of amount, per_line, percent and percent_of_sales.")
        )
    if not _CODE.fullmatch(fee.code):
        errors.append(FieldError(f"{path}.code", "not_a_code", "Write lower case letters, digits, - and _."))
    return errors


def _number(value: Decimal | None, path: str) -> list[FieldError]:
    if value is None:
        return []
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or not 0 <= value <= RATE_MAX or -exponent > DECIMALS_MAX:
        return [FieldError(path, "out_of_range", f"Write 0 or more, with at most {DECIMALS_MAX} decimals.")]
    return []


def _overlap(one: Rate, other: Rate) -> bool:
    return (one.since is None or other.until is None or one.since < other.until) and (
        other.since is None or one.until is None or other.since < one.until
    )


def _bank(bank: Bank | None, path: str) -> list[FieldError]:
    if bank is None:
        return []
    errors = []
    if not 0 < len(bank.holder.strip()) <= 70:
        errors.append(FieldError(f"{path}.holder", "not_a_name", "Write a name of 1 to 70 letters."))
    if not iban_is_valid(bank.iban):
        errors.append(FieldError(f"{path}.iban", "not_an_iban", "The IBAN's check digits are not right."))
    if bank.bic and not _BIC.fullmatch(bank.bic):
        errors.append(FieldError(f"{path}.bic", "not_a_bic", "Write 8 or 11 characters."))
    return errors


def iban_is_valid(iban: str) -> bool:
    """Return whether the check digits of an IBAN without blanks are right (ISO 13616: modulo 97 is 1)."""
    if not _IBAN.fullmatch(iban):
        return False
    moved = iban[4:] + iban[:4]
    return int("".join(str(int(letter, 36)) for letter in moved)) % 97 == 1
