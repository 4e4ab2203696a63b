"""What a ledger moves: accounts, transfers, lots, and the purse that must never go below zero.

All amounts are int in the smallest unit of their point type. Instants are int microseconds since 1970-01-01
UTC here, because the hot path compares and packs them a million times a minute; `FOREVER` stands for
PostgreSQL's infinity.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import IntEnum, StrEnum

import msgspec

FOREVER = 2**63 - 1

# The state of a purse whose member was merged: whoever still leads to it must look again who she is now.
MOVED_AWAY = "moved"


class TransferKind(IntEnum):
    """Why points moved. Stored as smallint; never reused, only appended to."""

    EARN = 1
    RELEASE = 2
    REVERSE = 3
    EXPIRE = 4
    SPEND = 5
    SPEND_CANCELLED = 6
    ADJUST = 7
    HOLD = 8
    CAPTURE = 9
    VOID = 10
    SENT = 11
    RECEIVED = 12
    DEBT = 13
    DEBT_REPAID = 14
    DEDUCT = 15
    OPENING = 16
    MERGED_AWAY = 17
    MERGED_IN = 18


class Side(IntEnum):
    """The four sides of a member's wallet; the first three are its place in `purse.balances`."""

    AVAILABLE = 0
    PENDING = 1
    HELD = 2
    DEBT = 3


class HoldStatus(StrEnum):
    """What became of points set aside. `moved` = the member was merged.

    `moved_to` is the hold in the other purse.
    """

    OPEN = "open"
    CAPTURED = "captured"
    VOIDED = "voided"
    EXPIRED = "expired"
    MOVED = "moved"


def no_grace(at: int) -> int:
    """Points that come back to a lot that has ended end at once."""
    return at


class PointAccounts(msgspec.Struct, frozen=True):
    """The account ids of one point type: the four sides of every wallet, and the issuer's."""

    point_type_id: int
    available: int
    pending: int
    held: int
    debt: int
    house: int
    spent: int
    expired: int
    adjusted: int
    between_members: int
    funders: dict[str, int] = {}

    def funder(self, name: str) -> int:
        """Return the account that funds awards: "house", "partner:<code>" or "campaign:<code>".

        KeyError when not opened.
        """
        return self.house if name == "house" else self.funders[name]

    def payer(self, account_id: int) -> str:
        """Return the name that `funder` knows an account by.

        "house" for every other account of the issuer.
        """
        return next((name for name, known in self.funders.items() if known == account_id), "house")


class Terms(msgspec.Struct, frozen=True):
    """How points of one type are kept; taken from the point type's policy by the caller.

    `debt_max` 0 = claw-backs are capped at what is there. `balance_max` None = no cap. `oldest_first` uses
    lots as they were earned instead of as they end. `grace_end(at)` = when points end that come back at `at`
    to a lot that has ended. `idle_end(at)` = when points end if nothing is earned or spent after `at`; None =
    they do not end by idleness.
    """

    slot: int
    accounts: PointAccounts
    lots: bool = True
    debt_max: int = 0
    balance_max: int | None = None
    oldest_first: bool = False
    grace_end: Callable[[int], int] = no_grace
    idle_end: Callable[[int], int] | None = None


class Lot:
    """Points with one origin and one expiry; `id` is the transfer that brought them."""

    __slots__ = (
        "active_at", "amount", "earned_at", "expires_at", "funding_account_id", "id",
        "is_new", "member_id", "pending", "point_type_id", "program_id", "remaining",
    )  # fmt: skip

    def __init__(
        self,
        member_id: int,
        lot_id: int,
        program_id: int,
        point_type_id: int,
        amount: int,
        remaining: int,
        pending: bool,
        funding_account_id: int,
        earned_at: int,
        active_at: int,
        expires_at: int,
        is_new: bool = False,
    ) -> None:
        self.member_id = member_id
        self.id = lot_id
        self.program_id = program_id
        self.point_type_id = point_type_id
        self.amount = amount
        self.remaining = remaining
        self.pending = pending
        self.funding_account_id = funding_account_id
        self.earned_at = earned_at
        self.active_at = active_at
        self.expires_at = expires_at
        self.is_new = is_new

    def copy(self) -> Lot:
        """Return a lot of its own with the same values."""
        return Lot(
            self.member_id, self.id, self.program_id, self.point_type_id, self.amount, self.remaining, self.pending,
            self.funding_account_id, self.earned_at, self.active_at, self.expires_at, self.is_new,
        )  # fmt: skip

    @property
    def order(self) -> tuple[int, int, int]:
        """Lots are used by (expiry, earned, id)."""
        return (self.expires_at, self.earned_at, self.id)

    @property
    def age(self) -> tuple[int, int]:
        """The order of point types that use what was earned first."""
        return (self.earned_at, self.id)


