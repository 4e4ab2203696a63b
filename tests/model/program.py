"""The program of the accrual model: one of everything that can go wrong with points, small enough to check
by hand."""

from __future__ import annotations

PROGRAM = """
program: {code: model, name: Model, currency: EUR, zone: Europe/Vilnius, region: LT}
partners:
  - {code: brew, name: Brewery, roles: [earn]}
stores:
  - {code: north, name: North, region: north}
  - {code: web, name: Web, channel: web}
sources:
  - {code: till, name: Till, enrol: true}
  - {code: shop, name: Shop, enrol: true}
  - {code: kiosk, name: Kiosk}
point_types:
  - {code: points, name: Points, policy: {expiry: {rolling_days: 20}, debt: {allowed: true, max: 120}}}
  - {code: net, name: Net points, kind: qualifying}
  - {code: later, name: Later, policy: {pending: {until_event: Order Delivered}, expiry: {rolling_days: 30}}}
  - {code: soon, name: Soon, policy: {pending: {days: 3}, expiry: {rolling_days: 15}, spend_order: earned}}
  - {code: cash, name: Cash, scale: 2, policy: {balance_max: 900, earn_max: {day: 300}}}
campaigns:
  spring:
    name: Spring
    limits:
      - {measure: points, point_type: points, max: 40, per: campaign, period: month}
tier_sets:
  - code: club
    name: Club
    metric: {of: points, point_type: net}
    tiers:
      - {code: bronze, name: Bronze, threshold: 0, award: {point_type: points, points: 10}}
      - {code: silver, name: Silver, threshold: 100, award: {point_type: points, points: 60}}
      - {code: gold, name: Gold, threshold: 250, award: {point_type: points, points: 90}}
  - code: season
    name: Season
    metric: {of: spend}
    window: {calendar: month}
    tiers:
      - {code: plain, name: Plain, threshold: 0}
      - {code: keen, name: Keen, threshold: 120}
rules:
  - code: base
    name: A point a euro
    trigger: {event: Order Completed}
    then:
      - award: {point_type: points, per_amount: {points: 1, per: "1.00", of: order.amount}}
      - award: {point_type: net, per_amount: {points: 1, per: "1.00", of: order.amount}}
  - code: first
    name: First purchase
    trigger: {milestone: first_purchase}
    then:
      - award: {point_type: points, points: 50}
  - code: tea
    name: Five points for every packet of tea
    trigger: {event: Order Completed}
    then:
      - award: {point_type: points, per_line: {points: 5, per: unit, where: {combinator: and, rules: [{field:
      category, operator: "=", value: Tea}]}}}
  - code: north
    name: Ten points in the north while they last
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: store, operator: "=", value: north}, {field: order.amount,
    operator: ">=", value: 5}]}
    then:
      - award: {point_type: points, points: 10}
    limits:
      - {measure: points, point_type: points, max: 65, per: rule, period: lifetime}
      - {measure: count, max: 2, per: member, period: day}
  - code: double
    name: Silver and gold members earn double
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: member.tier.club, operator: in, value: [silver, gold]}]}
    then:
      - award: {point_type: points, multiply: {rule: base, by: 2}}
  - code: regular
    name: Fifteen later points with the third order in a week
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: behaviour, measure: {aggregate: count, event: Order Completed,
    window: {last_days: 7}}, operator: ">=", value: 2}]}
    then:
      - award: {point_type: later, points: 15}
  - code: loyal
    name: Five soon points above two hundred euros in ninety days
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: behaviour, measure: {aggregate: sum, field: order.amount, event:
    Order Completed, window: {last_days: 90}}, operator: ">=", value: 200}]}
    then:
      - award: {point_type: soon, points: 5}
  - code: keen
    name: Keen members have four soon points with every order
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: member.tier.season, operator: "=", value: keen}]}
    then:
      - award: {point_type: soon, points: 4}
  - code: cashback
    name: Seven and a half percent back
    trigger: {event: Order Completed}
    then:
      - award: {point_type: cash, per_amount: {points: "0.15", per: "2.00", of: order.amount}}
  - code: brewed
    name: The brewery pays a third on the web
    trigger: {event: Order Completed}
    when: {combinator: and, rules: [{field: store, operator: "=", value: web}]}
    then:
      - award: {point_type: points, per_amount: {points: 1, per: "2.00", of: order.amount}}
    funding:
      - {account: "partner:brew", share: 30}
      - {account: house, share: 70}
  - code: fee
    name: A fee is paid in points
    trigger: {event: Fee Charged}
    then:
      - deduct: {point_type: points, points: 40}
      - deduct: {point_type: soon, points: 6}
  - code: visit
    name: Two points for a visit a day
    campaign: spring
    trigger: {event: Store Visited}
    then:
      - award: {point_type: points, points: 3}
    limits:
      - {measure: count, max: 1, per: member, period: day}
  - code: rich
    name: A visitor with a hundred points gets one more cent
    trigger: {event: Store Visited}
    when: {combinator: and, rules: [{field: member.wallet.points.available, operator: ">=", value: 100}]}
    then:
      - award: {point_type: cash, points: "0.01"}
  - code: reached
    name: Seven soon points for every rise
    trigger: {tier_changed: {set: club, direction: up}}
    then:
      - award: {point_type: soon, points: 7}
publish: true
products:
  - {sku: TEA, name: Tea, category: Tea}
  - {sku: MUG, name: Mug, category: Home}
  - {sku: CARD, name: Gift card, category: Gift cards, earns: false}
"""


