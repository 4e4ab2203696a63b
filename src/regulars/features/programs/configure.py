"""Making and changing programs and their parts. Every change takes the program's row and gives it its next revision.

`expected` is the version (ETag) the caller has read; None changes whatever is there. "*" stands for: it must exist.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from hashlib import sha256
from typing import Any, TypeVar

import msgspec

from regulars.core import ledger
from regulars.features.programs import store
from regulars.features.programs.config import load_config
from regulars.features.programs.errors import (
    FixedOnceMade,
    ProgramArchived,
    StillInUse,
    TooManyPointTypes,
    UnknownPartner,
    UnknownPointType,
    UnknownSource,
    UnknownStore,
)
from regulars.features.programs.model import (
    POINT_TYPE_KINDS,
    Partner,
    PointType,
    Program,
    ProgramConfig,
    ProgramSettings,
    Source,
    Store,
)
from regulars.features.programs.policy import PointTypePolicy, parse_policy
from regulars.features.programs.validate import (
    Findings,
    check_partner,
    check_program,
    check_source,
    check_store,
)
from regulars.infra.db import Transaction
from regulars.kit.errors import FieldError, PreconditionFailed
from regulars.kit.points import SCALE_MAX
from regulars.kit.zones import local_date, zone

POINT_TYPES_MAX = 64
# As many random bits as a write key has.
SIGNING_SECRET_BYTES = 32

T = TypeVar("T", Partner, Store, Source, PointType)


def version_of(value: Any) -> str:
    """Return the version of a configuration object: equal content has an equal version."""
    if isinstance(value, Program):
        value = msgspec.structs.replace(value, revision=0)
    return sha256(msgspec.json.encode(value)).hexdigest()[:24]


async def create_program(
    tx: Transaction,
    code: str,
    name: str,
    *,
    currency: str,
    zone: str,
    region: str,
    settings: ProgramSettings | None = None,
    now: datetime,
) -> Program:
    """Make a program. Refuses with ProgramExists and InvalidConfiguration."""
    settings = settings or ProgramSettings()
    found = check_program(name, currency, zone, region, settings)
    found.code("code", code)
    found.settle()
    draft = Program(0, code, name.strip(), currency, zone, region, settings, 1, now)
    return await store.insert_program(tx, draft)


async def change_program(
    tx: Transaction, program_id: int, changes: Mapping[str, Any], expected: str | None = None
) -> Program:
    """Change name, zone, region or settings of a program. The code and the currency are fixed once made."""
    before = await _take(tx, program_id, allow_archived=True)
    _expect(before, expected)
    after = msgspec.structs.replace(before, **changes)
    if (after.currency, after.code) != (before.currency, before.code):
        raise FixedOnceMade("The code and the currency of a program cannot be changed.")
    check_program(after.name, after.currency, after.zone, after.region, after.settings).settle()
    return await store.update_program(tx, after)


async def archive_program(
    tx: Transaction, program_id: int, now: datetime | None, expected: str | None = None
) -> None:
    """Archive a program: its keys stop working, its books stay. None as `now` brings it back."""
    _expect(await _take(tx, program_id, allow_archived=True), expected)
    await store.update_program_archived(tx, program_id, now)


async def put_partner(
    tx: Transaction,
    program_id: int,
    code: str,
    name: str,
    roles: Sequence[str] = ("earn",),
    *,
    now: datetime,
    expected: str | None = None,
) -> tuple[Partner, bool]:
    """Make a partner or change it; return it and whether it is new."""
    config = await _config(tx, program_id)
    before = config.partners.get(code)
    _expect(before, expected)
    check_partner(code, name, roles).settle()
    ordered = [role for role in ("earn", "burn") if role in roles]
    return await store.upsert_partner(tx, program_id, code, name.strip(), ordered, now), before is None


async def archive_partner(
    tx: Transaction, program_id: int, code: str, now: datetime, expected: str | None = None
) -> None:
    """Archive a partner that no live store, source or point type refers to."""
    config = await _config(tx, program_id)
    partner = _known(config.partners.get(code), UnknownPartner)
    _expect(partner, expected)
    users = [s.code for s in config.stores.values() if s.partner == code and s.archived_at is None]
    users += [t.code for t in config.point_types.values() if t.partner == code and t.archived_at is None]
    users += [s.code for s in config.sources.values() if s.partner == code and s.disabled_at is None]
    if users:
        raise StillInUse(
            f"The partner is still named by {', '.join(sorted(users)[:10])}; archive that first."
        )
    await store.update_partner_archived(tx, program_id, code, now)


async def put_stores(
    tx: Transaction, program_id: int, stores: Sequence[Store], *, now: datetime, expected: str | None = None
) -> tuple[list[Store], int]:
    """Make or change any number of stores at once; return them and how many are new.

    `expected` is for one store. `id` and `archived_at` of the given ones are ignored.
    """
    config = await _config(tx, program_id)
    found = Findings()
    for position, shop in enumerate(stores):
        path = f"stores[{position}]." if len(stores) > 1 else ""
        found.errors += check_store(shop.code, shop.name, shop.region, shop.channel, path).errors
        found.errors += _unknown_partner(config, shop.partner, f"{path}partner")
    if len({shop.code for shop in stores}) != len(stores):
        found.refuse("stores", "named_twice", "A code occurs twice.")
    found.settle()
    _expect(config.stores.get(stores[0].code) if stores else None, expected)
    rows = [(s.code, s.name.strip(), s.region, s.channel, _partner_id(config, s.partner)) for s in stores]
    await store.upsert_stores(tx, program_id, rows, now)
    written = {s.code: s for s in await store.select_stores(tx, program_id)}
    return [written[s.code] for s in stores], sum(s.code not in config.stores for s in stores)


async def archive_store(
    tx: Transaction, program_id: int, code: str, now: datetime, expected: str | None = None
) -> None:
    """Archive a store that no live source refers to."""
    config = await _config(tx, program_id)
    _expect(_known(config.stores.get(code), UnknownStore), expected)
    users = [s.code for s in config.sources.values() if s.store == code and s.disabled_at is None]
    if users:
        raise StillInUse(f"The store is still named by {', '.join(sorted(users)[:10])}; change that first.")
    await store.update_store_archived(tx, program_id, code, now)


async def put_source(
    tx: Transaction, program_id: int, source: Source, *, now: datetime, expected: str | None = None
) -> tuple[Source, bool]:
    """Make a source or change it; return it and whether it is new. Its `id` and `disabled_at` are ignored."""
    config = await _config(tx, program_id)
    before = config.sources_by_code.get(source.code)
    _expect(before, expected)
    found = check_source(source.code, source.name, source.profile, source.origins, source.rate_per_second)
    found.errors += _unknown_partner(config, source.partner, "partner")
    shop = config.stores.get(source.store) if source.store else None
    if source.store and (shop is None or shop.archived_at):
        found.refuse("store", "unknown_store", "The program has no store with this code.")
    found.settle()
    source_id = await store.upsert_source(
        tx, program_id, source, shop.id if shop else None, _partner_id(config, source.partner), now
    )
    return msgspec.structs.replace(source, id=source_id, disabled_at=None), before is None


async def sign_source(tx: Transaction, program_id: int, code: str) -> str:
    """Let every request of a source be signed from now on; return the secret, which is shown this once.

    A secret from before stops working. Refuses with UnknownSource.
    """
    config = await _config(tx, program_id)
    _known(config.sources_by_code.get(code), UnknownSource)
    secret = secrets.token_hex(SIGNING_SECRET_BYTES)
    await store.update_source_secret(tx, program_id, code, secret)
    return secret


async def unsign_source(tx: Transaction, program_id: int, code: str) -> None:
    """Take requests of a source without a signature again. Refuses with UnknownSource."""
    config = await _config(tx, program_id)
    _known(config.sources_by_code.get(code), UnknownSource)
    await store.update_source_secret(tx, program_id, code, None)


async def disable_source(
    tx: Transaction, program_id: int, code: str, now: datetime, expected: str | None = None
) -> None:
    """Disable a source: its write keys stop working at once."""
    config = await _config(tx, program_id)
    _expect(_known(config.sources_by_code.get(code), UnknownSource), expected)
    await store.update_source_disabled(tx, program_id, code, now)


async def put_point_type(
    tx: Transaction,
    program_id: int,
    code: str,
    name: str,
    *,
    kind: str = "redeemable",
    scale: int = 0,
    partner: str | None = None,
    policy: Any = None,
    now: datetime,
    expected: str | None = None,
) -> tuple[PointType, bool]:
    """Make a point type and open its accounts, or change its name and policy; return it and whether it is new.

    `policy` is the JSON document that `parse_policy` reads. Kind, scale, partner and whether it keeps lots are fixed
    once made; a day on which points end lies ahead when it is first said. Refuses with InvalidConfiguration,
    FixedOnceMade, TooManyPointTypes.
    """
    config = await _config(tx, program_id)
    before = config.point_types.get(code)
    _expect(before, expected)
    terms, errors = parse_policy(policy or {}, kind)
    found = Findings()
    found.code("code", code)
    found.name("name", name)
    found.one_of("kind", kind, POINT_TYPE_KINDS)
    if not 0 <= scale <= SCALE_MAX:
        found.refuse("scale", "out_of_range", f"Write the number of decimals, 0 to {SCALE_MAX}.")
    if (kind == "partner") != (partner is not None):
        found.refuse(
            "partner", "partner_needed", "Points of the kind partner name their partner, and only they do."
        )
    found.errors += _unknown_partner(config, partner, "partner") + errors
    found.errors += _ended(terms, before, local_date(now, zone(config.zone)))
    found.settle()
    if before and (before.kind, before.scale, before.partner, before.policy.lots) != (
        kind,
        scale,
        partner,
        terms.lots,
    ):
        raise FixedOnceMade(
            "Kind, scale, partner and lots of a point type cannot be changed; make another one."
        )
    if before is None and len(config.point_types) >= POINT_TYPES_MAX:
        raise TooManyPointTypes
    draft = PointType(0, code, name.strip(), kind, scale, 0, partner, terms)
    point_type_id = await store.upsert_point_type(tx, program_id, draft, _partner_id(config, partner), now)
    funders = [f"partner:{partner}"] if partner else []
    await ledger.open_accounts(tx, program_id, point_type_id, funders)
    made = next(t for t in await store.select_point_types(tx, program_id) if t.id == point_type_id)
    return made, before is None


async def archive_point_type(
    tx: Transaction, program_id: int, code: str, now: datetime, expected: str | None = None
) -> None:
    """Archive a point type: nobody earns it any more; what members hold stays and can be spent."""
    config = await _config(tx, program_id)
    _expect(_known(config.point_types.get(code), UnknownPointType), expected)
    await store.update_point_type_archived(tx, program_id, code, now)


async def _take(tx: Transaction, program_id: int, *, allow_archived: bool = False) -> Program:
    program = await store.lock_program(tx, program_id)
    if program.archived_at and not allow_archived:
        raise ProgramArchived
    return program


async def _config(tx: Transaction, program_id: int) -> ProgramConfig:
    await _take(tx, program_id)
    return await load_config(tx, program_id)


def _expect(before: Any, expected: str | None) -> None:
    if expected is None:
        return
    if before is None or (expected != "*" and version_of(before) != expected):
        raise PreconditionFailed


def _known(part: T | None, unknown: type[Exception]) -> T:
    if part is None:
        raise unknown
    return part


def _ended(policy: PointTypePolicy, before: PointType | None, today: date) -> list[FieldError]:
    """Refuse a fixed day that is over, unless it is the one the point type has had: nobody would have such points."""
    day = policy.expiry.fixed if policy.expiry is not None else None
    known = before.policy.expiry.fixed if before is not None and before.policy.expiry is not None else None
    if day is None or day == known or day >= today:
        return []
    return [
        FieldError(
            "policy.expiry.fixed",
            "past",
            "This day is over. Write one to come, or end_of: year for the end of every year.",
        )
    ]


def _unknown_partner(config: ProgramConfig, code: str | None, path: str) -> list[FieldError]:
    partner = config.partners.get(code) if code else None
    if code is None or (partner is not None and partner.archived_at is None):
        return []
    return [FieldError(path, "unknown_partner", "The program has no partner with this code.")]


def _partner_id(config: ProgramConfig, code: str | None) -> int | None:
    return config.partners[code].id if code else None
