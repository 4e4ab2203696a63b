"""Points and money as the command line says and hears them: people read and write the decimals of their type or
currency; machines read the smallest units, which the API has, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import typer

from regulars.app.output import Output
from regulars.features.programs import ProgramConfig
from regulars.kit.money import Minor, exact_minor, exponent
from regulars.kit.points import Points, parse_points


class Amounts:
    """Says and reads the amounts of one program. What there is none of (None) is said as nothing."""

    def __init__(self, config: ProgramConfig, output: Output) -> None:
        """Take the point types and the currency of a program, and who reads it."""
        self.currency = config.currency
        self._scales = {code: one.scale for code, one in config.point_types.items()}
        self._first = config.redeemable.code if config.redeemable else ""
        self._plain = output.json

    def points(self, units: int | None, point_type: str | None = None, sign: str = "") -> int | str:
        """Return points of a type (None = the program's first redeemable one); with the `sign` + that of gains, too."""
        return self._said(units, self.scale(point_type), sign)

    def scale(self, point_type: str | None) -> int:
        """Return the decimals of a point type (None = the program's first redeemable one); 0 for one that is gone."""
        return self._scales.get(self._first if point_type is None else point_type, 0)

    def money(self, units: int | None, currency: str | None = None) -> int | str:
        """Return money of the program's currency, or of another one."""
        return self._said(units, exponent(currency or self.currency))

    def priced(self, units: int) -> str:
        """Return money with its currency, in a sentence."""
        return f"{self.money(units)} {self.currency}"

    def worth(self, units: Decimal | str | None) -> str:
        """Return money that is exact below the minor unit, too."""
        if units is None:
            return ""
        if self._plain:
            return f"{Decimal(units):f}"
        decimals = exponent(self.currency)
        amount = Decimal(units).scaleb(-decimals)
        finer = amount != round(amount, decimals)
        return f"{amount:f}" if finer else f"{amount:.{decimals}f}"

    def listed(self, points: Mapping[str, int], sign: str = "") -> str:
        """Return points by type in one line."""
        return ", ".join(f"{self.points(units, code, sign)} {code}" for code, units in points.items())

    def units(self, text: str, point_type: str | None = None, hint: str = "POINTS") -> Points:
        """Return points of a type (None = the program's first redeemable one) that a person wrote, in smallest units.
        Refuses with BadParameter of the parameter `hint`.
        """
        if point_type is not None and point_type not in self._scales:
            raise typer.BadParameter(f"the program has no point type {point_type}")
        try:
            return parse_points(text, self.scale(point_type))
        except ValueError as mistake:
            raise typer.BadParameter(str(mistake), param_hint=hint) from None

    def some(self, text: str | None, point_type: str | None = None, hint: str = "--points") -> Points | None:
        """Return points that a person wrote or (None) left out, in smallest units; at least one. Refuses as `units`."""
        if text is None:
            return None
        if (found := self.units(text, point_type, hint)) < 1:
            raise typer.BadParameter("write more than 0", param_hint=hint)
        return found

    def minor(self, text: str, hint: str = "AMOUNT") -> Minor:
        """Return money of the program's currency that a person wrote, in minor units. Refuses with BadParameter of the
        parameter `hint`, also for more decimals than the currency has.
        """
        try:
            return exact_minor(Decimal(text), exponent(self.currency))
        except InvalidOperation:
            raise typer.BadParameter('write money such as "25.00"', param_hint=hint) from None
        except ValueError as mistake:
            raise typer.BadParameter(str(mistake), param_hint=hint) from None

    def _said(self, units: int | None, decimals: int, sign: str = "") -> int | str:
        if units is None:
            return ""
        return units if self._plain else format(Decimal(units).scaleb(-decimals), f"{sign}f")
