"""Taking rewards: set aside (authorise) or at once, one or many in a transaction; each whole or not at all."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Sequence
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec

from regulars.core.ledger import TransferKind, hold
from regulars.features.programs import PointType
from regulars.features.rewards import (
    LIMIT,
    STOCK,
    Pool,
    Priced,
    Reward,
    RewardSoldOut,
    Stored,
    lock_pools,
    open_pool,
    price_of,
    rule_facts,
    select_used,
    worth_of,
)
from regulars.flows.redemption.counter import Counter, Grounds, open_counter
from regulars.flows.redemption.errors import (
    InsufficientPoints,
    InvalidRedemption,
    LimitReached,
    RewardNotForTier,
    RewardNotInForce,
    RewardNotInStore,
)
from regulars.flows.redemption.model import (
    QUANTITY_MAX,
    REFERENCE_MAX,
    REWARD_REDEEMED,
    Ask,
    Claims,
    Order,
    Receipt,
    Result,
    Status,
)
from regulars.flows.redemption.periods import opens_at, period_name
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError, Rejected
from regulars.kit.ids import encode


class Alone(Exception):
    """Something is handed out here: such a request has a transaction of its own."""


class Wanted(msgspec.Struct, frozen=True):
    """A request that may be granted: the reward, its price, and the pieces and places in limits that it takes."""

    ask: Ask
    stored: Stored
    point_type: PointType
    price: Priced
    pieces: dict[tuple[int, str], int]
    limits: tuple[tuple[str, int], ...]


async def take(
    tx: Transaction, grounds: Grounds, program_id: int, asks: Sequence[Ask], now: datetime
) -> list[Result]:
    """Set rewards aside or take them; one receipt or refusal each, and what was refused left no trace.

    Refusals: UnknownReward, RewardNotInForce, RewardNotForTier, RewardNotInStore, InsufficientPoints, RewardSoldOut,
    LimitReached, MemberGone, SpendingBlocked, InvalidRedemption and what the issuer refuses. Raises Alone for several
    requests one of which hands something out; its refusal must undo its transaction.
    """
    counter = await open_counter(tx, grounds, program_id, [ask.member_id for ask in asks], now)
    results = await take_at(counter, asks, alone=len(asks) == 1)
    await counter.close()
    return [counter.answer(one) for one in results]


async def take_at(counter: Counter, asks: Sequence[Ask], *, alone: bool) -> list[Result]:
    """Decide about requests at an open counter, whose wallets hold those of all who ask."""
    wanted: list[Wanted | Rejected] = []
    tiers = await tiers_of(counter, asks)
    for ask in asks:
        try:
            wanted.append(await _wanted(counter, ask, tiers))
        except Rejected as refusal:
            wanted.append(refusal)
    granted = [one for one in wanted if isinstance(one, Wanted)]
    if not alone and any(one.ask.at_once and hands_out(one.stored.reward) for one in granted):
        raise Alone
    used = await _used(counter, granted)
    pools = await _pools(counter, granted)
    results: list[Result] = []
    for one in wanted:
        try:
            results.append(one if isinstance(one, Rejected) else await _take(counter, one, used, pools))
        except Rejected as refusal:
            results.append(refusal)
    return results


def hands_out(reward: Reward) -> bool:
    """Whether something is issued on confirmation: vouchers, gift cards, tickets."""
    return bool(reward.voucher or reward.gift_card or reward.draw or reward.items)


async def price(counter: Counter, ask: Ask, tiers: dict[int, dict[str, str]]) -> tuple[Priced, PointType]:
    """Return what a request costs, with what rules change, and in which points.

    Refuses as `take` does before points are looked at.
    """
    wanted = await _wanted(counter, ask, tiers)
    return wanted.price, wanted.point_type


async def tiers_of(counter: Counter, asks: Sequence[Ask]) -> dict[int, dict[str, str]]:
    """Return the tiers of those who want something that is for some tiers only."""
    asked = {
        ask.member_id
        for ask in asks
        if (stored := counter.book.by_code.get(ask.reward)) and stored.reward.tiers
    }
    purses = {number: purse for number, purse in counter.purses.items() if number in asked}
    if not purses:
        return {}
    return await counter.ports.promotions.tiers(counter.tx, counter.config.id, purses, counter.instant)


async def _wanted(counter: Counter, ask: Ask, tiers: dict[int, dict[str, str]]) -> Wanted:
    stored = counter.book.offered(ask.reward)
    reward = stored.reward
    _check_ask(ask, reward)
    member = counter.present(ask.member_id)
    if not reward.in_force(counter.instant):
        raise RewardNotInForce(valid_from=_text(reward.valid_from), valid_until=_text(reward.valid_until))
    if not reward.open_to(tiers.get(ask.member_id, {}), frozenset(member.lists)):
        raise RewardNotForTier(
            tiers="; ".join(f"{code}: {', '.join(one)}" for code, one in reward.tiers.items()),
            lists=", ".join(reward.lists),
        )
    point_type = _point_type(counter, reward)
    listed = ask.points if reward.price.rate is not None else reward.price.points * ask.quantity
    assert listed is not None
    worth = worth_of(reward.price.rate, listed) if reward.price.rate is not None else None
    changes: tuple[Any, ...] = ()
    if counter.ground.listening.prices and listed:
        changes = await counter.ports.promotions.changes(
            counter.tx,
            counter.config.id,
            ask.member_id,
            facts_of(reward, ask, point_type, listed),
            counter.instant,
        )
    priced = price_of(listed, reward.price.money * ask.quantity, changes, worth)
    limits = tuple(
        (f"{limit.per}:{period_name(limit.period, counter.instant, counter.config.zone)}", limit.max)
        for limit in reward.limits
    )
    return Wanted(ask, stored, point_type, priced, _pieces(counter, stored, ask, limits), limits)


def _check_ask(ask: Ask, reward: Reward) -> None:
    rate, errors = reward.price.rate, []
    if not 1 <= ask.quantity <= QUANTITY_MAX or (rate is not None and ask.quantity != 1):
        message = "Choose points instead of pieces." if rate is not None else f"Write 1 to {QUANTITY_MAX}."
        errors.append(FieldError("quantity", "out_of_range", message))
    if (rate is None) != (ask.points is None):
        message = "Say how many points." if rate is not None else "This reward has a price: leave points out."
        errors.append(FieldError("points", "not_of_this_reward", message))
    if rate is not None and ask.points is not None:
        most = ask.points if rate.most is None else rate.most
        if not rate.least <= ask.points <= most or ask.points % rate.step:
            first = -(-rate.least // rate.step) * rate.step
            said = f"from {first}" + (f" to {rate.most}" if rate.most is not None else "")
            errors.append(FieldError("points", "out_of_range", f"Write {said} in steps of {rate.step}."))
    if len(ask.reference) > REFERENCE_MAX:
        errors.append(FieldError("reference", "too_long", f"Write at most {REFERENCE_MAX} letters."))
    if errors:
        raise InvalidRedemption(errors=errors)


def _point_type(counter: Counter, reward: Reward) -> PointType:
    config = counter.config
    found = config.redeemable if reward.point_type is None else config.point_types.get(reward.point_type)
    if found is None or found.id not in counter.ground.terms:
        raise InvalidRedemption(
            errors=[FieldError("reward", "no_points", "The program has no points to take this reward with.")]
        )
    return found


def _pieces(
    counter: Counter, stored: Stored, ask: Ask, limits: tuple[tuple[str, int], ...]
) -> dict[tuple[int, str], int]:
    """Return the pieces that a request takes, by pool: its own or those of its parts, and places in common limits."""
    parts = [(stored, ask.quantity)]
    for part in stored.reward.items:
        parts.append((counter.book.offered(part.reward), part.quantity * ask.quantity))
    wanted: Tally[tuple[int, str]] = Tally()
    for one, pieces in parts:
        if one.reward.stores and ask.store not in one.reward.stores:
            raise RewardNotInStore(stores=", ".join(one.reward.stores))
        if one.reward.stock:
            wanted[one.id, STOCK + (ask.store if one.reward.stores else "")] += pieces
    for name, _ in limits:
        per, _, period = name.partition(":")
        if per == "all":
            wanted[stored.id, LIMIT + period] += ask.quantity
    return dict(wanted)


async def _used(counter: Counter, granted: Sequence[Wanted]) -> Tally[tuple[int, int, str]]:
    """Return how often members had the limited rewards they want."""
    limited = [one for one in granted if any(name.startswith("member:") for name, _ in one.limits)]
    if not limited:
        return Tally()
    return Tally(
        await select_used(
            counter.tx, [one.ask.member_id for one in limited], [one.stored.id for one in limited]
        )
    )


async def _pools(counter: Counter, granted: Sequence[Wanted]) -> dict[tuple[int, str], Pool]:
    """Lock what the granted requests take, all together; a limit's pool is opened when its period begins."""
    wanted: Tally[tuple[int, str]] = Tally()
    limits: dict[tuple[int, str], int] = {}
    for one in granted:
        wanted.update(one.pieces)
        for name, most in one.limits:
            per, _, period = name.partition(":")
            if per == "all":
                limits[one.stored.id, LIMIT + period] = most
    start = counter.ground.batch_id
    pools = await lock_pools(counter.tx, dict(wanted), start)
    for (reward_id, key), most in limits.items():
        if not pools[reward_id, key].opened:
            await open_pool(counter.tx, reward_id, key, most)
            again = {(reward_id, key): wanted[reward_id, key]}
            pools |= await lock_pools(counter.tx, again, start)
    return pools


