"""Netting, matching and files without a database: sums are conserved, every item is in one place."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.flows.settlement.pain001 import faults

from regulars.features.partners import Bank
from regulars.flows.settlement import (
    BankMissing,
    Item,
    Netted,
    Payment,
    Within,
    check_banks,
    compare,
    net,
    payment_csv,
    payment_xml,
    positions,
    read_claims,
)
from regulars.flows.settlement.errors import UploadInvalid
from regulars.flows.settlement.model import Netting
from regulars.flows.settlement.nearest import Near, distance, same
from regulars.flows.settlement.payment_file import clean

DAY = date(2026, 3, 2)
codes = st.sampled_from(["acme", "brand", "cafe", "deli", "elm", "fern"])


@given(st.lists(st.tuples(codes, st.integers(-(10**12), 10**12)), max_size=40))
def test_netting_conserves_sums_and_needs_fewer_payments_than_parties(totals: list[tuple[str, int]]) -> None:
    owed = positions(totals)
    assert sum(owed.values()) == 0
    payments = net(owed)
    left = dict(owed)
    for one in payments:
        assert one.amount > 0
        left[one.payer] -= one.amount
        left[one.payee] += one.amount
    assert not any(left.values())
    assert len(payments) <= max(0, len([amount for amount in owed.values() if amount]) - 1)


def test_positions_that_do_not_add_up_are_refused() -> None:
    with pytest.raises(ValueError, match="not equal"):
        net({"acme": 5, "": -4})


items = st.builds(
    Item,
    st.sampled_from(["issue", "burn"]),
    st.sampled_from(["1", "2", "3", "4", "5"]),
    st.one_of(st.none(), st.integers(-200, 200)),
    st.one_of(st.none(), st.decimals(-50, 50, places=2)),
    st.one_of(st.none(), st.dates(date(2026, 3, 1), date(2026, 3, 9))),
)


@given(
    ours=st.lists(items, max_size=8, unique_by=lambda one: (one.side, one.reference)),
    theirs=st.lists(items, max_size=8, unique_by=lambda one: (one.side, one.reference)),
    unnamed=st.lists(items, max_size=4),
    most=st.integers(0, 20),
)
def test_every_item_is_matched_or_an_exception(
    ours: list[Item], theirs: list[Item], unnamed: list[Item], most: int
) -> None:
    rows = theirs + [Item(one.side, "", one.points, one.amount, one.day) for one in unnamed]
    found = compare(ours, rows, Within(most, Decimal(most), most))
    kinds = [one.kind for one in found.exceptions]
    assert found.matched + kinds.count("differs") + kinds.count("missing_there") == len(ours)
    assert found.matched + kinds.count("differs") + kinds.count("missing_here") == len(rows)


@given(
    ours=st.lists(items, max_size=8, unique_by=lambda one: (one.side, one.reference)),
    rows=st.lists(items, max_size=4),
    most=st.integers(0, 20),
)
def test_the_nearest_is_the_one_that_looking_at_each_finds(
    ours: list[Item], rows: list[Item], most: int
) -> None:
    within = Within(most, Decimal(most), most)
    near, left = Near(ours, within), list(ours)
    for row in rows:
        close = [one for one in left if one.side == row.side and same(one, row, within)]
        best = min(close, key=lambda one: distance(one, row), default=None)
        assert near.take(row) == best
        left = [one for one in left if one is not best]


@pytest.mark.parametrize(
    ("row", "kinds"),
    [
        (Item("issue", "1", 100, Decimal(95), DAY), []),
        (Item("issue", "1", 102, None, None), []),
        (Item("issue", "1", 103, None, None), ["differs"]),
        (Item("issue", "1", 100, Decimal(100), date(2026, 3, 4)), ["differs"]),
        (Item("issue", "", 100, None, date(2026, 3, 3)), []),
        (Item("issue", "9", 100, None, DAY), ["missing_here", "missing_there"]),
        (Item("burn", "1", 100, None, DAY), ["missing_here", "missing_there"]),
    ],
)
def test_what_matches_within_the_tolerance(row: Item, kinds: list[str]) -> None:
    ours = [Item("issue", "1", 100, Decimal(100), DAY)]
    found = compare(ours, [row], Within(2, Decimal(5), 1))
    assert [one.kind for one in found.exceptions] == kinds


def test_a_file_adds_up_the_rows_of_an_order_and_says_which_line_is_wrong() -> None:
    text = "\ufeffdate;order_id;side;points;amount\n2026-03-02;A1;;60;0.60\n2026-03-03;A1;issue;-20;-0.20\n;;burn;;5\n"
    assert read_claims(text, 2) == [
        Item("issue", "A1", 40, Decimal("40.00"), DAY),
        Item("burn", "", None, Decimal(500), None),
    ]
    with pytest.raises(UploadInvalid) as refusal:
        read_claims("date,order_id,points\nyesterday,A1,6x\n", 2)
    assert {error.path for error in refusal.value.errors} == {"line 2"}
    with pytest.raises(UploadInvalid):
        read_claims("colour\nred\n", 2)


def test_points_are_written_with_the_decimals_of_their_type() -> None:
    text = "order_id,points\nA1,40.0\nA1,0.5\nA2,7\n"
    assert [(one.reference, one.points) for one in read_claims(text, 2, scale=1)] == [("A1", 405), ("A2", 70)]
    text = "order_id;points\nA1;40,05\n"
    assert [one.points for one in read_claims(text, 2, scale=2)] == [4005]
    for scale, size in ((0, "40.5"), (1, "40.05"), (1, "1e400"), (1, "Infinity")):
        with pytest.raises(UploadInvalid):
            read_claims(f"order_id,points\nA1,{size}\n", 2, scale=scale)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Söhne & Co", "Sohne + Co"),
        ("Ąžuolas, Šiauliai", "Azuolas, Siauliai"),
        ("Łódź–Ost", "Lodz-Ost"),
        ("茶館", ".."),
    ],
)
def test_names_are_written_in_the_letters_of_banks(name: str, written: str) -> None:
    assert clean(name, 70) == written


@pytest.mark.parametrize(
    "text",
    [
        "date,order_id,points,amount\n2026-03-02,A1,60,0.60\n",
        "date,order_id,points,amount\r2026-03-02,A1,60,0.60\r",
        "Date; Order_ID;points;amount\r\n2026-03-02;A1;60;0,60\r\n",
        "date\torder_id\tpoints\tamount\n2026-03-02\tbrand:A1\t60\t0,60\n",
        "date,order_id,side,points,amount,kind,store\n2026-03-02,brand:A1,issue,60,0.60,issued,web\n"
        "2026-03-02,B7,issue,15,0.90,honoured,cafe\n",
        "order_id,points,date,amount\nA1,80,2026-03-02,0.80\nA1,'-20,2026-03-03,'-0.20\n",
        "date;order_id;points;amount\n2026-03-02;A1;60;0,60;;\n;;;\n;;;;\n",
    ],
    ids=[
        "plain",
        "old Macs",
        "semicolons",
        "tabs",
        "a statement's own lines",
        "as spreadsheets are protected",
        "with the empty cells of a spreadsheet",
    ],
)
def test_a_file_is_read_however_it_was_saved(text: str) -> None:
    assert read_claims(text, 2, "brand") == [Item("issue", "A1", 60, Decimal("60.00"), DAY)]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("order_id,points,points\nA1,6,6\n", "unknown_column"),
        ("2026-03-02,A1,60\n", "unknown_column"),
        ("\n", "unknown_column"),
        ("order_id,points\nA\x00,6\n", "not_an_order"),
        ("order_id,points\nA\ud800,6\n", "not_an_order"),
        (f"order_id,points\n{'A' * 201},6\n", "not_an_order"),
        ("order_id,amount\nA1,1e99\n", "not_a_number"),
        ("order_id,amount\nA1,NaN\n", "not_a_number"),
        ("order_id,points\nA1," + "9" * 5_000 + "\n", "not_a_number"),
        ("order_id,points\n" + "A" * 140_000 + ",6\n", "not_csv"),
        ("order_id,points,amount\nA1,,\n", "nothing_said"),
        ("order_id,points,amount\nA1,60,12,50\n", "too_many_cells"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_with_what_is_wrong(text: str, code: str) -> None:
    with pytest.raises(UploadInvalid) as refusal:
        read_claims(text, 2)
    assert [error.code for error in refusal.value.errors] == [code]


def test_a_hundred_thousand_rows_without_orders_find_their_own() -> None:
    ours = [
        Item("issue", f"o{n}", n % 700, Decimal(n % 900), DAY + timedelta(days=n % 30))
        for n in range(100_000)
    ]
    rows = [Item(one.side, "", one.points, one.amount, one.day) for one in ours]
    found = compare(ours, rows, Within(0, Decimal(0), 0))
    assert (found.matched, found.exceptions) == (100_000, [])


def test_the_payment_file_names_everybody_once_and_its_sums_are_right() -> None:
    netting = Netting(7, "EUR", date(2026, 4, 6), "cli", datetime(2026, 4, 1, tzinfo=UTC), None)
    payments = [Payment(1, "acme", "", 1050), Payment(2, "acme", "brand", 200)]
    done = Netted(netting, [], {}, payments)
    banks = {
        "": Bank("Berry UAB", "LT601010012345678901"),
        "acme": Bank("Acme & Sons", "DE89370400440532013000", "COBADEFFXXX"),
        "brand": Bank("Brand", "LT601010012345678901"),
    }
    with pytest.raises(BankMissing) as refusal:
        check_banks(done, {**banks, "": None, "brand": None})
    assert refusal.value.parties == ["the program", "brand"]
    known = check_banks(done, banks)
    root = ElementTree.fromstring(payment_xml(done, known, "Berry", datetime(2026, 4, 1, 9, tzinfo=UTC)))
    space = {"p": "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"}
    assert [one.text for one in root.findall(".//p:CtrlSum", space)] == ["12.50", "12.50"]
    assert [one.text for one in root.findall(".//p:EndToEndId", space)] == ["NET-7-1", "NET-7-2"]
    assert [one.text for one in root.findall(".//p:InstdAmt", space)] == ["10.50", "2.00"]
    assert [one.text for one in root.findall(".//p:Dbtr/p:Nm", space)] == ["Acme + Sons"]
    assert payment_csv(done, known, "berry").splitlines()[1] == (
        "1,acme,DE89370400440532013000,berry,LT601010012345678901,10.50,EUR,2026-04-06,NET-7-1"
    )


names = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=200)


@given(
    st.lists(st.tuples(codes, codes, st.integers(1, 99_999_999_999)), min_size=1, max_size=12),
    st.dictionaries(codes, st.tuples(names, st.booleans()), min_size=0),
    names,
)
def test_whatever_is_paid_the_file_is_one_that_banks_take(
    paid: list[tuple[str, str, int]], known: dict[str, tuple[str, bool]], program: str
) -> None:
    """Elements in the order of the schema, texts within its patterns, identifications once (tables in pain001.py)."""
    long = {
        code: f"{code}{'-' * 40}{place}"
        for place, code in enumerate(("acme", "brand", "cafe", "deli", "elm"))
    }
    payments = [
        Payment(number, long.get(payer, ""), payee, amount)
        for number, (payer, payee, amount) in enumerate(paid, 1)
    ]
    banks = {}
    for code in {one for payment in payments for one in (payment.payer, payment.payee)}:
        holder, with_bic = known.get(code[:4], ("Holder", False))
        banks[code] = Bank(holder, "DE89370400440532013000", "COBADEFFXXX" if with_bic else "")
    netting = Netting(12, "EUR", date(2026, 4, 6), "cli", datetime(2026, 4, 1, tzinfo=UTC), None)
    done = Netted(netting, [], {}, payments)
    assert faults(payment_xml(done, banks, program, datetime(2026, 4, 1, 9, tzinfo=UTC))) == []


@pytest.mark.parametrize(
    ("said", "instead"),
    [
        (b"<MsgId>NET-7</MsgId>", b""),
        (b"<PmtMtd>TRF</PmtMtd>", b"<PmtMtd>CHK</PmtMtd>"),
        (b'<InstdAmt Ccy="EUR">', b"<InstdAmt>"),
        (b"10.50</InstdAmt>", b"10.505</InstdAmt>"),
        (b"<EndToEndId>NET-7-1<", b"<EndToEndId>NET-7-2<"),
        (b"<Nm>Berry</Nm>", b"<Nm>B\xc3\xa4rry</Nm>"),
        (b"<Dt>2026-04-06</Dt>", b"2026-04-06"),
        (b"pain.001.001.09", b"pain.001.001.03"),
    ],
)
def test_a_file_that_is_wrong_is_found(said: bytes, instead: bytes) -> None:
    netting = Netting(7, "EUR", date(2026, 4, 6), "cli", datetime(2026, 4, 1, tzinfo=UTC), None)
    bank = Bank("Holder", "DE89370400440532013000")
    done = Netted(netting, [], {}, [Payment(1, "acme", "", 1050), Payment(2, "acme", "brand", 200)])
    file = payment_xml(
        done, {"": bank, "acme": bank, "brand": bank}, "Berry", datetime(2026, 4, 1, tzinfo=UTC)
    )
    assert faults(file) == []
    assert said in file
    assert faults(file.replace(said, instead, 1)) != []
