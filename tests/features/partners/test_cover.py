"""Who funds what: the split adds up exactly, no bound is passed, and the fallback pays the rest."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from regulars.core.rules import split_funding
from regulars.core.rules.model import Funding
from regulars.features.partners import Agreement, BudgetKey, Cap, LiveAgreement, cover, covers_of, key_of
from regulars.kit.zones import number_of_date

DAY = number_of_date(date(2026, 3, 2))


def period_of(unit: str, day: int) -> str:
    return "ever" if unit == "lifetime" else f"{unit}-{day // 30}"


def live(one: Agreement, bought: int = 0) -> LiveAgreement:
    return LiveAgreement(1, one, 1, 1, bought)


def agreement(code: str, **fields: object) -> Agreement:
    said = {"account": f"partner:{code}", "point_type": "points", "payer": code} | fields
    return Agreement(code, **said)  # type: ignore[arg-type]


def test_an_account_without_an_agreement_funds_whatever_comes() -> None:
    assert cover({}, "partner:a", "points", 70, DAY, lambda key: 0, period_of) == [("partner:a", 70)]


def test_beyond_its_cap_the_named_fallback_funds_and_beyond_that_the_house() -> None:
    covers = covers_of(
        [
            live(agreement("a", caps=(Cap(50, "month"),), fallback="partner:b")),
            live(agreement("b", caps=(Cap(15, "lifetime"),))),
        ]
    )
    got = cover(covers, "partner:a", "points", 70, DAY, lambda key: 0, period_of)
    assert got == [("partner:a", 50), ("partner:b", 15), ("house", 5)]


def test_a_block_is_drawn_down_to_its_reserve() -> None:
    covers = covers_of([live(agreement("a", mode="prepaid", reserve=100), bought=1000)])
    (bound,) = covers["partner:a", "points"].bounds
    used = {key_of(bound, DAY, period_of): 880}
    got = cover(covers, "partner:a", "points", 50, DAY, lambda key: used.get(key, 0), period_of)
    assert got == [("partner:a", 20), ("house", 30)]


def test_outside_of_its_days_an_agreement_funds_nothing() -> None:
    covers = covers_of([live(agreement("a", valid_from=date(2026, 3, 2), valid_until=date(2026, 3, 3)))])
    for day, payer in ((DAY - 1, "house"), (DAY, "partner:a"), (DAY + 1, "house")):
        assert cover(covers, "partner:a", "points", 5, day, lambda key: 0, period_of) == [(payer, 5)]


percentages = st.lists(st.integers(1, 10_000), min_size=1, max_size=5)


@given(
    points=st.integers(1, 10**12),
    weights=percentages,
    caps=st.lists(st.integers(0, 10**6), min_size=5, max_size=5),
    rounds=st.integers(1, 4),
)
def test_splits_add_up_exactly_and_no_bound_is_passed(
    points: int, weights: list[int], caps: list[int], rounds: int
) -> None:
    total = sum(weights)
    shares = [10_000 * weight // total for weight in weights]
    shares[0] += 10_000 - sum(shares)
    funding = tuple(
        Funding(f"partner:p{place}", Decimal(share) / 100) for place, share in enumerate(shares) if share
    )
    covers = covers_of(
        [
            live(agreement(f"p{place}", caps=(Cap(cap, "month"),), fallback=f"partner:p{place + 1}"))
            for place, cap in enumerate(caps)
        ]
    )
    used: dict[BudgetKey, int] = {}
    for _ in range(rounds):
        given_in_all = 0
        for account, part in split_funding(points, funding):
            for payer, covered in cover(
                covers, account, "points", part, DAY, lambda k: used.get(k, 0), period_of
            ):
                given_in_all += covered
                for bound in covers[payer, "points"].bounds if (payer, "points") in covers else ():
                    key = key_of(bound, DAY, period_of)
                    used[key] = used.get(key, 0) + covered
                    assert used[key] <= bound.max
        assert given_in_all == points