async def _take(
    counter: Counter,
    one: Wanted,
    used: Tally[tuple[int, int, str]],
    pools: dict[tuple[int, str], Pool],
) -> Receipt:
    """Grant one request, or refuse it before anything was changed."""
    ask, kind = one.ask, one.point_type
    available = counter.purses[ask.member_id].available(kind.slot)
    if one.price.points > available:
        raise InsufficientPoints(
            point_type=kind.code, available=available, missing=one.price.points - available
        )
    _check_limits(counter, one, used, pools)
    for (reward_id, key), pieces in one.pieces.items():
        if pieces > pools[reward_id, key].left:
            raise RewardSoldOut(
                reward=counter.book.by_id[reward_id].reward.code, left=pools[reward_id, key].left
            )
    order = _new_order(counter, one)
    if ask.at_once and hands_out(one.stored.reward):
        issued = await counter.ports.issuer.issue(counter.tx, one.stored.reward, order, counter.instant)
        order = msgspec.structs.replace(order, issued=issued)
    claims = _claim(one, used, pools)
    counter.taken += claims.pieces
    counter.used += [(ask.member_id, *place) for place in claims.used]
    order = _pay(counter, one, msgspec.structs.replace(order, claims=claims))
    counter.new_orders[order.id] = order
    return counter.receipt(order, ask.member_id, one.price.points, one.price.money)


