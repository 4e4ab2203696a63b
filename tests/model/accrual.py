"""What accrual is, told a second time: the program of `program.py` as plain Python over dicts, slow and
obvious.

Shares no line with the engine; times are minutes since 1970, amounts cents, points smallest units. What it
says is
what the documents promise: events of one member in the order they occurred, corrections re-rate the order
under the
facts of its day, limits and budgets hold, tiers are a function of what counts.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from tests.model.baskets import Basket, basket, corrected, earning
from tests.model.program import ABOVE, AT_STORES, BY_LINE
from tests.model.purse import NEVER, Wallet

ZONE = ZoneInfo("Europe/Vilnius")
CORRECTIONS = ("Order Refunded", "Order Updated", "Order Cancelled")
GRACE_DAYS = 7
GOOD_DAYS = {"points": 20, "later": 30, "soon": 15}
CLUB = {"bronze": (0, 10), "silver": (100, 60), "gold": (250, 90)}
NORTH_POINTS, NORTH_A_DAY, SPRING_A_MONTH, CASH_A_DAY, CASH_MAX = 65, 2, 40, 300, 900
DAYS_REMEMBERED, FULL = 8, 10**9
Message = dict[str, Any]
Member = dict[str, Any]
Awards = list[tuple[str, str, str, int]]


@cache
def day_of(at: int) -> int:
    return datetime.fromtimestamp(at * 60, UTC).astimezone(ZONE).date().toordinal()


@cache
def start_of(day: int) -> int:
    """The first minute of a local day; midnight exists on every day in Vilnius."""
    midnight = datetime.combine(date.fromordinal(day), datetime.min.time(), ZONE)
    return int(midnight.timestamp()) // 60


def month_of(day: int) -> tuple[int, int]:
    return (date.fromordinal(day).year, date.fromordinal(day).month)


def month_before(day: int) -> tuple[int, int]:
    return month_of((date.fromordinal(day).replace(day=1) - timedelta(days=1)).toordinal())


class Model:
    """The whole program and everybody in it."""

    def __init__(self, *, takes: bool = True) -> None:
        self.takes = takes  # whether the program has rules that take points
        self.members: dict[str, Member] = {}
        self.seen: dict[tuple[str, str], str] = {}
        self.orders: dict[str, dict[str, Any]] = {}
        self.waiting: dict[str, list[Message]] = {}
        self.budgets: dict[Any, int] = {}
        self.came: dict[tuple[str, str], int] = {}
        self.now = 0
        self.names = 0

    # ---- admission

    def batch(self, now: int, messages: list[Message]) -> list[str]:
        """Take a batch; return what becomes of each message."""
        self.now = now
        for message in messages:
            if message["user"] not in self.members and message["source"] != "kiosk":
                self.members[message["user"]] = self.newcomer(message["at"])
        statuses = [self.admit(message) for message in messages]
        work = [
            (n, m) for n, (m, said) in enumerate(zip(messages, statuses, strict=True)) if said == "accepted"
        ]
        for _, message in list(work):
            if message["type"] == "Order Completed":
                back = self.waiting.pop(message["order"]["id"], [])
                work += [(len(messages) + len(work) + n, late) for n, late in enumerate(back)]
        for _, message in work:
            if (member := self.owner(message)) is not None:
                member["wallets"]["points"].debt_max = 120
                for wallet in member["wallets"].values():
                    wallet.settle(now)
        work.sort(key=lambda pair: (self.number(pair[1]), pair[1]["at"], pair[0]))
        late = []
        for n, message in work:
            if self.unrated(message):
                late.append((n, message))
            else:
                self.take(message)
        for n, message in late:
            if self.unrated(message):
                self.waiting.setdefault(message["order"]["id"], []).append(message)
                statuses[n] = "waiting_for_order"
            else:
                self.take(message)
        for n, message in enumerate(messages):
            if (
                statuses[n] == "accepted"
                and self.owner(message) is None
                and message["type"] not in CORRECTIONS
            ):
                statuses[n] = "unknown_member"
        return statuses

    def admit(self, message: Message) -> str:
        name = (message["source"], message["key"])
        content = json.dumps({**message, "key": ""}, sort_keys=True)
        if name in self.seen:
            return "duplicate" if self.seen[name] == content else "duplicate_with_different_payload"
        self.seen[name] = content
        self.came[name] = len(self.came)
        if message["type"] == "Order Completed":
            if message["order"]["id"] in self.orders:
                return "duplicate_order"
            self.orders[message["order"]["id"]] = {"rated": False}
        return "accepted"

    def newcomer(self, at: int) -> Member:
        wallets = {
            name: Wallet(oldest_first=name == "soon") for name in ("points", "net", "later", "soon", "cash")
        }
        member = {"number": len(self.members) + 1, "wallets": wallets, "orders": [], "net": 0, "club": ""}
        return member | {"season": "", "assessed": 0, "latest": 0, "used": {}, "entries": {}}

    def owner(self, message: Message) -> Member | None:
        """Whose a message is: of a correction, whoever made the order, where that is known."""
        order = self.orders.get(message["order"]["id"]) if message["type"] in CORRECTIONS else None
        return self.members.get(order["owner"] if order and order["rated"] else message["user"])

    def number(self, message: Message) -> int:
        member = self.owner(message)
        return 0 if member is None else int(member["number"])

    def unrated(self, message: Message) -> bool:
        order = self.orders.get(message["order"]["id"]) if message["type"] in CORRECTIONS else {"rated": True}
        return order is None or not order["rated"]

    # ---- one event

    def take(self, message: Message) -> None:
        kind, at, day = message["type"], message["at"], day_of(message["at"])
        if kind in CORRECTIONS:
            order = self.orders[message["order"]["id"]]
            member = self.members.get(order["owner"])
            changed = self.correct(member, order, message)
            if member is not None:
                self.assess(member, order["facts"]["day"] if changed else day, at)
            return
        member = self.members.get(message["user"])
        if kind == "Order Completed":
            self.purchase(member, message, day)
        if member is None:
            return
        if kind == "Order Delivered":
            order = self.orders.get(message["order"]["id"])
            if order and order["rated"] and order["owner"] == message["user"]:
                brought = {lot for lot, points, *_ in order["grants"] if points == "later"}
                member["wallets"]["later"].release(lambda name: name in brought)
        if kind == "Fee Charged":
            member["wallets"]["points"].deduct(40, self.now)
            member["wallets"]["soon"].deduct(6, self.now)
        if kind == "Store Visited":
            self.visit(member, day, at)
        self.assess(member, day, at)

    def purchase(self, member: Member | None, message: Message, day: int) -> None:
        order = self.orders[message["order"]["id"]]
        order |= {
            "rated": True,
            "owner": None if member is None else message["user"],
            "basket": basket(message["order"]),
            "said": [],
            "grants": [],
            "kept": [],
            "used": {},
            "room": {},
        }
        order["facts"] = {"day": day, "at": message["at"], "store": message["store"]}
        if member is None:
            return
        orders = [one for one in member["orders"] if one["basket"] is not None]
        days = [(one["facts"]["day"], one["basket"]["amount"]) for one in orders]
        latest = member["latest"]
        order["facts"] |= {
            "first": not orders,
            "week": sum(day - 7 < d <= day and d > latest - 7 for d, _ in days),
            "ninety": sum(amount for d, amount in days if day - 90 < d <= day and d > latest - 90),
            "club": member["club"] or "bronze",  # whoever has nothing yet is at the bottom
            "season": self.season_on(member, max(day, member["assessed"])),
        }
        room = self.room(member, day)
        awards, order["used"] = rules(order["basket"], order["facts"], room)
        # Only limits that a rule asked for were found.
        asked = ("count", "points")[: 1 + (room["count"] > 0)] if in_the_north(order) else ()
        order["room"] = {name: room[name] for name in asked}
        order["grants"] = self.grant(member, awards, day, message["at"])
        self.use(member, day, order["used"])
        order["taken"] = self.charge(member, self.fees(order["basket"], order["facts"]))
        member["orders"].append(order)
        member["latest"] = max(latest, day)

    def visit(self, member: Member, day: int, at: int) -> None:
        awards: Awards = []
        spring = ("spring", month_of(day))
        rich = member["wallets"]["points"].available >= 100
        if self.count(member, "visit", day) < 1:
            points = min(3, SPRING_A_MONTH - self.budgets.get(spring, 0))
            awards.append(("visit", "points", "house", points))
            self.budgets[spring] = self.budgets.get(spring, 0) + points
            self.add(member, "visit", day, 1)
        if rich:
            awards.append(("rich", "cash", "house", 1))
        self.grant(member, awards, day, at)

    # ---- limits

    def count(self, member: Member, limit: str, day: int) -> int:
        """What was used of a limit on a day; a day before the last eight on which it was used counts as
        full."""
        days = member["used"].setdefault(limit, {})
        return int(days.get(day, FULL if len(days) == DAYS_REMEMBERED and day < min(days) else 0))

    def add(self, member: Member, limit: str, day: int, amount: int) -> None:
        days = member["used"].setdefault(limit, {})
        if amount:
            days[day] = max(0, days.get(day, 0) + amount)
        if len(days) > DAYS_REMEMBERED:
            del days[min(days)]

    def room(self, member: Member, day: int) -> dict[str, int]:
        return {
            "points": NORTH_POINTS - self.budgets.get("north", 0),
            "count": max(0, NORTH_A_DAY - self.count(member, "north", day)),
        }

    def use(self, member: Member, day: int, used: dict[str, int]) -> None:
        self.budgets["north"] = self.budgets.get("north", 0) + used["points"]
        self.add(member, "north", day, used["count"])

    # ---- points

    def grant(self, member: Member, awards: Awards, day: int, at: int) -> list[Any]:
        """Credit what rules award: one lot for each point type and payer. Return [lot, type, payer, {rule:
        points}]."""
        together: dict[tuple[str, str], dict[str, int]] = {}
        for rule, kind, payer, said in awards:
            points = self.within_caps(member, day, said) if kind == "cash" else said
            if points:
                parts = together.setdefault((kind, payer), {})
                parts[rule] = parts.get(rule, 0) + points
        return [
            [self.credit(member, kind, sum(parts.values()), day, at), kind, payer, parts]
            for (kind, payer), parts in together.items()
        ]

    def credit(self, member: Member, kind: str, points: int, day: int, at: int) -> int:
        self.names += 1
        ends = start_of(day + GOOD_DAYS[kind] + 1) if kind in GOOD_DAYS else NEVER
        active = {"later": NEVER, "soon": start_of(day + 3)}.get(kind)
        member["wallets"][kind].credit(self.names, points, at, self.now, ends, active)
        member["net"] += points if kind == "net" else 0
        return self.names

    def within_caps(self, member: Member, day: int, said: int) -> int:
        wallet = member["wallets"]["cash"]
        room = max(0, CASH_MAX - wallet.available - wallet.pending)
        points = min(said, room, max(0, CASH_A_DAY - self.count(member, "cash", day)))
        self.add(member, "cash", day, points)
        return points

    def fees(self, whole: Basket | None, facts: dict[str, Any]) -> dict[str, int]:
        """What the rules take for an order, in their order."""
        if whole is None or not self.takes:
            return {}
        asked = {"bag": 3 if facts["store"] == "north" else 0}
        asked["post"] = earning(whole)["amount"] // 1000 if facts["store"] == "web" else 0
        return {rule: points for rule, points in asked.items() if points}

    def charge(self, member: Member, asked: dict[str, int]) -> list[Any]:
        """Take what rules ask for an order, as far as it is there. Return [rule, points, which lots]."""
        taken = [
            [rule, member["wallets"]["points"].deduct(points, self.now)] for rule, points in asked.items()
        ]
        return [[rule, sum(part for _, part in used), used] for rule, used in taken if used]

    # ---- corrections

    def correct(self, member: Member | None, order: dict[str, Any], message: Message) -> bool:
        old = order["basket"]
        came = self.came[message["source"], message["key"]]
        order["bought"] = order.get("bought", old)
        order["said"] = sorted([*order["said"], (message["at"], came, message["type"], message["order"])])
        new = order["bought"]
        for *_, kind, told in order["said"]:
            new = None if new is None else corrected(new, kind, told)
        if old is None and new is None:
            return False
        order["basket"] = new
        if member is None or member["orders"] is None or "club" not in order["facts"]:
            return True
        day = order["facts"]["day"]
        now = {name: left + order["used"][name] for name, left in self.room(member, day).items()}
        room = {name: min(now[name], order["room"].get(name, now[name])) for name in now}
        before, _ = rules(old, order["facts"], room)
        after, used = rules(new, order["facts"], room)
        self.use(member, day, {name: used[name] - order["used"][name] for name in used})
        order["used"] = used
        costs, cost = self.fees(new, order["facts"]), self.fees(old, order["facts"])
        owed = dict(costs)
        for fee in order["taken"]:
            stays = min(fee[1], owed.get(fee[0], 0))
            owed[fee[0]] = owed.get(fee[0], 0) - stays
            if fee[1] > stays:
                grace_ends = start_of(day_of(self.now) + GRACE_DAYS + 1)
                fee[2] = member["wallets"]["points"].give_back(fee[2], fee[1] - stays, self.now, grace_ends)
                fee[1] = stays
        due = {(rule, kind, payer): points for rule, kind, payer, points in after}
        said = {(rule, kind, payer): points for rule, kind, payer, points in before}
        more = {name: points - said.get(name, 0) for name, points in due.items()}
        self.count_again(member, order, more)
        left = dict(due)
        for kind in dict.fromkeys(grant[1] for grant in order["grants"]):
            for lot, of_kind, payer, parts in order["grants"]:
                if of_kind == kind:
                    kept = self.shrink(member, lot, kind, payer, parts, left, day)
                    order["kept"] += [[lot, kind, payer, rule, points] for rule, points in kept]
        rest = [(*name, points) for name, points in more.items() if points > 0]
        order["grants"] += self.grant(member, rest, day, order["facts"]["at"])
        order["taken"] += self.charge(
            member, {rule: n - cost.get(rule, 0) for rule, n in costs.items() if n > cost.get(rule, 0)}
        )
        return True

    def count_again(self, member: Member, order: dict[str, Any], more: dict[Any, int]) -> None:
        """What stayed with her of an award is given for the order again, before any new points are."""
        for one in order["kept"]:
            lot, kind, payer, rule, points = one
            part = max(0, min(points, more.get((rule, kind, payer), 0)))
            if part:
                more[rule, kind, payer] -= part
                parts = next(grant[3] for grant in order["grants"] if grant[0] == lot)
                parts[rule] = parts.get(rule, 0) + part
                one[4] -= part
                self.budgets["north"] = self.budgets.get("north", 0) - (part if rule == "north" else 0)
                member["net"] += part if kind == "net" else 0

    def shrink(
        self,
        member: Member,
        lot: int,
        kind: str,
        payer: str,
        parts: dict[str, int],
        left: dict[Any, int],
        day: int,
    ) -> list[tuple[str, int]]:
        """Leave of an award what its rules still give, each payer's part by itself; a cap on earning has room again.
        Return what of the rules' parts did not come back."""
        gone = {}
        for rule in list(parts):
            stays = min(parts[rule], left.get((rule, kind, payer), 0))
            left[rule, kind, payer] = left.get((rule, kind, payer), 0) - stays
            gone[rule] = parts.pop(rule) - stays
            if stays:
                parts[rule] = stays
        asked = sum(gone.values())
        if not asked:
            return []
        taken = member["wallets"][kind].take_back(lot, asked, self.now)
        # What did not come back was paid: each rule's share of it, the sum exact, still counts in its budget.
        kept, so_far = [], 0
        for rule, points in sorted(gone.items()):
            part = (asked - taken) * (so_far + points) // asked - (asked - taken) * so_far // asked
            so_far += points
            kept.append((rule, part))
            self.budgets["north"] = self.budgets.get("north", 0) + (part if rule == "north" else 0)
        self.add(member, kind, day, -taken if kind == "cash" else 0)
        member["net"] -= asked if kind == "net" else 0
        return kept

    # ---- tiers

    def season_on(self, member: Member, day: int) -> str:
        """What this month or the one before was enough for."""
        months = {month_of(day): 0, month_before(day): 0}
        for order in member["orders"]:
            month = month_of(order["facts"]["day"])
            if order["basket"] is not None and month in months:
                months[month] += order["basket"]["amount"]
        return "keen" if max(months.values()) >= 12_000 else "plain"

    def assess(self, member: Member, day: int, at: int) -> None:
        """Look at both tiers after an event; a change is an event of its own, on the day of what caused
        it."""
        member["assessed"] = max(member["assessed"], day)
        was, member["club"] = (
            member["club"],
            [t for t, (from_, _) in CLUB.items() if member["net"] >= from_][-1],
        )
        if was != member["club"]:
            self.moved(member, was, at)
        season = self.season_on(member, member["assessed"])
        # Beginning in the first tier is no event.
        rose = (was, member["club"]) != ("", "bronze") and was != member["club"]
        if rose or (season != member["season"] and (member["season"], season) != ("", "plain")):
            member["assessed"] = max(member["assessed"], day_of(at))
        member["season"] = self.season_on(member, member["assessed"])

    def moved(self, member: Member, was: str, at: int) -> None:
        tiers = list(CLUB)
        place = tiers.index(member["club"])
        for tier in tiers[: place + 1]:
            if tier not in member["entries"]:
                member["entries"][tier] = self.credit(member, "points", CLUB[tier][1], member["assessed"], at)
        for tier in tiers[place + 1 :]:
            if tier in member["entries"]:
                member["wallets"]["points"].take_back(member["entries"].pop(tier), CLUB[tier][1], self.now)
        if (tiers.index(was) if was else 0) < place:
            self.grant(member, [("reached", "soon", "house", 7)], day_of(at), at)