class Hold:
    """Points set aside for a while; `id` is the transfer that did it, `drawn` what it took from which lot."""

    __slots__ = (
        "amount", "captured", "closed_at", "created_at", "drawn", "expires_at", "id", "is_new", "member_id", "moved_to",
        "point_type_id", "program_id", "reference", "status",
    )  # fmt: skip

    def __init__(
        self,
        member_id: int,
        hold_id: int,
        program_id: int,
        point_type_id: int,
        amount: int,
        captured: int,
        status: str,
        reference: str,
        created_at: int,
        expires_at: int,
        closed_at: int | None,
        moved_to: int | None,
        is_new: bool = False,
    ) -> None:
        self.member_id = member_id
        self.id = hold_id
        self.program_id = program_id
        self.point_type_id = point_type_id
        self.amount = amount
        self.captured = captured
        self.status = HoldStatus(status)
        self.reference = reference
        self.created_at = created_at
        self.expires_at = expires_at
        self.closed_at = closed_at
        self.moved_to = moved_to
        self.is_new = is_new
        self.drawn: list[tuple[Lot, int]] = []


class Purse:
    """All wallets of one member, locked and in memory.

    `balances` = available, pending, held for slot 0, then slot 1, …

    `lots` holds the open lots by point type id (`lots_read`); a credit needs none. `holds` holds the open
    holds, when they were read. `reversible` says of awards that ended or were taken back in part how much of
    each can still be taken back; `moved` of lots that merges brought which award they are of; `activity` when
    points of a type were earned or spent, in order, for types that end by idleness.
    """

    __slots__ = (
        "activity", "balances", "debt_max", "debts", "holds", "lots", "lots_read", "member_id", "moved", "program_id",
        "reversible", "state",
    )  # fmt: skip

    def __init__(
        self,
        member_id: int,
        program_id: int,
        balances: list[int],
        debts: list[int] | None,
        debt_max: int,
        state: str,
    ) -> None:
        self.member_id = member_id
        self.program_id = program_id
        self.balances = balances
        self.debts = debts or []
        self.debt_max = debt_max
        self.state = state
        self.lots: dict[int, list[Lot]] = {}
        self.lots_read = False
        self.holds: dict[int, list[Hold]] = {}
        self.reversible: dict[int, int] = {}
        self.moved: dict[int, int] = {}
        self.activity: dict[int, list[int]] = {}

    def copy(self) -> Purse:
        """Return a purse of its own with the same balances, lots and state; open holds are not copied."""
        twin = Purse(
            self.member_id,
            self.program_id,
            list(self.balances),
            list(self.debts) if self.debts else None,
            self.debt_max,
            self.state,
        )
        if self.lots:
            twin.lots = {point_type: [lot.copy() for lot in lots] for point_type, lots in self.lots.items()}
        twin.lots_read = self.lots_read
        if self.reversible:
            twin.reversible = dict(self.reversible)
        if self.moved:
            twin.moved = dict(self.moved)
        twin.activity = self.activity
        return twin

    def balance(self, slot: int, side: Side) -> int:
        """Return what one side of one wallet holds; a wallet never touched holds 0."""
        if side is Side.DEBT:
            return self.debts[slot] if slot < len(self.debts) else 0
        place = 3 * slot + side
        return self.balances[place] if place < len(self.balances) else 0

    def available(self, slot: int) -> int:
        """Return what can be spent of one wallet."""
        place = 3 * slot
        return self.balances[place] if place < len(self.balances) else 0

    def move(self, slot: int, side: Side, change: int) -> None:
        """Add `change` to one side. The caller has made sure that nothing goes below zero.

        The database checks again.
        """
        if side is Side.DEBT:
            self.debts.extend([0] * (slot + 1 - len(self.debts)))
            self.debts[slot] += change
        else:
            balances = self.balances
            if len(balances) < 3 * slot + 3:
                balances.extend([0] * (3 * slot + 3 - len(balances)))
            balances[3 * slot + side] += change


class Cause(msgspec.Struct, frozen=True):
    """What every transfer of one decision has in common: where it came from and when.

    `reverses_id` names the transfer that this one undoes or completes: the award taken back, the hold
    captured.
    """

    occurred_at: int
    posted_at: int
    event_id: int | None = None
    ruleset_version: int | None = None
    detail: str | None = None
    reverses_id: int | None = None
