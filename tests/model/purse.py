"""The wallets of the accrual model: lots in lists, counted and never stored. Shares nothing with the ledger.

A lot is a dict: name, amount, left, at (occurred), ends, active (when it stops being pending; None =
already),
gone (expired of it), back (taken back of it). Times are whole minutes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

NEVER = 10**12
Lot = dict[str, Any]


class Wallet:
    """One member's points of one type."""

    def __init__(self, *, debt_max: int = 0, oldest_first: bool = False) -> None:
        self.lots: list[Lot] = []
        self.debt = 0
        self.debt_max = debt_max
        self.oldest_first = oldest_first
        self.names: dict[Any, Lot] = {}
        self.taken = self.expired = 0

    @property
    def available(self) -> int:
        return sum(lot["left"] for lot in self.lots if lot["active"] is None)

    @property
    def pending(self) -> int:
        return sum(lot["left"] for lot in self.lots if lot["active"] is not None)

    def open_lots(self) -> list[tuple[int, int, bool, int]]:
        """(end, occurred, pending, left) of every lot with something left."""
        lots = [lot for lot in self.lots if lot["left"]]
        return sorted((lot["ends"], lot["at"], lot["active"] is not None, lot["left"]) for lot in lots)

    def credit(self, name: Any, amount: int, at: int, now: int, ends: int, active: int | None) -> None:
        pending = active is not None and active > now
        lot = {"name": name, "amount": amount, "left": amount, "at": at, "ends": ends, "gone": 0, "back": 0}
        self.lots.append(lot | {"active": active if pending else None})
        self.names[name] = self.lots[-1]
        if not pending:
            self.repay()

    def settle(self, now: int) -> None:
        """Let every moment up to `now` at which something is due pass, in order; at one moment the end comes
        first."""
        while True:
            due = [lot["ends"] for lot in self.lots if lot["left"] and lot["ends"] <= now]
            due += [lot["active"] for lot in self.lots if self._becomes_active(lot, now)]
            if not due:
                break
            self.end(min(due))
            for lot in self.lots:
                if self._becomes_active(lot, min(due)):
                    lot["active"] = None
                    self.repay()
        self.lots = [lot for lot in self.lots if lot["left"] or lot["active"] is not None]

    def _becomes_active(self, lot: Lot, now: int) -> bool:
        return lot["active"] is not None and lot["active"] <= now and lot["active"] < lot["ends"]

    def end(self, now: int) -> None:
        """What has ended is gone."""
        for lot in self.lots:
            if lot["left"] and lot["ends"] <= now:
                lot["gone"] += lot["left"]
                self.expired += lot["left"]
                lot["left"] = 0

    def repay(self) -> None:
        paid = min(self.debt, self.available)
        self.debt -= paid
        self.use(paid)

    def use(self, amount: int) -> list[tuple[Lot, int]]:
        """Take what is there from the lots in their order; return how much of which."""
        used = []

        def order(lot: Lot) -> Any:
            first = (lot["at"],) if self.oldest_first else (lot["ends"], lot["at"])
            return (*first, lot["name"])

        for lot in sorted((lot for lot in self.lots if lot["left"] and lot["active"] is None), key=order):
            part = min(lot["left"], amount)
            lot["left"] -= part
            amount -= part
            used += [(lot, part)] if part else []
        assert amount == 0
        return used

    def deduct(self, amount: int, now: int) -> list[tuple[Lot, int]]:
        """Take what there is, at most `amount`; return how much of which lot."""
        self.end(now)
        return self.use(min(amount, self.available))

    def give_back(
        self, used: list[tuple[Lot, int]], amount: int, now: int, grace_ends: int
    ) -> list[tuple[Lot, int]]:
        """Return `amount` to the lots it was taken from, the last one first; return what is still out.

        What comes back to a lot that has ended is good for some days of grace.
        """
        out = []
        for lot, part in reversed(used):
            back = min(part, amount)
            lot["left"] += back
            amount -= back
            out += [(lot, part - back)] if part > back else []
            if back and lot["ends"] <= now:
                lot["ends"] = grace_ends
            if back and not any(known is lot for known in self.lots):
                self.lots.append(lot)
        assert amount == 0
        self.repay()
        return out[::-1]

    def release(self, wanted: Callable[[Any], bool]) -> None:
        for lot in self.lots:
            if lot["active"] is not None and wanted(lot["name"]):
                lot["active"] = None
                self.repay()

    def take_back(self, name: Any, amount: int, now: int) -> int:
        """Take back part of an award: where it is, then from the others, then as debt; what ended is not
        taken twice.

        Return how much was taken.
        """
        self.end(now)
        award = self.names[name]
        due = min(amount, award["amount"] - award["gone"] - award["back"])
        own = min(due, award["left"])
        award["left"] -= own
        others = min(due - own, self.available)
        self.use(others)
        owed = max(0, min(due - own - others, self.debt_max - self.debt))
        self.debt += owed
        award["back"] += own + others + owed
        self.taken += own + others
        return own + others + owed