def _more_rules() -> str:
    """Return rules by the dozen, so that an index of rules has something to find: by product and quantity, by
    amount, by tier and store. And two that take points for an order."""
    some = "{combinator: and, rules: [{field: %s, operator: '>=', value: %s}, {field: %s, operator: '=', value: %s}]}"
    rules = [
        (
            f"line-{sku.lower()}-{n}",
            "{combinator: and, rules: [{field: order.lines, match: {mode: some}, value: "
            + some % ("quantity", n, "sku", sku)
            + "}]}",
            f"award: {{point_type: points, points: {points}}}",
        )
        for (sku, n), points in BY_LINE.items()
    ]
    rules += [
        (
            f"above-{euros}",
            f"{{combinator: and, rules: [{{field: order.amount, operator: '>=', value: {euros}}}]}}",
            f"award: {{point_type: points, points: {points}}}",
        )
        for euros, points in ABOVE.items()
    ]
    rules += [
        (
            f"{club}-{store}",
            f"{{combinator: and, rules: [{{field: member.tier.club, operator: '=', value: {club}}}, "
            f"{{field: store, operator: '=', value: {store}}}]}}",
            f"award: {{point_type: points, points: {points}}}",
        )
        for (club, store), points in AT_STORES.items()
    ]
    at = "{combinator: and, rules: [{field: store, operator: '=', value: %s}]}"
    rules += [
        (
            "post",
            at % "web",
            "deduct: {point_type: points, per_amount: {points: 1, per: '10.00', of: order.amount}}",
        ),
        ("bag", at % "north", "deduct: {point_type: points, points: 3}"),
    ]
    return "".join(
        f"  - code: {code}\n    name: {code}\n    trigger: {{event: Order Completed}}\n    when: {when}\n"
        f"    then:\n      - {then}\n"
        for code, when, then in rules
    )


# What the rules by the dozen give: by (product, units of one line), by euros, by (tier, store).
BY_LINE = {
    (sku, n): n + place for place, sku in enumerate(("TEA", "MUG", "LOOSE", "BOOK")) for n in (1, 2, 3)
}
ABOVE = {5: 1, 10: 2, 20: 1, 30: 3, 50: 1, 80: 2, 120: 4}
AT_STORES = {(club, store): n + 1 for n, (club, store) in enumerate(
    (club, store) for club in ("bronze", "silver", "gold") for store in ("north", "web"))}  # fmt: skip

PROGRAM = PROGRAM.replace("publish: true", _more_rules() + "publish: true")

# Without rules that take points nothing reads lots before it must: the other way through the ledger.
WITHOUT_FEES = PROGRAM[: PROGRAM.index("  - code: fee\n")] + PROGRAM[PROGRAM.index("  - code: visit\n") :]
WITHOUT_FEES = (
    WITHOUT_FEES[: WITHOUT_FEES.index("  - code: post\n")]
    + WITHOUT_FEES[WITHOUT_FEES.index("publish: true") :]
)
