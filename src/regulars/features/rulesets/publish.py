"""Publishing: all rules at once, as one immutable version, or nothing.

An event is rated by the version in force when it occurred, so a version takes force now or later. A version that is
scheduled for later still takes force then, also when another was published in between.
"""

from __future__ import annotations

from datetime import datetime

from regulars.features.rulesets import store
from regulars.features.rulesets.canonical import digest
from regulars.features.rulesets.check import check_document, failed_examples
from regulars.features.rulesets.document import published_document
from regulars.features.rulesets.draft import load_draft
from regulars.features.rulesets.errors import BackdatedRules, ExamplesFailed, RulesInvalid, UnknownVersion
from regulars.features.rulesets.model import Version
from regulars.features.rulesets.vocabulary import Vocabulary
from regulars.infra.db import Transaction
from regulars.kit.errors import PreconditionFailed


async def publish_rules(
    tx: Transaction,
    program_id: int,
    vocabulary: Vocabulary,
    *,
    now: datetime,
    in_force_from: datetime | None = None,
    backdate: bool = False,
    expected: int | None = None,
    by: str = "",
    note: str = "",
) -> tuple[Version, bool]:
    """Publish the draft; return the version and whether it is new.

    Publishing what the latest version says already changes nothing. `in_force_from` None = now; earlier only with
    `backdate`, and then the caller has made sure that no event occurred since. `expected` is the latest version the
    caller has seen (0 = none). Refuses with RulesInvalid, ExamplesFailed, BackdatedRules, PreconditionFailed.
    """
    await store.lock_publishing(tx, program_id)
    latest = await store.select_latest(tx, program_id)
    if expected is not None and expected != (latest.version if latest else 0):
        raise PreconditionFailed
    start = in_force_from or now
    if start < now and not backdate:
        raise BackdatedRules
    document = published_document(await load_draft(tx, program_id), vocabulary)
    name = digest(document)
    if latest is not None and latest.digest == name and in_force_from is None and latest.in_force_from <= now:
        return latest, False
    if errors := check_document(document, vocabulary):
        raise RulesInvalid(errors=errors)
    if errors := failed_examples(document, vocabulary):
        raise ExamplesFailed(errors=errors)
    version = Version(latest.version + 1 if latest else 1, document, name, start, now, by, note)
    await store.insert_version(tx, program_id, version)
    return version, True


async def publish_again(
    tx: Transaction, program_id: int, version: int, *, now: datetime, by: str = "", note: str = ""
) -> Version:
    """Roll back: publish the content of an earlier version as a new one, in force now. The draft stays as it is.

    It is taken as it was, with the words it was published with. Refuses with UnknownVersion.
    """
    await store.lock_publishing(tx, program_id)
    before = await store.select_version(tx, program_id, version)
    latest = await store.select_latest(tx, program_id)
    if before is None or latest is None:
        raise UnknownVersion
    again = Version(
        latest.version + 1,
        before.document,
        before.digest,
        now,
        now,
        by,
        note or f"The content of version {version} again",
    )
    await store.insert_version(tx, program_id, again)
    return again