def _check_limits(
    counter: Counter,
    one: Wanted,
    used: Tally[tuple[int, int, str]],
    pools: dict[tuple[int, str], Pool],
) -> None:
    for name, most in one.limits:
        per, _, period = name.partition(":")
        if per == "all":
            left = pools[one.stored.id, LIMIT + period].left
        else:
            left = max(0, most - used[one.ask.member_id, one.stored.id, period])
        if one.ask.quantity > left:
            opens = opens_at(period, counter.instant, counter.config.zone)
            raise LimitReached(per=per, period=period.partition("/")[0], left=left, opens_at=_text(opens))


def _claim(one: Wanted, used: Tally[tuple[int, int, str]], pools: dict[tuple[int, str], Pool]) -> Claims:
    pieces = [piece for place, count in one.pieces.items() for piece in pools[place].take(count)]
    places = []
    for name, _ in one.limits:
        per, _, period = name.partition(":")
        if per == "member":
            used[one.ask.member_id, one.stored.id, period] += one.ask.quantity
            places.append((one.stored.id, period, one.ask.quantity))
    return Claims(tuple(pieces), tuple(places))


def _new_order(counter: Counter, one: Wanted) -> Order:
    ask, reward, now = one.ask, one.stored.reward, counter.instant
    status = Status.RESERVED
    if ask.at_once:
        status = Status.CONFIRMED if counter.book.shipped(reward) else Status.DELIVERED
    return Order(
        member_id=ask.member_id,
        id=counter.postings.ids.take(),
        program_id=counter.config.id,
        reward_id=one.stored.id,
        reward_version=one.stored.version,
        status=status.value,
        quantity=ask.quantity,
        point_type_id=one.point_type.id,
        points=one.price.points,
        money=one.price.money,
        points_back=0,
        money_back=0,
        returned=Fraction(0),
        payer_id=ask.member_id,
        hold_id=None,
        spend_id=None,
        store=ask.store,
        reference=ask.reference,
        actor=ask.actor,
        price=one.price,
        claims=Claims(),
        issued=(),
        delivery={},
        created_at=now,
        expires_at=now + timedelta(seconds=ask.hold_s or reward.hold_s),
        confirmed_at=now if ask.at_once else None,
        closed_at=None,
    )


