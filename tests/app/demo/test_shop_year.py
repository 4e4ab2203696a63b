"""The shop's year without a database: what rows are, which order a cancellation takes from, what is sent."""

from __future__ import annotations

import hashlib
import json
import lzma
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from regulars.app.demo.invoices import (
    BOOK_ADJUSTMENT,
    CANCELLATION,
    NOBODY_CANCELLED,
    ORDER_LINES_MAX,
    SALE,
    STOCK_MOVEMENT,
    STRANGE,
    Invoice,
    Line,
    invoices_of,
    kind_of,
)
from regulars.app.demo.matching import match_cancellations
from regulars.app.demo.messages import bodies_of, messages_of
from regulars.app.demo.products import categories_of, products_of
from regulars.app.demo.program import DOCUMENT, document_of
from regulars.app.demo.reconciliation import CANCELLATIONS, INVOICES, ROWS, account_for
from regulars.app.demo.rows import FILE, Row, occurred_at, read_rows
from regulars.app.demo.year import LAST_MESSAGE, WHOLE_YEAR, year_of
from regulars.app.shop_clock import ShopClock
from regulars.infra.clock import FixedClock


def row(
    invoice: str, quantity: int = 1, price: str = "2.50", customer: str = "17850", sku: str = "85123A"
) -> Row:
    """Return a row; every field that a test is not about is ordinary."""
    return Row(invoice, sku, "HEART", quantity, "2010-12-01 08:26:00", Decimal(price), customer, "France")


def bought(number: str, customer: str = "1", **units: int) -> Invoice:
    """Return a sale of some units by stock code."""
    lines = tuple(Line(sku, quantity, Decimal(1)) for sku, quantity in units.items())
    return Invoice(
        number, f"2010-12-01 08:{len(number):02}", customer, "France", lines, number.startswith("C")
    )


@pytest.mark.parametrize(
    ("found", "kind"),
    [
        (row("536365"), SALE),
        (row("536365", customer=""), SALE),
        (row("536365", price="0"), SALE),
        (row("536365", price="0", customer=""), STOCK_MOVEMENT),
        (row("536365", quantity=-5, price="0", customer=""), STOCK_MOVEMENT),
        (row("536365", quantity=-5), STRANGE),
        (row("C536365", quantity=-5), CANCELLATION),
        (row("C536365", quantity=-5, customer=""), NOBODY_CANCELLED),
        (row("A563186", price="-11062.06", customer="", sku="B"), BOOK_ADJUSTMENT),
    ],
)
def test_what_a_row_is(found: Row, kind: str) -> None:
    """Every row is exactly one thing."""
    assert kind_of(found) == kind


def test_equal_rows_are_kept_and_lines_of_one_price_add_up() -> None:
    """Two scans of one item are two items; another price is another line; nothing is lost between rows and
    lines."""
    made = invoices_of([row("1"), row("1"), row("1", price="2.00"), row("1", quantity=3)])
    (invoice,) = made.invoices
    assert [(line.quantity, str(line.price)) for line in invoice.lines] == [(5, "2.50"), (1, "2.00")]
    assert made.rows == Counter({SALE: 4})


def test_an_invoice_of_too_many_lines_is_sent_in_parts() -> None:
    """The intake takes a thousand lines; the rest is an order of its own."""
    made = invoices_of(row("573585", sku=str(number)) for number in range(ORDER_LINES_MAX + 1))
    assert [(one.number, len(one.lines)) for one in made.invoices] == [("573585", 1_000), ("573585-2", 1)]


def test_a_cancellation_takes_from_the_latest_orders_first_and_never_more_than_is_left() -> None:
    """Seven cancelled of five and four bought: four of the later order, three of the earlier; then two, and
    one too many."""
    sales = [bought("1", A=5), bought("2", A=4, B=1), bought("3", customer="2", A=9)]
    matched = match_cancellations([*sales, bought("C1", A=7), bought("C2", A=3, B=1)])
    assert [(one.order, one.units) for one in matched.refunds["C1"]] == [("2", {"A": 4}), ("1", {"A": 3})]
    assert [(one.order, one.units) for one in matched.refunds["C2"]] == [("1", {"A": 2}), ("2", {"B": 1})]
    assert [(invoice.number, line.sku, line.quantity) for invoice, line in matched.rest] == [("C2", "A", 1)]


def test_nobody_takes_back_what_was_bought_later_or_by_somebody_else() -> None:
    """A cancellation before the sale, or by another customer, matches nothing."""
    matched = match_cancellations([bought("C1", A=1), bought("1", A=1), bought("C2", customer="2", A=1)])
    assert matched.refunds == {}
    assert len(matched.rest) == 2


