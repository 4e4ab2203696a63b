"""Write keys that were seen before: remembered by their hash, as of a revision of the program that each use proves.

Reading a key's row for each request cost a till two round trips before its order was even looked at. What is remembered
here is handed on with the revision it was read under; the transaction that rates the events compares that with the
program's (`ProgramMoved`), so a key that was revoked is dead on the next request all the same.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import Final

from regulars.app.shared_lookups import SharedLookups
from regulars.core.events import AmountBase, Origin
from regulars.features.programs import (
    Bearer,
    ConfigCache,
    InvalidKey,
    ProgramConfig,
    hash_key,
    source_by_key_hash,
    write_key_parts,
)
from regulars.features.programs import Source as ConfiguredSource
from regulars.flows.intake import KeyOfSource, Source
from regulars.infra.clock import Clock
from regulars.infra.db import Database, Transaction

# A thousand shops with a key for each till; who falls out is read again.
KEYS_KNOWN_MAX: Final = 20_000


class KnownSources:
    """The sources of write keys, and the sources of programs by code."""

    def __init__(self, db: Database, clock: Clock, came: Callable[[str], None] = lambda _: None) -> None:
        """Remember nothing yet; `came` is told the prefix of each valid key."""
        self._db = db
        self._came = came
        self._clock = clock
        self._configs = ConfigCache()
        # By the hash of the key alone, which finds one that is known without taking its text apart.
        self._known: OrderedDict[bytes, Source] = OrderedDict()
        self._reading: SharedLookups[KeyOfSource, Source | None] = SharedLookups(self._read)

    async def by_write_key(self, key: str) -> Source | None:
        """Return the source of a write key as it was when last read, None for a key that is not valid."""
        known = self._known.get(hash_key(key))
        if known is None or self._ended(known):
            parts = write_key_parts(key)
            known = None if parts is None else await self._reading.find(KeyOfSource(*parts))
        if known is not None and known.key is not None:
            self._came(known.key.prefix)
        return known

    async def renewed(self, source: Source) -> Source:
        """Return a source as it is now. Refuses with InvalidKey when its key is no longer valid."""
        if source.key is None:
            async with self._db.transaction(read_only=True) as tx:
                config = await self._configs.get(tx, source.program_id)
            return source_for(config, config.sources[source.id])
        found = await self._reading.find(source.key)
        if found is None:
            raise InvalidKey
        return found

    async def by_code(self, program_id: int, code: str | None) -> Source | None:
        """Return a program's source by code; without one, its first."""
        async with self._db.transaction(read_only=True) as tx:
            config = await self._configs.get(tx, program_id)
        if code is not None:
            found = config.sources_by_code.get(code)
            return None if found is None else source_for(config, found)
        live = (source for source in config.sources.values() if source.disabled_at is None)
        first = min(live, key=lambda source: source.id, default=None)
        return None if first is None else source_for(config, first)

    def _ended(self, source: Source) -> bool:
        return source.key_ends_at is not None and source.key_ends_at <= self._clock.now()

    async def _read(self, key: KeyOfSource) -> Source | None:
        async with self._db.transaction(read_only=True) as tx:
            try:
                bearer = await source_by_key_hash(tx, key.prefix, key.secret_hash, self._clock.now())
            except InvalidKey:
                self._known.pop(key.secret_hash, None)
                return None
            found = await self._source(tx, bearer, key)
        if found is not None:
            self._known[key.secret_hash] = found
            if len(self._known) > KEYS_KNOWN_MAX:
                self._known.popitem(last=False)
        return found

    async def _source(self, tx: Transaction, bearer: Bearer, key: KeyOfSource) -> Source | None:
        if bearer.program_id is None or bearer.source_id is None:
            return None
        config = await self._configs.get(tx, bearer.program_id, bearer.revision)
        return source_for(config, config.sources[bearer.source_id], key=key, bearer=bearer)


def source_for(
    config: ProgramConfig,
    source: ConfiguredSource,
    *,
    key: KeyOfSource | None = None,
    bearer: Bearer | None = None,
) -> Source:
    """Return a configured source as the intake knows it, with the defaults its program and store give its events."""
    store = config.stores.get(source.store or "")
    origin = Origin(
        currency=config.currency,
        phone_region=config.region,
        amount_base=AmountBase(config.settings.amount_base),
        client_clock=source.client_side,
        store=source.store,
        region=store.region or None if store else None,
        channel=store.channel if store else None,
        partner=source.partner or (store.partner if store else None),
        of_partner=source.partner is not None,
    )
    return Source(
        id=source.id,
        program_id=config.id,
        code=source.code,
        origin=origin,
        profile=source.profile,
        enabled=source.disabled_at is None,
        origins=source.origins,
        rate_per_second=source.rate_per_second,
        enrol=source.enrol,
        signing_secret=source.signing_secret,
        revision=config.revision,
        key=key,
        key_ends_at=bearer.expires_at if bearer else None,
    )
