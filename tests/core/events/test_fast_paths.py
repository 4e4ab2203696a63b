"""The short ways say what the long ways say: lines of plain fields, documents whose place alone has changed."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from regulars.core.events import Event, encode_doc, moved_doc, place_of
from regulars.core.events.admission import Malformed
from regulars.core.events.orders import _any_line, _line

NOON = datetime(2026, 4, 1, 12, tzinfo=UTC)
CODES = st.one_of(st.none(), st.text(max_size=4))
TEXTS = st.one_of(st.text(max_size=3), st.none(), st.integers(-2, 2), st.booleans())
NUMBERS = st.one_of(
    st.none(),
    st.integers(-3, 5),
    st.decimals("-1", "9", places=3),
    st.just("2.50"),
    st.just("x"),
    st.booleans(),
)
LINES = st.fixed_dictionaries(
    {},
    optional={
        **dict.fromkeys(("sku", "product_id", "name", "brand", "category", "variant", "coupon"), TEXTS),
        "quantity": NUMBERS,
        "price": NUMBERS,
        "discount": st.just(Decimal("0.10")),
        "size": st.just("XL"),
    },
)


def _outcome(read: Any, source: dict[str, Any], *place: Any) -> Any:
    try:
        return read(dict(source), 2, *place)
    except Malformed as refused:
        return (refused.code, str(refused), refused.path)


@given(LINES)
def test_a_plain_line_is_read_as_any_line_is(source: dict[str, Any]) -> None:
    assert _outcome(_line, source, "properties.products", 3) == _outcome(
        _any_line, source, "properties.products[3]"
    )


@given(st.tuples(CODES, CODES, CODES, CODES, CODES), st.tuples(CODES, CODES, CODES, CODES))
def test_a_document_is_cut_and_joined_where_only_the_place_is_new(
    before: tuple[str | None, ...], after: tuple[str | None, ...]
) -> None:
    names = ("store", "region", "channel", "partner", "currency")
    event = Event(
        NOON, key="k", type="Order Completed", properties={"a": 1}, **dict(zip(names, before, strict=True))
    )
    moved = msgspec.structs.replace(event, **dict(zip(names, after, strict=False)))
    joined = moved_doc(encode_doc(event), place_of(event), place_of(moved))
    says = [any(code is not None for code in codes) for codes in (before, (*after, before[4]))]
    assert joined == (encode_doc(moved) if all(says) else None)