def test_messages_introduce_a_customer_once_and_name_guests_by_their_invoice() -> None:
    """Identify before the first order and after a move; a guest is known by nothing but the invoice."""
    moved = Invoice("2", "2010-12-02 09:00:00", "1", "Spain", (Line("A", 2, Decimal("1.25")),), False)
    guest = Invoice("3", "2010-12-03 09:00:00", "", "France", (Line("A", 1, Decimal(1)),), False)
    first = Invoice("1", "2010-12-01 09:00:00", "1", "France", (Line("A", 1, Decimal(1)),), False)
    sent = list(messages_of([first, moved, guest], match_cancellations([])))
    assert [one["messageId"] for one in sent] == [
        "identify-1-1", "order-1", "identify-1-2", "order-2", "order-3",
    ]  # fmt: skip
    assert sent[4]["anonymousId"] == "guest-3"
    (body,) = bodies_of(sent)
    assert json.loads(body.text)["batch"][3]["properties"]["products"] == [
        {"sku": "A", "quantity": 2, "price": 1.25}
    ]
    assert (body.messages, body.last_id) == (5, "order-3")


def test_invoices_are_printed_in_london() -> None:
    """Summer time counts."""
    assert occurred_at("2011-01-05 12:00:00") == "2011-01-05T12:00:00+00:00"
    assert occurred_at("2011-07-05 12:00:00") == "2011-07-05T12:00:00+01:00"


def test_a_family_lends_its_category() -> None:
    """A name that says nothing takes the category of the codes with the same five digits; charges are
    charges."""
    found = categories_of(
        {"85123A": "RED MUG", "85123B": "THE SAME IN BLUE", "99999": "THING", "POST": "POSTAGE"}
    )
    assert found == {
        "85123A": "Kitchen", "85123B": "Kitchen", "99999": "Other", "POST": "Postage and charges",
    }  # fmt: skip


def test_products_have_the_median_price_and_charges_earn_nothing() -> None:
    """The most frequent printed description is the name; notes of the warehouse are not."""
    rows = [
        Row("1", "22423", "REGENCY RETROSPOT", 1, "", Decimal("12.75"), "1", ""),
        Row("2", "22423", "REGENCY RETROSPOT", 1, "", Decimal("10.95"), "1", ""),
        Row("3", "22423", "damaged", 1, "", Decimal("24.96"), "1", ""),
        Row("4", "POST", "POSTAGE", 1, "", Decimal(18), "1", ""),
    ]
    cake, post = products_of(rows)
    assert (cake.name, cake.price, cake.points, cake.earns) == (
        "REGENCY RETROSPOT",
        Decimal("12.75"),
        2,
        True,
    )
    assert (post.earns, post.points) == (False, None)


def test_the_shop_s_clock_never_goes_back_and_goes_on_once_let_go() -> None:
    """It stands with the invoices, then runs as fast as the one on the wall."""
    wall = FixedClock(datetime(2026, 1, 1, tzinfo=UTC))
    clock = ShopClock(datetime(2010, 12, 1, tzinfo=UTC), wall)
    clock.move_on_to(datetime(2011, 5, 1, tzinfo=UTC))
    clock.move_on_to(datetime(2011, 4, 1, tzinfo=UTC))
    assert clock.now() == datetime(2011, 5, 1, tzinfo=UTC)
    clock.let_go()
    wall.advance(timedelta(hours=2))
    assert clock.now() == datetime(2011, 5, 1, 2, tzinfo=UTC)


def test_the_document_is_a_program_with_its_products() -> None:
    """Seventeen rules, each with an example; the example folder shows the same file."""
    document = document_of(products_of([row("1")]))
    assert document.rules is not None
    assert len(document.rules) == 17
    assert all(rule["tests"] for rule in document.rules)
    assert document.products is not None
    assert [one.sku for one in document.products] == ["85123A"]
    assert not document.publish
    assert DOCUMENT.exists()


@pytest.mark.slow
def test_nothing_of_the_year_is_lost() -> None:
    """Every row and invoice of the published data set is accounted for, and the finished load is told by its
    last message."""
    with lzma.open(FILE) as packed:
        assert hashlib.sha256(packed.read()).hexdigest().startswith("78f3654ba8479e64")
    year = year_of(list(read_rows()))
    assert year.ledgers.rows.total() == ROWS
    assert year.totals == WHOLE_YEAR
    assert year.bodies[-1].last_id == LAST_MESSAGE
    whole = {invoice.number for invoice in year.invoices if "-" not in invoice.number}
    assert len(whole) + year.ledgers.left_out.total() == INVOICES
    cancelled = sum(invoice.is_cancellation for invoice in year.invoices)
    assert cancelled + year.ledgers.left_out[NOBODY_CANCELLED] == CANCELLATIONS
    assert len(account_for(year)) == 3