def in_the_north(order: dict[str, Any]) -> bool:
    return order["facts"]["store"] == "north" and bool(earning(order["basket"])["amount"] >= 500)


def rules(whole: Basket | None, facts: dict[str, Any], room: dict[str, int]) -> tuple[Awards, dict[str, int]]:
    """What the rules of an order give, and what of the limits of the north it uses."""
    if whole is None:
        return [], {"points": 0, "count": 0}
    part = earning(whole)
    cents = part["amount"]
    base = cents // 100
    north = in_the_north({"basket": whole, "facts": facts}) and room["count"] > 0
    ten = max(0, min(10, room["points"])) if north else 0
    shared = cents // 200 if facts["store"] == "web" else 0
    brewery, rest = divmod(shared * 30, 100)
    brewery += rest > 50  # the larger remainder has the odd point; of equal ones the first
    brewery += rest == 50
    awards = [
        *[
            (f"line-{sku.lower()}-{n}", "points", "house", points)
            for (sku, n), points in BY_LINE.items()
            if any(line["sku"] == sku and line["qty"] >= n for line in part["lines"])
        ],
        *[
            (f"above-{euros}", "points", "house", points)
            for euros, points in ABOVE.items()
            if cents >= euros * 100
        ],
        (
            f"{facts['club']}-{facts['store']}",
            "points",
            "house",
            AT_STORES.get((facts["club"], facts["store"]), 0),
        ),
        ("base", "points", "house", base),
        ("base", "net", "house", base),
        ("first", "points", "house", 50 if facts["first"] else 0),
        ("tea", "points", "house", 5 * sum(line["qty"] for line in part["lines"] if line["sku"] == "TEA")),
        ("north", "points", "house", ten),
        ("double", "points", "house", base if facts["club"] in ("silver", "gold") else 0),
        ("regular", "later", "house", 15 if facts["week"] >= 2 else 0),
        ("loyal", "soon", "house", 5 if facts["ninety"] >= 20_000 else 0),
        ("keen", "soon", "house", 4 if facts["season"] == "keen" else 0),
        ("cashback", "cash", "house", cents * 75 // 1000),
        ("brewed", "points", "partner:brew", brewery),
        ("brewed", "points", "house", shared - brewery),
    ]
    return [award for award in awards if award[3] > 0], {"points": ten, "count": int(north)}
