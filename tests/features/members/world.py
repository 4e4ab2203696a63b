"""What the tests of members share: a program of their own kind, and short ways to make members."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import msgspec

from regulars.features.members import Newcomer, enrol_batch, split_traits
from regulars.infra.db import Database

NOW = datetime(2026, 3, 2, 10, 5, tzinfo=UTC)
ORDER = ("external_id", "card", "phone", "email", "anonymous_id")


class Settings(msgspec.Struct, frozen=True):
    identifier_order: tuple[str, ...] = ORDER


class Terms(msgspec.Struct, frozen=True):
    """A program as members see it, without the slice that owns programs."""

    id: int = 1
    region: str = "DE"
    settings: Settings = Settings()


TERMS = Terms()


def newcomer(traits: dict[str, Any] | None = None, **identifiers: str) -> Newcomer:
    return Newcomer(identifiers, NOW, split_traits(traits or {}))


async def enrol(db: Database, *newcomers: Newcomer, terms: Terms = TERMS) -> list[int]:
    async with db.transaction() as tx:
        return await enrol_batch(tx, terms, newcomers, NOW)
