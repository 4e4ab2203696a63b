"""The field catalogue: every name a rule may use, what kind it is, and how each backend reads it.

The catalogue is built outside (from a program's attributes, tier sets, point types) and passed in, so that the language
itself knows no table and no struct. A template is text in which `{0}`, `{1}` … stand for `arguments` and `{fact}`
for the
place of the field's fact; Python templates may use `e` (event), `o` (its order or None), `l` (an order line) and
`local` (`LocalTime`); SQL templates may use the jsonb columns `doc`, `line`, `facts` and `local`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

import msgspec

from regulars.core.rules.model import FactSpec, Kind

PROPERTY_DEPTH_MAX = 5
"""Names below `event.properties.`; deeper documents are not for rules."""


class Field(msgspec.Struct, frozen=True):
    """One readable name.

    `scope` is event, line, member or context. `exact` says that both templates yield a value of the kind or None/NULL;
    otherwise the Python template yields any JSON value and the SQL template jsonb, and the kind is checked when read.
    `exponent` is the number of decimals between the stored integer and what people write (2 for euro cents).
    `whole` says that the stored number is always an integer.
    """

    path: str
    kind: Kind
    scope: str
    python: str
    sql: str
    label: str
    exact: bool = False
    exponent: int = 0
    whole: bool = False
    options: tuple[str, ...] = ()
    fact: FactSpec | None = None
    arguments: tuple[str, ...] = ()


def fact_field(
    path: str,
    kind: Kind,
    fact: FactSpec,
    label: str,
    *,
    exponent: int = 0,
    options: tuple[str, ...] = (),
    sql: str = "{fact}",
) -> Field:
    """A member field that is read from the list of facts (or, in SQL, from a column when `sql` names one)."""
    return Field(path, kind, "member", "{fact}", sql, label, False, exponent, False, options, fact)


def property_field(path: str, kind: Kind, label: str = "", options: tuple[str, ...] = ()) -> Field:
    """A custom property of the event: `event.properties.size` or, nested, `event.properties.seat.row`."""
    names = tuple(path.removeprefix("event.properties.").split("."))
    if len(names) == 1:
        python = "e.properties.get({0})"
    else:
        python = "dig(e.properties, " + ", ".join(f"{{{i}}}" for i in range(len(names))) + ")"
    sql = "(doc->'properties'" + "".join(f"->{{{i}}}" for i in range(len(names))) + ")"
    return Field(
        path,
        kind,
        "event",
        python,
        sql,
        label or f"property “{'.'.join(names)}”",
        options=options,
        arguments=names,
    )


class FieldCatalog(msgspec.Struct, frozen=True):
    """Everything outside that a ruleset may refer to.

    `point_types` maps a code to its scale (decimals), `tier_sets` a code to its tiers from lowest to highest. The other
    sets hold known codes; None means that the code is not checked here.
    """

    fields: Mapping[str, Field]
    point_types: Mapping[str, int]
    currency_exponent: int = 2
    currency: str = "EUR"
    tier_sets: Mapping[str, tuple[str, ...]] = {}
    attributes: Mapping[str, Kind] = {}
    campaigns: frozenset[str] | None = None
    partners: frozenset[str] | None = None
    vouchers: frozenset[str] | None = None
    templates: frozenset[str] | None = None
    webhooks: frozenset[str] | None = None
    draws: frozenset[str] | None = None

    def find(self, path: str) -> Field | None:
        """The field of that path; an undeclared `event.properties.…` has the kind ANY until it is compared."""
        found = self.fields.get(path)
        if found is not None or not path.startswith("event.properties."):
            return found
        names = path.split(".")[2:]
        if not all(names) or len(names) > PROPERTY_DEPTH_MAX:
            return None
        return property_field(path, Kind.ANY)

    def nearest(self, path: str) -> str | None:
        """The known field whose name looks most like `path`, for "did you mean"."""
        close = difflib.get_close_matches(path, self.fields, n=1, cutoff=0.5)
        return close[0] if close else None


def field_map(fields: Iterable[Field]) -> dict[str, Field]:
    """Fields by path; a later row replaces an earlier one of the same path."""
    return {field.path: field for field in fields}
