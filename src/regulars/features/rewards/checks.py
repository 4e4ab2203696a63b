"""What makes a reward valid. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from typing import Final, Protocol

from regulars.features.rewards.model import (
    HOLD_S_MAX,
    IMAGES_MAX,
    KINDS,
    LIMITS_MAX,
    PARTS_MAX,
    TERMS_MAX,
    TEXT_MAX,
    Discount,
    Limit,
    Rate,
    Reward,
)
from regulars.kit.errors import FieldError
from regulars.kit.money import MINOR_MAX
from regulars.kit.points import POINTS_MAX

CODE_PATTERN: Final = r"^[a-z0-9][a-z0-9_-]{0,62}$"
_CODE = re.compile(CODE_PATTERN)
_HUNDRED = Decimal(100)
COUNT_MAX: Final = 10**12


class Surroundings(Protocol):
    """What a program has that a reward may name."""

    @property
    def point_types(self) -> Collection[str]:
        """Codes of the point types that can be spent."""

    @property
    def stores(self) -> Collection[str]:
        """Codes of the stores."""

    @property
    def partners(self) -> Collection[str]:
        """Codes of the partners."""

    @property
    def tiers(self) -> Mapping[str, Collection[str]] | None:
        """Codes of the tiers by tier set; None where that is not looked at."""

    @property
    def vouchers(self) -> Collection[str] | None:
        """Codes of the vouchers; None where that is not looked at."""

    @property
    def draws(self) -> Collection[str] | None:
        """Codes of the draws; None where that is not looked at."""


def check_reward(reward: Reward, around: Surroundings, rewards: Collection[str]) -> list[FieldError]:
    """Return what is wrong with a reward; `rewards` are the codes a bundle may name."""
    return [
        *_texts(reward),
        *_price(reward),
        *_named(reward, around),
        *_kind(reward, rewards),
        *_amounts(reward),
    ]


def _texts(reward: Reward) -> Iterator[FieldError]:
    if not _CODE.fullmatch(reward.code):
        yield FieldError("code", "not_a_code", "Write a-z, 0-9, - and _; at most 63 letters.")
    if reward.kind not in KINDS:
        yield FieldError("kind", "unknown_kind", f"Choose one of {', '.join(KINDS)}.")
    if not 0 < len(reward.name.strip()) <= TEXT_MAX or not reward.name.isprintable():
        yield FieldError("name", "not_a_text", f"Write 1 to {TEXT_MAX} printable characters.")
    if len(reward.category) > TEXT_MAX or not reward.category.isprintable():
        yield FieldError("category", "not_a_text", f"Write at most {TEXT_MAX} printable characters.")
    for field, most in (("description", TERMS_MAX), ("terms", TERMS_MAX), ("content", TERMS_MAX)):
        text = getattr(reward, field) or ""
        if len(text) > most or "\x00" in text:
            yield FieldError(field, "too_long", f"Write at most {most} letters.")
    if len(reward.images) > IMAGES_MAX or any(
        not image.startswith(("https://", "/")) for image in reward.images
    ):
        yield FieldError(
            "images", "not_images", f"Write at most {IMAGES_MAX} addresses that begin with https:// or /."
        )


def _price(reward: Reward) -> Iterator[FieldError]:
    price = reward.price
    if price.rate is not None:
        if price.points or price.money:
            yield FieldError("price", "two_prices", "A rate stands alone: leave points and money out.")
        yield from _rate(price.rate)
        return
    if not 0 <= price.points <= POINTS_MAX:
        yield FieldError("price.points", "out_of_range", f"Write a whole number from 0 to {POINTS_MAX}.")
    if not 0 <= price.money <= MINOR_MAX:
        yield FieldError("price.money", "out_of_range", f"Write a whole number from 0 to {MINOR_MAX}.")


def _rate(rate: Rate) -> Iterator[FieldError]:
    for field in ("points", "worth", "least", "step"):
        if not 0 < getattr(rate, field) <= POINTS_MAX:
            yield FieldError(f"price.rate.{field}", "not_positive", "Write a whole number, at least 1.")
    if rate.most is not None and rate.most < rate.least:
        yield FieldError("price.rate.most", "below_least", "Write at least as many as `least`.")


def _named(reward: Reward, around: Surroundings) -> Iterator[FieldError]:
    if reward.point_type is not None and reward.point_type not in around.point_types:
        yield FieldError("point_type", "unknown_point_type", "Name a point type that can be spent.")
    if reward.gift_card is not None and reward.gift_card not in around.point_types:
        yield FieldError("gift_card", "unknown_point_type", "Name a point type that can be spent.")
    if reward.partner is not None and reward.partner not in around.partners:
        yield FieldError("partner", "unknown_partner", "There is no such partner in this program.")
    for place, store in enumerate(reward.stores):
        if store not in around.stores:
            yield FieldError(f"stores[{place}]", "unknown_store", "There is no such store in this program.")
    if reward.voucher is not None and around.vouchers is not None and reward.voucher not in around.vouchers:
        yield FieldError(
            "voucher", "unknown_voucher", f"There is no voucher {reward.voucher!r}: make it first."
        )
    if reward.draw is not None and around.draws is not None and reward.draw not in around.draws:
        yield FieldError("draw", "unknown_draw", f"There is no draw {reward.draw!r}: make it first.")
    if around.tiers is not None:
        yield from _tiers(reward, around.tiers)


def _tiers(reward: Reward, known: Mapping[str, Collection[str]]) -> Iterator[FieldError]:
    for tier_set, tiers in reward.tiers.items():
        if tier_set not in known:
            yield FieldError(
                f"tiers.{tier_set}", "unknown_tier_set", "There is no such tier set in this program."
            )
            continue
        for place, tier in enumerate(tiers):
            if tier not in known[tier_set]:
                said = f"The tiers of {tier_set} are {', '.join(known[tier_set])}."
                yield FieldError(f"tiers.{tier_set}[{place}]", "unknown_tier", said)


def _kind(reward: Reward, rewards: Collection[str]) -> Iterator[FieldError]:
    if reward.kind == "discount":
        if reward.discount is None and reward.price.rate is None:
            yield FieldError("discount", "missing", "Say what is taken off, or give the price as a rate.")
    elif reward.discount is not None:
        yield FieldError("discount", "not_of_this_kind", "Only a discount takes something off.")
    if reward.discount is not None:
        yield from _discount(reward.discount)
    if reward.kind == "free_item" and not reward.sku:
        yield FieldError("sku", "missing", "Name the product that is given.")
    if reward.kind == "voucher" and not reward.voucher:
        yield FieldError("voucher", "missing", "Name the voucher that is issued.")
    if reward.kind == "draw_tickets" and not reward.draw:
        yield FieldError("draw", "missing", "Name the draw.")
    yield from _gift_card(reward)
    if reward.kind == "partner" and reward.partner is None:
        yield FieldError("partner", "missing", "Name the partner who gives it.")
    if (reward.kind == "bundle") != bool(reward.items):
        yield FieldError("items", "not_of_this_kind", "A bundle, and nothing else, has items.")
    if len(reward.items) > PARTS_MAX:
        yield FieldError("items", "too_many", f"A bundle has at most {PARTS_MAX} items.")
    for place, part in enumerate(reward.items):
        if part.reward not in rewards or part.reward == reward.code:
            yield FieldError(
                f"items[{place}].reward", "unknown_reward", "Name another reward that is no bundle."
            )
        if not 1 <= part.quantity <= 1_000:
            yield FieldError(f"items[{place}].quantity", "out_of_range", "Write 1 to 1000.")


def _gift_card(reward: Reward) -> Iterator[FieldError]:
    if reward.kind != "gift_card":
        if reward.gift_card is not None:
            yield FieldError("gift_card", "not_of_this_kind", "Only a gift card is made with money on it.")
        return
    if (reward.gift_card is None) == (reward.voucher is None):
        yield FieldError(
            "gift_card",
            "missing",
            "Name the point type that the cards hold; or, for cards of somebody else, their codes as `voucher`.",
        )
    if not reward.value and reward.price.rate is None:
        yield FieldError("value", "missing", "Say what is on a card, or give the price as a rate.")


def _discount(discount: Discount) -> Iterator[FieldError]:
    if (discount.amount is None) == (discount.percent is None):
        yield FieldError("discount", "amount_or_percent", "Write either amount or percent.")
    if discount.amount is not None and not 0 < discount.amount <= MINOR_MAX:
        yield FieldError("discount.amount", "not_positive", "Write minor units, at least 1.")
    if discount.percent is not None and not 0 < discount.percent <= _HUNDRED:
        yield FieldError("discount.percent", "not_a_percentage", "Write more than 0 and at most 100.")
    if (discount.on == "order") == bool(discount.match):
        yield FieldError(
            "discount.match", "mismatch", "Name the SKU or the category, and nothing for an order."
        )
    for field in ("minimum", "most"):
        if (getattr(discount, field) or 0) < 0:
            yield FieldError(f"discount.{field}", "out_of_range", "Write minor units, 0 or more.")


def _amounts(reward: Reward) -> Iterator[FieldError]:
    if reward.value is not None and not 0 <= reward.value <= MINOR_MAX:
        yield FieldError("value", "out_of_range", f"Write minor units from 0 to {MINOR_MAX}.")
    if not 1 <= reward.tickets <= 1_000_000:
        yield FieldError("tickets", "out_of_range", "Write 1 to 1000000.")
    if not 1 <= reward.hold_s <= HOLD_S_MAX:
        yield FieldError("hold_s", "out_of_range", f"Write seconds from 1 to {HOLD_S_MAX}.")
    if reward.valid_from and reward.valid_until and reward.valid_from >= reward.valid_until:
        yield FieldError("valid_until", "before_start", "Write an instant after `valid_from`.")
    if len(reward.limits) > LIMITS_MAX:
        yield FieldError("limits", "too_many", f"A reward has at most {LIMITS_MAX} limits.")
    seen: set[tuple[str, str]] = set()
    for place, limit in enumerate(reward.limits):
        yield from _limit(limit, place, seen)


def _limit(limit: Limit, place: int, seen: set[tuple[str, str]]) -> Iterator[FieldError]:
    if not 0 <= limit.max <= COUNT_MAX:
        yield FieldError(f"limits[{place}].max", "out_of_range", f"Write 0 to {COUNT_MAX}.")
    if (limit.per, limit.period) in seen:
        yield FieldError(f"limits[{place}]", "twice", "There is one limit for whom and period.")
    seen.add((limit.per, limit.period))