def _pay(counter: Counter, one: Wanted, order: Order) -> Order:
    """Set the points aside, or spend them; tell who listens."""
    ask, purse, terms = one.ask, counter.purses[order.member_id], counter.terms(one.point_type)
    facts = {"point_type": one.point_type.code, "points": order.points, "reference": order.reference}
    cause = counter.cause(ask.actor, order.id)
    if ask.at_once and order.points:
        spent = counter.postings.take(
            purse, terms, order.points, terms.accounts.spent, TransferKind.SPEND, cause
        )
        counter.hear("points.spent", order.member_id, {**facts, "transfer": spent})
        order = msgspec.structs.replace(order, spend_id=spent)
    elif order.points:
        until = counter.now + int((order.expires_at - counter.instant).total_seconds()) * 1_000_000
        named = encode("rdm", order.id)  # points set aside for a reward are spent with it, not on their own
        held = hold(counter.postings, purse, terms, order.points, until, cause, named)
        assert held is not None
        counter.hear("points.held", order.member_id, {**facts, "hold": held.id})
        order = msgspec.structs.replace(order, hold_id=held.id)
    told(counter, one.stored.reward, order, "reward.redeemed" if ask.at_once else "reward.reserved")
    if ask.at_once:
        redeemed(counter, one.stored.reward, order)
    return order


def redeemed(counter: Counter, reward: Reward, order: Order) -> None:
    """Let rules hear that a reward was taken, when some listen."""
    if counter.ground.listening.redeemed:
        facts = facts_of_order(counter, reward, order)
        counter.events.append((order.member_id, REWARD_REDEEMED, f"redemption/{order.id}", facts))


def told(counter: Counter, reward: Reward, order: Order, notice_type: str, **more: Any) -> None:
    """Tell subscribers what became of a redemption."""
    facts = {
        "redemption": order.id,
        "reward": reward.code,
        "kind": reward.kind,
        "status": str(order.status),
        "quantity": order.quantity,
        "points": order.points,
        "money": order.money,
        "reference": order.reference,
        **more,
    }
    counter.hear(notice_type, order.member_id, facts)


def facts_of(reward: Reward, ask: Ask, point_type: PointType, listed: int) -> dict[str, Any]:
    """Return what rules may ask of a reward that somebody wants: properties of the event."""
    return rule_facts(reward, point_type.code, listed, ask.quantity, ask.store)


def facts_of_order(counter: Counter, reward: Reward, order: Order) -> dict[str, Any]:
    """Return the same for a redemption, with what was paid."""
    ask = Ask(order.member_id, reward.code, order.quantity, store=order.store)
    kind = counter.config.point_types_by_id[order.point_type_id]
    paid = {"paid_points": order.points, "paid_money": order.money}
    return {**facts_of(reward, ask, kind, order.price.listed), **paid}


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat().replace("+00:00", "Z")
