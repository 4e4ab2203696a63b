"""Every report there is."""

from __future__ import annotations

from typing import Final

from regulars.flows.reporting.errors import UnknownReport
from regulars.flows.reporting.model import TIMES, Field, Report
from regulars.flows.reporting.people import (
    read_buyers,
    read_members,
    read_retention,
    read_tier_moves,
    read_tiers,
)
from regulars.flows.reporting.points import read_points, read_redemption
from regulars.flows.reporting.running import read_budgets, read_intake
from regulars.flows.reporting.sales import read_promotions, read_sales

_POINTS: Final = (
    Field("issued", "points", "Awarded, and brought over from another system"),
    Field("redeemed", "points", "Spent, less what came back from cancelled spends"),
    Field("expired", "points", "Ended unused"),
    Field("reversed", "points", "Taken back because of returns, debts included"),
    Field("adjusted", "points", "Given by hand, less taken by hand"),
    Field("deducted", "points", "Taken by rules"),
    Field("other", "points", "Everything else; what members give each other adds up to 0"),
    Field("net", "points", "By how much the outstanding points rose"),
    Field(
        "outstanding", "points", "What members had at the end: available, pending and held, less owed", False
    ),
    Field("awards", "count", "How often it gave points (by rule, store, source, tier)"),
)
_SALES: Final = (
    Field("orders", "count", "Orders, those later cancelled included"),
    Field("units", "count", "Units bought"),
    Field("units_returned", "count", "Units that came back"),
    Field("gross", "money", "As bought"),
    Field("refunded", "money", "Given back, counted on the day of the order"),
    Field("net", "money", "What is left after refunds"),
    Field("average_order", "money", "net ÷ orders", False),
)
_RATES: Final = (
    Field("issued", "points", "Awarded"),
    Field("redeemed", "points", "Spent, less what came back"),
    Field("expired", "points", "Ended unused"),
    Field("rate", "share", "redeemed ÷ issued", False),
    Field("expiry_rate", "share", "expired ÷ issued", False),
)

REPORTS: Final[tuple[Report, ...]] = (
    Report(
        "points",
        "Points",
        "Points issued, redeemed, expired, taken back and outstanding.",
        _POINTS,
        (*TIMES, "point_type", "funding", "rule", "campaign", "store", "source", "tier"),
        read_points,
        drill="transfers",
        typed=True,
    ),
    Report(
        "redemption",
        "Redemption rate",
        "How much of what is issued is redeemed, and how much expires.",
        _RATES,
        ("month", "day", "week", "quarter", "year", "point_type"),
        read_redemption,
        drill="transfers",
        typed=True,
    ),
    Report(
        "sales",
        "Sales",
        "Orders, units and revenue.",
        (*_SALES, Field("of_members", "count", "Orders of members (by period)")),
        (*TIMES, "store", "partner", "channel", "source", "tier", "product", "category"),
        read_sales,
        drill="orders",
    ),
    Report(
        "revenue",
        "Revenue by year and month",
        "Revenue after refunds, month by month.",
        _SALES,
        ("month", "year", "quarter"),
        read_sales,
        drill="orders",
    ),
    Report(
        "locations", "Top locations", "Stores by net sales.", _SALES, ("store",), read_sales, drill="orders"
    ),
    Report(
        "products",
        "Best products",
        "Products and categories by net sales.",
        _SALES,
        ("product", "category"),
        read_sales,
        drill="orders",
    ),
    Report(
        "promotions",
        "Sales by promotion",
        "Rules and campaigns: orders in which they applied, what these sold, and the points given.",
        (
            Field("awards", "count", "How often it gave points"),
            Field("issued", "points", "Points it gave"),
            *_SALES,
        ),
        ("rule", "campaign"),
        read_promotions,
        drill="orders",
        typed=True,
    ),
    Report(
        "members",
        "Members",
        "How many members there are and how many join.",
        (
            Field("enrolments", "count", "Members who joined"),
            Field(
                "members",
                "count",
                "Members at the end of the period, those merged or erased since left out",
                False,
            ),
        ),
        ("month", "day", "week", "quarter", "year", "status"),
        read_members,
        drill="members",
    ),
    Report(
        "buyers",
        "Members who buy",
        "How many members bought in each month.",
        (Field("buyers", "count", "Members with an order in the month", False),),
        ("month",),
        read_buyers,
        drill="members",
    ),
    Report(
        "tiers",
        "Members by tier",
        "How many members are in each tier now.",
        (Field("members", "count", "Members"), Field("share", "share", "Of the tier set", False)),
        ("tier",),
        read_tiers,
        drill="members",
        dated=False,
    ),
    Report(
        "tier-moves",
        "Tier movement",
        "Who entered, rose and fell.",
        (
            Field("entered", "count", "Came into a tier for the first time"),
            Field("up", "count", "Rose"),
            Field("down", "count", "Fell"),
        ),
        ("month", "day", "week", "quarter", "year", "move"),
        read_tier_moves,
        drill="members",
    ),
    Report(
        "retention",
        "Retention by cohort",
        "Of the members who bought for the first time in a month, how many bought again in each later month.",
        (
            Field("members", "count", "Members of the cohort"),
            Field("bought", "count", "How many bought 0, 1, 2 … months later", False),
            Field("retention", "share", "The same as a share of the cohort", False),
        ),
        ("cohort",),
        read_retention,
        drill="members",
    ),
    Report(
        "budgets",
        "Budgets",
        "What rules and campaigns used of their budgets, and what is left.",
        (
            Field("measure", "text", "points, count or money"),
            Field("period", "text", "The period that it counts for"),
            Field("used", "count", "Used", False),
            Field("most", "count", "The budget, by the rules in force now", False),
            Field("left", "count", "Left", False),
            Field("share", "share", "used ÷ most", False),
        ),
        ("budget",),
        read_budgets,
        dated=False,
    ),
    Report(
        "events",
        "Events",
        "Events taken in.",
        (Field("events", "count", "Events"), Field("batches", "count", "Transactions they came in")),
        TIMES,
        read_intake,
    ),
)
_BY_CODE: Final = {report.code: report for report in REPORTS}


def report_of(code: str) -> Report:
    """Return the report of a code. Refuses with UnknownReport."""
    if code not in _BY_CODE:
        raise UnknownReport(known=sorted(_BY_CODE))
    return _BY_CODE[code]
