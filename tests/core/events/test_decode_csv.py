"""Events in CSV files."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from regulars.core.events import Event, Malformed, Origin, Rejection, decode_csv

NOW = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)


def decoded(text: str) -> list[Event | Rejection]:
    return list(decode_csv(text.strip("\n").splitlines(keepends=True), Origin(), NOW))


def test_rows_of_one_order_are_its_lines() -> None:
    found = decoded(
        """
\ufeffid,type,occurred_at,card,order_id,total,sku,quantity,price,property.till
e1,,2026-03-01T09:00:00Z,77,o1,27.50,A,2,3.00,t1
e1,,,,o1,,B,1,21.50,
e2,Order Completed,2026-03-01T10:00:00Z,78,o2,5,C,,5,
e3,Coffee Tasted,2026-03-01T10:00:00Z,78,,,,,,t2
"""
    )
    first, second, third = found
    assert isinstance(first, Event)
    assert isinstance(second, Event)
    assert isinstance(third, Event)
    assert (first.type, first.key, first.identifiers) == ("Order Completed", "e1", {"card": "77"})
    assert first.order is not None
    assert second.order is not None
    assert [(line.sku, line.quantity, line.price) for line in first.order.lines] == [
        ("A", 2, 300),
        ("B", 1, 2150),
    ]
    assert first.order.amount == 2750
    assert first.properties == {"till": "t1"}
    assert second.order.lines[0].amount == 500
    assert (third.type, third.order, third.properties) == ("Coffee Tasted", None, {"till": "t2"})


def test_rows_that_are_wrong_do_not_spoil_the_others() -> None:
    found = decoded(
        """
type,user_id,order_id,total
Order Completed,u1,o1,5
Order Completed,u1,o2
Order Completed,,o3,5
Order Completed,u1,o4,-5

Order Completed,u1,o5,5
"""
    )
    assert [item.index for item in found if isinstance(item, Rejection)] == [3, 4, 5]
    orders = [item.order for item in found if isinstance(item, Event)]
    assert [order.order_id for order in orders if order] == ["o1", "o5"]
    third = found[2]
    assert isinstance(third, Rejection)
    assert (third.code, third.path) == ("missing_field", "member")


def test_an_order_with_an_unreadable_line_is_not_half_taken() -> None:
    found = decoded("id,user_id,order_id,sku,price\ne1,u,o1,A,1\ne1,u,o1,B\ne1,u,o1,C,1\ne2,u,o2,A,1\n")
    assert [item.key if isinstance(item, Event) else (item.key, item.code) for item in found] == [
        ("", "malformed_row"),
        ("e1", "malformed_row"),
        "e2",
    ]


@pytest.mark.parametrize(
    ("header", "code"),
    [
        (",", "unknown_column"),
        ("type", "missing_field"),
        ("user_id,total", "missing_field"),
        ("type,user_id,colour", "unknown_column"),
        ("type,user_id,user_id", "unknown_column"),
        ("type,user_id,property.", "unknown_column"),
    ],
)
def test_headers_that_cannot_be_read(header: str, code: str) -> None:
    with pytest.raises(Malformed) as refused:
        decoded(header + "\nx")
    assert refused.value.code == code


def test_a_cell_that_swallowed_the_file() -> None:
    found = decoded('type,user_id\nA,"' + "x" * 200_000)
    assert [type(item) for item in found] == [Rejection]
    assert decoded('type,user_id\nA,"u"x\nB,u2')[-1].__class__ is Event


def test_what_is_wrong_is_named_by_its_column() -> None:
    found = decoded(
        """
user_id,phone,order_id,sku,price,line_discount,total,currency,occurred_at,property.till
u1,,o1,A,2.00,,,,,
u1,,o1,B,3.00,much,,,,
u1,,o2,A,,,"27,50",,,
u1,,o3,A,,,5,USD,,
u1,,o4,A,,,5,,22.11.2026 08:15,
u1,nobody,o5,A,,,5,,,
"""
    )
    assert [(one.index, one.path) for one in found if isinstance(one, Rejection)] == [
        (2, "line_discount (line 2 of the order)"),
        (4, "total"),
        (5, "currency"),
        (6, "occurred_at"),
        (7, "phone"),
    ]
    comma = found[1]
    assert isinstance(comma, Rejection)
    assert "1234.50" in comma.message, "it says how amounts are written"


@pytest.mark.parametrize("between", [";", "\t"])
def test_spreadsheets_separate_columns_otherwise(between: str) -> None:
    (found,) = decoded("user_id,order_id,total\nu1,o1,5.50\n".replace(",", between))
    assert isinstance(found, Event)
    assert found.order is not None
    assert found.order.total == 550


def test_a_row_that_is_not_utf8_spoils_no_other() -> None:
    text = b"user_id,order_id,total,store\nu1,o1,5,M\xfcnchen\nu1,o2,5,ok\n".decode(errors="surrogateescape")
    torn, good = decoded(text)
    assert isinstance(torn, Rejection)
    assert (torn.index, torn.code) == (2, "malformed_row")
    assert isinstance(good, Event)
