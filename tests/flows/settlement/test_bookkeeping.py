"""Entries of versions, nettings and payments without a database: differences that add up, parties that end even."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from regulars.features.partners import Books
from regulars.flows.settlement import (
    Account,
    Chart,
    Netted,
    Posting,
    Said,
    Section,
    Statement,
    balanced,
    entries_csv,
    net,
    netting_entries,
    payment_entries,
    positions,
    version_entries,
)
from regulars.flows.settlement.model import Entry, Netting

DAY = date(2026, 3, 31)
NOW = datetime(2026, 4, 2, tzinfo=UTC)
CHART = Chart(Books(), "1210", "2110")

amounts = st.integers(-500, 500)
sections = st.lists(
    st.builds(
        lambda kind, amount: Section(kind, "points", 1, amount, amount, Decimal(amount)),
        st.sampled_from(["issued", "reversed", "burned", "unburned", "drawn", "honoured"]),
        amounts,
    ),
    unique_by=lambda one: one.kind,
)
entries = st.lists(
    st.builds(
        lambda key, amount: Entry(*key, amount, ""),
        st.sampled_from([("fee", "a"), ("fee", "b"), ("block", "7"), ("adjustment", "1")]),
        amounts,
    ),
    unique_by=lambda one: (one.kind, one.code),
)
versions = st.builds(Said, sections, entries)


def sums(postings: list[Posting]) -> dict[str, int]:
    """Return what accounts hold; those that hold nothing are left out."""
    found: Counter[str] = Counter()
    for one in postings:
        found[one.account] += one.debit - one.credit
    return {account: amount for account, amount in found.items() if amount}


@given(st.lists(versions, min_size=1, max_size=4))
def test_versions_read_one_after_the_other_say_what_the_last_one_says(said: list[Said]) -> None:
    read: list[Posting] = []
    before = Said([], [])
    for version, now in enumerate(said, 1):
        read += version_entries(7, "brand", version, now, before, CHART, DAY)
        before = now
    assert balanced(read)
    alone = version_entries(7, "brand", 1, said[-1], Said([], []), CHART, DAY)
    assert sums(read) == sums(alone)


def test_a_fee_that_was_dropped_and_a_section_that_is_gone_are_taken_back() -> None:
    before = Said(
        [Section("issued", "points", 2, 90, 90, Decimal(90))], [Entry("fee", "monthly", 500, "flat")]
    )
    found = version_entries(7, "brand", 2, Said([], []), before, CHART, DAY)
    assert {one.entry for one in found} == {"ST-7-2"}
    assert sums(found) == {Books().receivable: -590, "1210": 90 + 500}
    assert found[0].text == "version 2 less 1: issued -90 points"
    tenths = msgspec.structs.replace(CHART, scales={"points": 1})
    assert version_entries(7, "brand", 1, before, Said([], []), tenths, DAY)[0].text == "issued 9.0 points"
    assert version_entries(7, "brand", 3, before, before, CHART, DAY) == []


@given(st.dictionaries(st.sampled_from(["acme", "brand", "cafe", "deli"]), amounts, min_size=1))
def test_whoever_pays_whom_in_the_end_nobody_waits_for_anything(totals: dict[str, int]) -> None:
    """Also when a partner pays another one, which our bank never sees."""
    accounts = [
        Account(
            Statement(number, code, DAY, DAY, "agreed", 1, total, 1, NOW, NOW, NOW, None, DAY),
            [Section("burned", "points", 1, -5, -5, Decimal(-5))],
            [Entry("fee", "monthly", total + 5, "")],
        )
        for number, (code, total) in enumerate(totals.items(), 1)
    ]
    owed = positions([(one.statement.partner, one.total) for one in accounts])
    netting = Netting(3, "EUR", DAY, "x", NOW, NOW)
    done = Netted(netting, [], owed, net(owed))
    made = netting_entries(done, accounts, Books(), DAY)
    paid = payment_entries(done, Books(), DAY)
    assert balanced(made)
    assert balanced(paid)
    for code, total in totals.items():
        assert sums([one for one in made if one.party == code]).get(Books().netting, 0) == total
        assert Books().netting not in sums([one for one in [*made, *paid] if one.party == code])
    assert sums([*made, *paid]).get(Books().bank, 0) == sum(totals.values())


def test_a_file_is_safe_to_open_and_in_major_units() -> None:
    chart = Chart(Books(receivable="=cmd()"), "1210", "2110")
    said = Said([Section("issued", "points", 1, 90, 90, Decimal(90))], [])
    text = entries_csv(version_entries(7, "brand", 1, said, Said([], []), chart, DAY), "EUR")
    assert text.splitlines()[1:] == [
        "2026-03-31,ST-7-1,'=cmd(),brand,0.90,0.00,issued 90 points",
        "2026-03-31,ST-7-1,1210,brand,0.00,0.90,issued 90 points",
    ]
