"""What a kiosk is, told a second time: plain dicts over the plain wallets; nothing shared with the engine."""

from __future__ import annotations

from typing import Any

from tests.model.wallet import ModelWallets


class ModelKiosk:
    """Rewards by name: price in points and money, pieces or None, most per member or None. Days are numbers."""

    def __init__(self, rewards: dict[str, dict[str, Any]]) -> None:
        self.rewards = rewards
        self.wallets = ModelWallets()
        self.orders: dict[int, dict[str, Any]] = {}

    def settle(self, day: int) -> None:
        """Let reservations end whose day has come, and wallets do what is due."""
        for member in list(self.wallets.wallets):
            self.wallets.settle(member, day)

    def standing(self, order: dict[str, Any], day: int) -> str:
        if order["status"] == "reserved" and order["ends"] <= day:
            return "expired"
        return str(order["status"])

    def noted(self, day: int) -> None:
        """Reservations that ended are noted as such: their pieces are free again."""
        for order in self.orders.values():
            order["status"] = self.standing(order, day)

    def taken(self, reward: str, member: int | None = None) -> int:
        """Pieces that are not free: of everybody, or counted against a member."""
        return sum(
            int(order["pieces"])
            for order in self.orders.values()
            if order["reward"] == reward
            and order["status"] not in ("cancelled", "expired")
            and (member is None or order["member"] == member)
        )

    def refusal(self, member: int, reward: str, quantity: int, day: int) -> str | None:
        """Why a member cannot have a reward now: no points, too often, none left; in this order."""
        thing = self.rewards[reward]
        self.wallets.settle(member, day)
        if thing["points"] * quantity > self.wallets.available(member):
            return "insufficient_points"
        if thing["limit"] is not None and self.taken(reward, member) + quantity > thing["limit"]:
            return "limit_reached"
        if thing["stock"] is not None and self.taken(reward) + quantity > thing["stock"]:
            return "reward_sold_out"
        return None

    def take(
        self, number: int, member: int, reward: str, quantity: int, day: int, *, ends: int, at_once: bool
    ) -> None:
        thing = self.rewards[reward]
        points = thing["points"] * quantity
        order: dict[str, Any] = {
            "member": member, "reward": reward, "quantity": quantity, "points": points, "pieces": quantity,
            "money": thing["money"] * quantity, "ends": ends, "points_back": 0, "money_back": 0, "back": 0,
            "status": "confirmed" if at_once else "reserved", "used": [],
        }  # fmt: skip
        if at_once:
            order["used"] = self.wallets.spend(member, points, day)
        else:
            assert self.wallets.hold(member, str(number), points, ends, day)
        self.orders[number] = order

    def confirm(self, number: int, quantity: int, day: int) -> None:
        order = self.orders[number]
        thing = self.rewards[order["reward"]]
        used = self.wallets.wallet(order["member"])["holds"][str(number)]["used"]
        points = thing["points"] * quantity
        rest = order["points"] - points
        assert self.wallets.capture(order["member"], str(number), points, day)
        order |= {"status": "confirmed", "quantity": quantity, "pieces": quantity, "points": points}
        order |= {"money": thing["money"] * quantity, "used": without(used, rest)}

    def void(self, number: int, day: int) -> None:
        order = self.orders[number]
        assert self.wallets.void(order["member"], str(number), day)
        order |= {"status": "cancelled", "pieces": 0}

    def give_back(self, number: int, quantity: int, day: int) -> tuple[int, int]:
        """Give pieces back; return the points and the money that came back with them."""
        order = self.orders[number]
        order["back"] += quantity
        points = order["points"] * order["back"] // order["quantity"] - order["points_back"]
        money = order["money"] * order["back"] // order["quantity"] - order["money_back"]
        order["used"] = self.wallets.cancel(order["member"], order["used"], points, day)
        order["points_back"] += points
        order["money_back"] += money
        order["pieces"] -= quantity
        if order["back"] == order["quantity"]:
            order["status"] = "cancelled"
        return points, money


def without(used: list[tuple[Any, int]], rest: int) -> list[tuple[Any, int]]:
    """Return what is still used of lots when `rest` came back, the last one first."""
    still = []
    for lot, part in reversed(used):
        back = min(part, rest)
        rest -= back
        if part - back:
            still.append((lot, part - back))
    return list(reversed(still))
