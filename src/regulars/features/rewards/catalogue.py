"""Making, changing and archiving rewards; stock; and the rewards of a program as a process holds them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

import msgspec

from regulars.features.rewards import store
from regulars.features.rewards.checks import Surroundings, check_reward
from regulars.features.rewards.errors import InvalidReward, UnknownReward
from regulars.features.rewards.model import Reward, Shelf, Stored
from regulars.features.rewards.pools import LIMIT, STOCK, fill_pool
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError, PreconditionFailed

ANYWHERE = ""


class RewardBook:
    """The rewards of a program as of one revision, by code and by number."""

    def __init__(self, revision: int, rewards: Iterable[Stored]) -> None:
        """Hold all of them, archived ones too: old orders name them."""
        self.revision = revision
        self.by_id: Mapping[int, Stored] = {one.id: one for one in rewards}
        self.by_code: Mapping[str, Stored] = {one.reward.code: one for one in self.by_id.values()}

    def offered(self, code: str) -> Stored:
        """Return a reward that is not archived. Refuses with UnknownReward."""
        found = self.by_code.get(code)
        if found is None or found.archived_at is not None:
            raise UnknownReward
        return found

    def shipped(self, reward: Reward) -> bool:
        """Whether somebody has to send or hand over something of it: itself, or a part of a bundle."""
        parts = (self.by_code.get(part.reward) for part in reward.items)
        return reward.shipped or any(part is not None and part.reward.shipped for part in parts)


class RewardBooks:
    """The rewards a process has in use, each program's until they have another revision."""

    def __init__(self) -> None:
        """Start empty."""
        self._books: dict[int, RewardBook] = {}

    async def get(self, tx: Transaction, program_id: int, revision: int | None = None) -> RewardBook:
        """Return a program's rewards as they are now; `revision` where the caller has just read it."""
        if revision is None:
            revision = await store.select_rewards_revision(tx, program_id)
        known = self._books.get(program_id)
        if known is not None and known.revision == revision:
            return known
        book = RewardBook(revision, await store.select_rewards(tx, program_id))
        if known is None or revision >= known.revision:
            self._books[program_id] = book
        return book


async def select_reward(tx: Transaction, program_id: int, code: str) -> Stored:
    """Return a reward, archived or not. Refuses with UnknownReward."""
    found = await store.select_reward(tx, program_id, code)
    if found is None:
        raise UnknownReward
    return found


async def put_reward(
    tx: Transaction,
    program_id: int,
    reward: Reward,
    around: Surroundings,
    now: datetime,
    expected: str | None = None,
) -> tuple[Stored, bool]:
    """Make a reward or give it another version; return it and whether it is new. Equal content makes no version.

    `expected` is the version (ETag) that was read. Refuses with InvalidReward and PreconditionFailed.
    """
    await store.bump_revision(tx, program_id)
    known = await store.select_rewards(tx, program_id)
    simple = {one.reward.code for one in known if one.reward.kind != "bundle" and one.archived_at is None}
    reward = msgspec.structs.replace(reward, name=reward.name.strip(), category=reward.category.strip())
    errors = check_reward(reward, around, simple)
    if errors:
        raise InvalidReward(errors=errors)
    before = next((one for one in known if one.reward.code == reward.code), None)
    if expected is not None and (before is None or version_of(before) != expected):
        raise PreconditionFailed
    if before is None:
        number = await store.insert_reward(tx, program_id, reward.code)
        await store.insert_version(tx, number, 1, reward, now)
        return Stored(number, 1, reward), True
    if before.reward == reward and before.archived_at is None:
        return before, False
    after = Stored(before.id, before.version + 1, reward)
    await store.insert_version(tx, after.id, after.version, reward, now)
    await store.update_reward(tx, after.id, after.version)
    await _resize_limits(tx, after)
    return after, False


async def archive_reward(
    tx: Transaction, program_id: int, code: str, now: datetime, expected: str | None = None
) -> None:
    """Stop offering a reward; what was ordered stays. Refuses with UnknownReward, PreconditionFailed."""
    await store.bump_revision(tx, program_id)
    found = await select_reward(tx, program_id, code)
    if expected is not None and version_of(found) != expected:
        raise PreconditionFailed
    await store.update_archived(tx, found.id, now)


async def put_reward_stock(
    tx: Transaction,
    program_id: int,
    code: str,
    *,
    place: str = ANYWHERE,
    free: int | None = None,
    add: int = 0,
) -> Shelf:
    """Say how many pieces of a reward a store has free, or that `add` more came (fewer: less than zero).

    Refuses with UnknownReward, and with InvalidReward where the reward is not counted or not in that store.
    """
    found = await select_reward(tx, program_id, code)
    reward = found.reward
    if not reward.stock:
        raise InvalidReward(errors=[FieldError("stock", "not_counted", "Set `stock` on the reward first.")])
    if place not in (reward.stores or (ANYWHERE,)):
        known = ", ".join(reward.stores) or "none: leave it out"
        raise InvalidReward(errors=[FieldError("store", "not_there", f"The reward's stores: {known}.")])
    return await fill_pool(tx, found.id, STOCK + place, free=free, add=add)


def version_of(stored: Stored) -> str:
    """Return the ETag of a reward."""
    return f"{stored.version}{'-archived' if stored.archived_at else ''}"


async def _resize_limits(tx: Transaction, stored: Stored) -> None:
    """Pools of limits that are open now hold what the new version says."""
    limits = {limit.period: limit.max for limit in stored.reward.limits if limit.per == "all"}
    for _, key, _, total in await store.select_pools(tx, [stored.id]):
        period = key.removeprefix(LIMIT).partition("/")[0]
        if key.startswith(LIMIT) and period in limits and limits[period] != total:
            await fill_pool(tx, stored.id, key, total=limits[period])
