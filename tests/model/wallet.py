"""What a wallet is, told a second time: plain dicts and loops, nothing shared with the engine, slow and
obvious.

One point type, any number of members. Times are whole numbers. A lot is a dict, a wallet is
{"lots": [...], "holds": {name: {...}}, "debt": n}; a member's points are counted, never stored.
"""

from __future__ import annotations

from typing import Any

Lot = dict[str, Any]
NEVER = 10**18


class ModelWallets:
    """All wallets of one point type, by member."""

    def __init__(self, *, debt_max: int = 0, grace: int = 0, oldest_first: bool = False) -> None:
        """Start with nobody."""
        self.wallets: dict[int, dict[str, Any]] = {}
        self.debt_max = debt_max
        self.grace = grace
        self.oldest_first = oldest_first
        self.issued = self.spent = self.expired = self.reversed = 0

    def wallet(self, member: int) -> dict[str, Any]:
        return self.wallets.setdefault(member, {"lots": [], "holds": {}, "debt": 0})

    # ---- counting

    def available(self, member: int) -> int:
        return sum(lot["left"] for lot in self.wallet(member)["lots"] if not lot["pending"])

    def pending(self, member: int) -> int:
        return sum(lot["left"] for lot in self.wallet(member)["lots"] if lot["pending"])

    def held(self, member: int) -> int:
        return sum(hold["amount"] for hold in self.wallet(member)["holds"].values())

    def debt(self, member: int) -> int:
        return int(self.wallet(member)["debt"])

    def lots(self, member: int) -> list[tuple[int, int, bool, int]]:
        """(end, earned, pending, left) of every lot with something left."""
        return sorted(
            (lot["ends"], lot["earned"], lot["pending"], lot["left"])
            for lot in self.wallet(member)["lots"]
            if lot["left"]
        )

    def total(self) -> int:
        """What all members together have, less what they owe."""
        return sum(self.available(m) + self.pending(m) + self.held(m) - self.debt(m) for m in self.wallets)

    # ---- moving

    def credit(
        self, member: int, name: int, amount: int, now: int, *, active: int = 0, ends: int = NEVER
    ) -> None:
        lot = {
            "name": name, "amount": amount, "left": amount, "earned": now, "pending": active > now,
            "active": active, "ends": ends, "gone": 0, "reversed": 0,
        }  # fmt: skip
        self.wallet(member)["lots"].append(lot)
        self.issued += amount
        if not lot["pending"]:
            self._repay(member)

    def spend(self, member: int, amount: int, now: int) -> list[tuple[Lot, int]] | None:
        """Spend exactly `amount`, or nothing; return what was used of which lots."""
        self.settle(member, now)
        if amount > self.available(member):
            return None
        self.spent += amount
        return self._use(member, amount)

    def cancel(
        self, member: int, used: list[tuple[Lot, int]], amount: int, now: int
    ) -> list[tuple[Lot, int]]:
        """Give back `amount` of a spend; return what of it is still spent."""
        self.settle(member, now)
        self.spent -= amount
        return self._give_back(member, used, amount, now)

    def hold(self, member: int, name: str, amount: int, ends: int, now: int) -> bool:
        self.settle(member, now)
        if amount > self.available(member):
            return False
        self.wallet(member)["holds"][name] = {
            "amount": amount,
            "ends": ends,
            "used": self._use(member, amount),
        }
        return True

    def capture(self, member: int, name: str, amount: int, now: int) -> bool:
        self.settle(member, now)
        hold = self.wallet(member)["holds"].pop(name, None)
        if hold is None:
            return False
        self.spent += amount
        self._give_back(member, hold["used"], hold["amount"] - amount, now)
        return True

    def void(self, member: int, name: str, now: int) -> bool:
        self.settle(member, now)
        hold = self.wallet(member)["holds"].pop(name, None)
        if hold is None:
            return False
        self._give_back(member, hold["used"], hold["amount"], now)
        return True

    def take_back(self, member: int, name: int, amount: int, now: int) -> int:
        """Take an award back in part; return what was neither taken nor owed."""
        self.settle(member, now)
        lots = self.wallet(member)["lots"]
        award = next(lot for lot in lots if lot["name"] == name)
        # What was taken back from other lots may have ended in its own since: then nothing is due.
        due = max(0, min(amount, award["amount"] - award["gone"] - award["reversed"]))
        taken = 0
        if award["pending"]:
            taken = min(due, award["left"])
            award["left"] -= taken
        own = 0 if award["pending"] else min(due - taken, award["left"])
        award["left"] -= own
        taken += own
        others = min(due - taken, self.available(member))
        self._use(member, others)
        taken += others
        owed = max(0, min(due - taken, self.debt_max - self.debt(member)))
        self.wallet(member)["debt"] += owed
        award["reversed"] += taken + owed
        self.reversed += taken + owed
        return amount - taken - owed

    def send(self, sender: int, receiver: int, amount: int, now: int) -> bool:
        self.settle(sender, now)
        self.settle(receiver, now)
        if amount > self.available(sender):
            return False
        for lot, used in self._use(sender, amount):
            self.wallet(receiver)["lots"].append(
                {
                    "name": None, "amount": used, "left": used, "earned": lot["earned"], "pending": False,
                    "active": now, "ends": lot["ends"], "gone": 0, "reversed": 0,
                }
            )  # fmt: skip
            self._repay(receiver)
        return True

    def merge(self, giver: int, taker: int, now: int) -> None:
        """Everything of one member becomes the other's, and keeps when it ends."""
        self.settle(giver, now)
        self.settle(taker, now)
        old, new = self.wallet(giver), self.wallet(taker)
        for lot in old["lots"]:
            if lot["left"]:
                new["lots"].append({**lot, "name": None, "amount": lot["left"], "gone": 0, "reversed": 0})
                lot["left"] = 0
        for name, hold in old["holds"].items():
            used = [({**lot, "name": None, "amount": part, "left": 0}, part) for lot, part in hold["used"]]
            new["lots"] += [lot for lot, _ in used]
            new["holds"][name] = {**hold, "used": used}
        old["holds"] = {}
        new["debt"] += old["debt"]
        old["debt"] = 0
        self._repay(taker)

    def release(self, member: int, name: int, now: int) -> None:
        self.settle(member, now)
        for lot in self.wallet(member)["lots"]:
            if lot["name"] == name and lot["pending"]:
                lot["pending"] = False
                self._repay(member)

    def settle(self, member: int, now: int) -> None:
        """Let every moment up to `now` pass, one by one, at which something was due."""
        while True:
            wallet = self.wallet(member)
            moments = [lot["ends"] for lot in wallet["lots"] if lot["left"] and lot["ends"] <= now]
            moments += [
                lot["active"]
                for lot in wallet["lots"]
                if lot["pending"] and lot["active"] <= now and lot["active"] < lot["ends"]
            ]
            moments += [hold["ends"] for hold in wallet["holds"].values() if hold["ends"] <= now]
            if not moments:
                return
            self._moment(member, min(moments))

    def _moment(self, member: int, at: int) -> None:
        wallet = self.wallet(member)
        for lot in wallet["lots"]:
            if lot["ends"] <= at and lot["left"]:
                lot["gone"] += lot["left"]
                self.expired += lot["left"]
                lot["left"] = 0
        for lot in wallet["lots"]:
            if lot["pending"] and lot["active"] <= at and lot["active"] < lot["ends"]:
                lot["pending"] = False
                self._repay(member)
        for name, hold in list(wallet["holds"].items()):
            if hold["ends"] <= at:
                del wallet["holds"][name]
                self._give_back(member, hold["used"], hold["amount"], at)

    def _use(self, member: int, amount: int) -> list[tuple[Lot, int]]:
        lots = [lot for lot in self.wallet(member)["lots"] if lot["left"] and not lot["pending"]]
        # sorted() keeps the order of arrival where end and earning are equal
        lots = sorted(
            lots, key=lambda lot: lot["earned"] if self.oldest_first else (lot["ends"], lot["earned"])
        )
        used = []
        for lot in lots:
            part = min(lot["left"], amount)
            if part:
                lot["left"] -= part
                amount -= part
                used.append((lot, part))
        assert amount == 0
        return used

    def _give_back(
        self, member: int, used: list[tuple[Lot, int]], amount: int, now: int
    ) -> list[tuple[Lot, int]]:
        still = []
        for lot, part in reversed(used):
            back = min(part, amount)
            amount -= back
            lot["left"] += back
            if back and lot["ends"] <= now:
                lot["ends"] = now + self.grace
            if part - back:
                still.append((lot, part - back))
        assert amount == 0
        self._repay(member)
        return list(reversed(still))

    def _repay(self, member: int) -> None:
        paid = min(self.debt(member), self.available(member))
        if paid:
            self._use(member, paid)
            self.wallet(member)["debt"] -= paid
