"""What keys of roll-ups are called: rules by their version and place, stores, partners and sources by their code."""

from __future__ import annotations

from typing import Any

import msgspec

from regulars.features.programs import ProgramConfig
from regulars.features.rulesets import version_of
from regulars.infra.db import Transaction


class RuleName(msgspec.Struct, frozen=True):
    """A rule as people know it; `campaign` empty = of none."""

    code: str
    name: str
    campaign: str


class RuleNames:
    """The rules of published versions, each read once. A rule is its code, whatever version it was written in."""

    def __init__(self, tx: Transaction, program_id: int) -> None:
        """Read nothing yet."""
        self._tx = tx
        self._program_id = program_id
        self._versions: dict[int, list[dict[str, Any]]] = {}

    async def of(self, key: str) -> RuleName:
        """Return the rule of a key such as 3:12; one that cannot be found is called by its key."""
        version, _, place = key.partition(":")
        rules = await self._rules(int(version))
        if not int(place) < len(rules):
            return RuleName(key, key, "")
        rule = rules[int(place)]
        return RuleName(rule["code"], rule.get("name") or rule["code"], rule.get("campaign") or "")

    async def _rules(self, version: int) -> list[dict[str, Any]]:
        if version not in self._versions:
            found = await version_of(self._tx, self._program_id, version)
            self._versions[version] = found.document["rules"]
        return self._versions[version]


def label_of(config: ProgramConfig, dimension: str, key: str) -> str:
    """Return what a key is called in a program; the key itself where it is called nothing else."""
    if dimension == "store" and key in config.stores:
        return config.stores[key].name
    if dimension == "partner" and key in config.partners:
        return config.partners[key].name
    if dimension == "source":
        source = config.sources.get(int(key))
        return "(the platform)" if source is None else source.name
    return key or "(none)"


def code_of(config: ProgramConfig, dimension: str, key: str) -> str:
    """Return the key as the API says it: the code of a source instead of its number."""
    if dimension == "source":
        source = config.sources.get(int(key))
        return "system" if source is None else source.code
    return key


def key_of(config: ProgramConfig, dimension: str, code: str) -> str:
    """Return the key of what the API calls `code`."""
    if dimension == "source":
        source = config.sources_by_code.get(code)
        return "-1" if source is None else str(source.id)
    return code
