"""What can be heard: the types of notices, families of them, and the test for being subscribed."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

ALL: Final = "*"
PING: Final = "webhook.ping"
# Everything that is announced; effects are named by rules, so their family is open.
NOTICE_TYPES: Final = {
    "points.earned": "Points were posted to a member and can be spent",
    "points.pending": "Points were posted that can be spent later",
    "points.released": "Pending points became spendable",
    "points.expiring": "Points will expire soon",
    "points.expired": "Points expired",
    "points.reversed": "Points were taken back after a return or a cancellation",
    "points.spent": "Points were spent",
    "points.returned": "Points that were spent came back",
    "points.held": "Points were set aside",
    "points.hold_ended": "Points that were set aside are free again",
    "points.sent": "Points went to another member",
    "points.received": "Points came from another member",
    "points.adjusted": "Points were corrected by hand",
    "reward.reserved": "A reward was set aside for a member",
    "reward.redeemed": "A member took a reward",
    "redemption.changed": "A reward was ordered, shipped or delivered",
    "redemption.cancelled": "A reward was given back, whole or in part; points and money go back",
    "redemption.expired": "A reward that was set aside is free again",
    "checkout.closed": "A checkout became an order: what was set aside is taken",
    "checkout.cancelled": "An open checkout was given up: what was set aside is free again",
    "checkout.reopened": "A closed checkout is open again, its order taken back whole",
    "checkout.returned": "Pieces of a checkout's order or its rewards came back; money and points go back",
    "voucher.issued": "A member was given a voucher",
    "voucher.used": "A voucher was used by an order",
    "voucher.returned": "An order gave its voucher back",
    "voucher.voided": "A voucher was taken back",
    "draw.won": "A member won a prize and got it, or somebody is to hand it over",
    "draw.revealed": "A draw was revealed: who won can be seen and checked",
    "giftcard.activated": "A gift card was sold",
    "giftcard.topped_up": "Money was put on a gift card",
    "giftcard.paid": "Somebody paid with a gift card",
    "giftcard.refunded": "A payment was returned to its gift card",
    "giftcard.taken_in": "A gift card that was a reward came back unused",
    "household.spent": "A member spent points of her household",
    "household.returned": "Points that a household spent came back",
    "offline.overspent": "A till without network took more than a token was good for, or too late",
    "period.closed": "A month of the books was closed for good",
    "tier.changed": "A member entered or left a tier",
    "member.joined": "A member joined the program",
    "member.merged": "Two members became one",
    "member.erased": "A member's personal data was erased",
    "approval.asked": "Something waits for another person",
    "approval.decided": "What waited was approved, rejected, withdrawn or became void",
    "budget.nearly_used": "A budget is nearly used up",
    "partner.block_low": "A partner's block of points is to be bought again",
    "partner.block_exhausted": "A partner's block of points is used up; the fallback funds",
    "partner.statement_issued": "A statement was issued to a partner",
    "partner.statement_disputed": "A partner disputes a statement",
    "partner.statement_agreed": "A statement was agreed",
    "partner.statement_settled": "A statement was paid",
    "effect.send_message": "A rule asks for a message to a member",
    "effect.create_task": "A rule asks for a task of a person",
    "effect.call_webhook": "A rule calls your system",
    "effect.custom": "A rule had an effect of your own",
}
_TYPE = re.compile(r"[a-zA-Z0-9_]{1,60}(?:\.[a-zA-Z0-9_]{1,60}){1,3}")
_FAMILY = re.compile(r"[a-zA-Z0-9_]{1,60}\.\*")


class Subscribed(frozenset[str]):
    """The types, families and * that endpoints of a program listen to; `type in subscribed` knows families."""

    __slots__ = ()

    def __contains__(self, notice_type: object) -> bool:
        """Say whether anybody listens to this type, such as `points.earned`."""
        return len(self) > 0 and any(map(super().__contains__, patterns_for(str(notice_type))))


def patterns_for(notice_type: str) -> tuple[str, str, str]:
    """Return what an endpoint may have subscribed to in order to hear a type: itself, its family, everything."""
    return notice_type, f"{notice_type.partition('.')[0]}.*", ALL


def wrong_patterns(patterns: Iterable[str]) -> list[str]:
    """Return the patterns that are no type, family or *; a type outside the open family of effects must be known."""
    return [pattern for pattern in patterns if not _known(pattern)]


def _known(pattern: str) -> bool:
    if pattern == ALL:
        return True
    if _FAMILY.fullmatch(pattern):
        return any(known.startswith(pattern[:-1]) for known in NOTICE_TYPES)
    return pattern in NOTICE_TYPES or (pattern.startswith("effect.") and bool(_TYPE.fullmatch(pattern)))
