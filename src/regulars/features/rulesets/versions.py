"""Published versions: which is in force when, ready to decide, and what differs between two."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from regulars.core.rules import Ruleset, compile_ruleset
from regulars.features.rulesets import store
from regulars.features.rulesets.difference import object_changes
from regulars.features.rulesets.document import catalog_of, language_part
from regulars.features.rulesets.errors import UnknownVersion
from regulars.features.rulesets.model import ObjectChange, Timeline, Version, VersionStart
from regulars.infra.db import Transaction

# Compiled rulesets a process keeps. A program rates by one or two at a time; corrections ask for older ones.
COMPILED_MAX: Final = 64

# (content, version) → compiled. The content includes the words, so equal keys decide equally in every database.
_compiled: dict[tuple[str, int], Ruleset] = {}


async def versions_timeline(tx: Transaction, program_id: int) -> Timeline:
    """Return when each version takes force: small enough to be kept in memory beside the program's
    configuration."""
    return Timeline(tuple(await store.select_starts(tx, program_id)))


async def version_in_force(tx: Transaction, program_id: int, at: datetime) -> int | None:
    """Return the number of the version in force at an instant, None before the first."""
    start = await store.select_version_in_force(tx, program_id, at)
    return None if start is None else start.version


async def load_ruleset(tx: Transaction, program_id: int, version: int | VersionStart) -> Ruleset:
    """Return a published version, compiled; each is compiled once per process. Refuses with UnknownVersion.

    A `VersionStart` of a timeline that is compiled already costs no statement, a number one.
    """
    number = version.version if isinstance(version, VersionStart) else version
    if isinstance(version, VersionStart):
        digest: str | None = version.digest
    else:
        digest = await store.select_digest(tx, program_id, number)
    known = _compiled.get((digest, number)) if digest else None
    if known is not None:
        return known
    published = await version_of(tx, program_id, number)
    ruleset = compile_version(published)
    while len(_compiled) >= COMPILED_MAX:
        del _compiled[next(iter(_compiled))]
    _compiled[published.digest, number] = ruleset
    return ruleset


def compile_version(version: Version) -> Ruleset:
    """Return a version ready to decide, with the words it was published with."""
    document = version.document
    return compile_ruleset(language_part(document), catalog_of(document), version.version, published=True)


async def version_of(tx: Transaction, program_id: int, version: int) -> Version:
    """Return one version with its document. Refuses with UnknownVersion."""
    found = await store.select_version(tx, program_id, version)
    if found is None:
        raise UnknownVersion
    return found


def compare_documents(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[ObjectChange]:
    """Return what differs between two published documents, object by object."""
    return list(_compared(before, after))


def _compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[ObjectChange]:
    for key, kind in (("collections", "collection"), ("tables", "table"), ("campaigns", "campaign")):
        yield from object_changes(kind, before.get(key, {}), after.get(key, {}), "remove")
    for key, kind in (("groups", "group"), ("rules", "rule")):
        yield from object_changes(kind, _coded(before.get(key, [])), _coded(after.get(key, [])), "remove")
    yield from object_changes("vocabulary", {"": _words(before)}, {"": _words(after)}, "remove")


def _words(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the words that are there whether a rule uses them or not; the others follow from the rules."""
    vocabulary = document.get("vocabulary", {})
    return {key: vocabulary.get(key) for key in ("point_types", "tier_sets", "identifiers", "currency")}


def _coded(items: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {item["code"]: {k: v for k, v in item.items() if k != "code"} for item in items}
