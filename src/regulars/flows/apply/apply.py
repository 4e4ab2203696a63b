"""Makes a program what a document says, in one transaction: everything or nothing.

Applying twice is applying once: what is as it should be is not touched. A dry run does the same and takes it
back, so that it finds the same mistakes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from regulars.features import (
    campaigns,
    catalog,
    dashboards,
    draws,
    programs,
    rewards,
    rulesets,
    tiers,
    vouchers,
)
from regulars.features.accounting import write_accounting
from regulars.features.programs import ProgramConfig, UnknownProgram, load_config, program_by_code
from regulars.features.rulesets import ObjectChange, PartKind
from regulars.flows.apply import approvals, coalition
from regulars.flows.apply.accounting import accounting_of, plain_accounting
from regulars.flows.apply.attributes import plan_attributes, put_attribute
from regulars.flows.apply.campaign_work import members_of_lists, plan_members, put_members
from regulars.flows.apply.campaigns import plain_campaigns, put_campaign_record
from regulars.flows.apply.coalition import plain_coalition
from regulars.flows.apply.current import export_program, points_scale
from regulars.flows.apply.dashboards import plain_dashboards
from regulars.flows.apply.document import Document, ProgramDocumentInvalid, code_of
from regulars.flows.apply.draws import current_draws, draw_of, plain_draws
from regulars.flows.apply.plan import KINDS, Plan, plan_changes
from regulars.flows.apply.publishing import note_own_attributes
from regulars.flows.apply.rewards import plain_rewards, reward_of, scale_in
from regulars.flows.apply.surroundings import around_rewards
from regulars.flows.apply.vocabulary import load_vocabulary, queries, scales
from regulars.flows.apply.vouchers import definition_of, plain_definitions
from regulars.flows.apply.wording import (
    plain_document,
    product_of,
    settings_of,
    source_of,
    store_of,
)
from regulars.infra.db import Transaction
from regulars.kit.errors import Conflict, FieldError, Rejected
from regulars.kit.money import exponent

T = TypeVar("T")

# In the order in which they are made or changed; archived in the opposite one, when nothing names them any more.
_ORDER = tuple(section for section in KINDS if section != approvals.SECTION)
_PART_KINDS = {
    "collections": PartKind.COLLECTION,
    "tables": PartKind.TABLE,
    "groups": PartKind.GROUP,
    "campaigns": PartKind.CAMPAIGN,
}


class PlanChanged(Conflict):
    """The program was changed since the plan was shown; look at the new plan."""


class Applied(msgspec.Struct, frozen=True):
    """What was done. `keys` maps each new source to its write key, shown this once; a dry run makes none."""

    plan: Plan
    keys: dict[str, str] = {}


class _Undo(Exception):
    """Ends a dry run."""


async def apply_document(
    tx: Transaction,
    document: Document,
    program: str,
    *,
    now: datetime,
    dry_run: bool = False,
    planned: str | None = None,
    may_create: bool = False,
    by: str = "",
    limits: approvals.LimitsPort | None = None,
    may_limit: bool = True,
) -> Applied:
    """Make the program with the code `program` what `document` says; return the plan that was carried out.

    `planned` is the digest of the plan somebody agreed to. `may_create` lets a program begin to exist.
    `limits` keeps what needs a second person, which is changed last and only where `may_limit`. Refuses with
    ProgramDocumentInvalid and what the parts refuse with (errors say where in the document), UnknownProgram,
    PlanChanged, LimitsNotYours.
    """
    applied: Applied | None = None
    try:
        async with tx.savepoint():
            applied = await _Application(tx, document, program, now, by, limits).run(may_create, may_limit)
            if planned is not None and planned != applied.plan.digest:
                raise PlanChanged
            if dry_run:
                raise _Undo
    except _Undo:
        assert applied is not None
        return Applied(applied.plan)
    return applied


class _Application:
    """One run: the document, the program it is applied to, and the keys that were made."""

    def __init__(
        self,
        tx: Transaction,
        document: Document,
        program: str,
        now: datetime,
        by: str,
        limits: approvals.LimitsPort | None,
    ) -> None:
        self.tx, self.document, self.code, self.now, self.by = tx, document, program, now, by
        self.limits = limits
        self.keys: dict[str, str] = {}
        self.listed: dict[str, frozenset[int]] = {}

    async def run(self, may_create: bool, may_limit: bool) -> Applied:
        creates = await self._find_or_create(may_create)
        await self.tx.run(queries.lock_program, program_id=self.program_id)
        config = await self._config()
        current = {} if creates else await export_program(self.tx, config, self.limits)
        wanted = plain_document(self.document, config.currency, self._points_scale(config))
        plan_attributes(self.document, current, wanted)
        scale = scale_in(self.document, config)
        wanted |= plain_coalition(self.document, scale)
        wanted |= plain_campaigns(self.document, config.currency, current)
        self.listed = await members_of_lists(self.tx, config, self.document.marketing_lists or ())
        await plan_members(self.tx, config.id, self.listed, current, wanted)
        if self.document.vouchers is not None:
            wanted["vouchers"] = plain_definitions(self.document, config.currency)
        if self.document.draws is not None:
            wanted["draws"] = plain_draws(self.document, scale)
            named = frozenset(one["code"] for one in wanted["draws"])
            stored = await draws.select_draws(self.tx, config.id)
            current["draws"] = current_draws(stored, scale, named)
        if self.document.dashboards is not None:
            wanted["dashboards"] = plain_dashboards(self.document)
        if self.document.accounting is not None:
            wanted["accounting"] = plain_accounting(accounting_of(self.document.accounting))
        if self.document.rewards is not None:
            wanted["rewards"] = plain_rewards(self.document, config.currency, scale)
        if self.document.approvals is not None:
            limits = approvals.limits_of(self.document.approvals, scale(None))
            wanted["approvals"] = approvals.plain_limits(limits, scale(None))
        changes = plan_changes(current, wanted)
        limiting = any(change.kind == KINDS[approvals.SECTION] for change in changes)
        if limiting and not may_limit:
            raise approvals.LimitsNotYours
        if creates:
            changes = (
                tuple(c for c in changes if c.kind != "program") if self.document.program is None else changes
            )
        await self._carry_out(changes, creates)
        version = await self._publish() if self.document.publish else None
        if limiting:
            await self._put_limits()
        return Applied(Plan(self.code, creates, changes, self.document.publish, version), self.keys)

    async def _find_or_create(self, may_create: bool) -> bool:
        part = self.document.program
        if part is not None and part.code != self.code:
            raise _wrong(
                "program.code", f"This document is of the program {part.code!r}, not of {self.code!r}."
            )
        try:
            self.program_id = (await program_by_code(self.tx, self.code)).id
        except UnknownProgram:
            if not may_create or part is None:
                raise
        else:
            return False
        made = await _at(
            "program",
            programs.create_program(
                self.tx,
                part.code,
                part.name,
                currency=part.currency,
                zone=part.zone,
                region=part.region,
                settings=settings_of(part),
                now=self.now,
            ),
        )
        self.program_id = made.id
        return True

    async def _config(self) -> ProgramConfig:
        return await load_config(self.tx, self.program_id)

    def _points_scale(self, config: ProgramConfig) -> int:
        """Return the decimals of points as they will be: the document's own first redeemable type, else the
        program's."""
        for part in self.document.point_types or ():
            if part.kind == "redeemable":
                return part.scale
        return points_scale(config)

    async def _carry_out(self, changes: tuple[ObjectChange, ...], creates: bool) -> None:
        wanted: dict[str, dict[str, ObjectChange]] = {kind: {} for kind in ("program", *KINDS.values())}
        for change in changes:
            wanted[change.kind][change.code] = change
        if wanted["program"] and not creates:
            await self._change_program()
        for section in _ORDER:
            written = {code for code, c in wanted[KINDS[section]].items() if c.action in ("create", "change")}
            if written:
                await getattr(self, f"_put_{section}", self._put_parts)(section, written)
        for section in reversed(_ORDER):
            gone = [
                code for code, c in wanted[KINDS[section]].items() if c.action not in ("create", "change")
            ]
            for code in gone:
                await _at(f"{section}[{code}]", self._archive(section, code))

    async def _change_program(self) -> None:
        part = self.document.program
        assert part is not None
        fields = {
            "name": part.name.strip(),
            "currency": part.currency,
            "zone": part.zone,
            "region": part.region,
            "settings": settings_of(part),
        }
        await _at("program", programs.change_program(self.tx, self.program_id, fields))

    def _entries(self, section: str, codes: set[str]) -> list[tuple[int, Any]]:
        return [(i, part) for i, part in enumerate(getattr(self.document, section)) if code_of(part) in codes]

    async def _put_partners(self, section: str, codes: set[str]) -> None:
        for place, part in self._entries(section, codes):
            put = programs.put_partner(
                self.tx, self.program_id, part.code, part.name, part.roles, now=self.now
            )
            await _at(f"{section}[{place}]", put)

    async def _put_stores(self, section: str, codes: set[str]) -> None:
        entries = self._entries(section, codes)
        stores = [store_of(part) for _, part in entries]
        put = programs.put_stores(self.tx, self.program_id, stores, now=self.now)
        await _among(section, [place for place, _ in entries], put)

    async def _put_sources(self, section: str, codes: set[str]) -> None:
        for place, part in self._entries(section, codes):
            path = f"{section}[{place}]"
            put = programs.put_source(self.tx, self.program_id, source_of(part), now=self.now)
            source, new = await _at(path, put)
            if new:
                issued = await programs.issue_write_key(
                    self.tx, self.program_id, source.id, source.code, self.now
                )
                self.keys[source.code] = issued.key

    async def _put_point_types(self, section: str, codes: set[str]) -> None:
        for place, part in self._entries(section, codes):
            put = programs.put_point_type(
                self.tx,
                self.program_id,
                part.code,
                part.name,
                kind=part.kind,
                scale=part.scale,
                partner=part.partner,
                policy=part.policy,
                now=self.now,
            )
            await _at(f"{section}[{place}]", put)

    async def _put_tier_sets(self, section: str, codes: set[str]) -> None:
        await self._put_each_tier_set(section, codes, tiers.publish_tier_set)

    async def _put_scheduled_tier_sets(self, section: str, codes: set[str]) -> None:
        await self._put_each_tier_set(section, codes, tiers.schedule_tier_set)

    async def _put_each_tier_set(
        self, section: str, codes: set[str], put: Callable[..., Awaitable[object]]
    ) -> None:
        config = await self._config()
        units = scales(config), exponent(config.currency)
        for place, part in self._entries(section, codes):
            document = tiers.plain_tier_set(part)
            await _at(f"{section}[{place}]", put(self.tx, self.program_id, document, *units, now=self.now))

    async def _put_member_attributes(self, section: str, codes: set[str]) -> None:
        for name in self.document.member_attributes or ():
            if name in codes:
                put = put_attribute(self.tx, self.program_id, self.document, name, self.now)
                await _at(f"{section}[{name}]", put)

    async def _put_rules(self, section: str, codes: set[str]) -> None:
        for place, rule in self._entries(section, codes):
            body = {key: value for key, value in rule.items() if value is not None}
            status = body.pop("status", "active")
            put = rulesets.put_rule(self.tx, self.program_id, rule["code"], body, now=self.now, status=status)
            await _at(f"{section}[{place}]", put)

    async def _put_parts(self, section: str, codes: set[str]) -> None:
        kind = _PART_KINDS[section]
        for code, body in getattr(self.document, section).items():
            if code in codes:
                document = {"values": body} if kind is PartKind.COLLECTION else body
                put = rulesets.put_part(self.tx, self.program_id, kind, code, document, now=self.now)
                await _at(f"{section}.{code}", put)

    async def _put_products(self, section: str, codes: set[str]) -> None:
        config = await self._config()
        scale = points_scale(config)
        entries = self._entries(section, codes)
        products = [product_of(part, place, config.currency, scale) for place, part in entries]
        put = catalog.put_products(self.tx, self.program_id, products, self.now)
        await _among(section, [place for place, _ in entries], put)

    async def _put_rewards(self, section: str, codes: set[str]) -> None:
        config = await self._config()
        scale = scale_in(self.document, config)
        entries = [
            (place, reward_of(part, place, config.currency, scale))
            for place, part in self._entries(section, codes)
        ]
        around = await around_rewards(self.tx, self.program_id)
        for place, reward in sorted(entries, key=lambda one: bool(one[1].items)):
            put = rewards.put_reward(self.tx, self.program_id, reward, around, self.now)
            await _at(f"{section}[{place}]", put)

    async def _put_vouchers(self, section: str, codes: set[str]) -> None:
        config = await self._config()
        for place, part in self._entries(section, codes):
            definition = definition_of(part, place, config.currency)
            put = vouchers.put_definition(
                self.tx, self.program_id, definition, zone=config.zone, now=self.now
            )
            await _at(f"{section}[{place}]", put)

    async def _put_draws(self, section: str, codes: set[str]) -> None:
        scale = scale_in(self.document, await self._config())
        for place, part in self._entries(section, codes):
            draw = draw_of(part, place, scale)
            await _at(f"{section}[{place}]", draws.put_draw(self.tx, self.program_id, draw, self.now))

    async def _put_accounting(self, section: str, codes: set[str]) -> None:  # noqa: ARG002 - one document, whole
        accounting = accounting_of(self.document.accounting or {})
        types = (await self._config()).point_types
        put = write_accounting(self.tx, self.program_id, types, accounting, None, self.now)
        await _at(section, put)

    async def _put_limits(self) -> None:
        assert self.limits is not None, "what reads or writes limits of approvals was not plugged in"
        limits = approvals.limits_of(self.document.approvals or {}, points_scale(await self._config()))
        await self.limits.write(self.tx, self.program_id, limits, self.now)

    async def _put_marketing_lists(self, section: str, codes: set[str]) -> None:
        for place, part in self._entries(section, codes):
            put = campaigns.put_list(
                self.tx, self.program_id, part.code, part.name, part.description, now=self.now
            )
            await _at(f"{section}[{place}]", put)
            if part.code in self.listed:
                await put_members(self.tx, self.program_id, part.code, self.listed[part.code], self.now)

    async def _put_campaign_records(self, section: str, codes: set[str]) -> None:
        config = await self._config()
        program = await export_program(self.tx, config)
        for place, part in self._entries(section, codes):
            put = put_campaign_record(self.tx, config, part, program, self.now, self.by)
            await _at(f"{section}[{place}]", put)

    async def _put_terms(self, section: str, codes: set[str]) -> None:
        config = await self._config()
        for code, raw in (self.document.terms or {}).items():
            if code in codes:
                await _at(
                    f"{section}[{code}]", coalition.put_partner_terms(self.tx, config, code, raw, self.now)
                )

    async def _put_funding(self, section: str, codes: set[str]) -> None:
        config = await self._config()
        for place, raw in self._entries(section, codes):
            await _at(f"{section}[{place}]", coalition.put_funding_agreement(self.tx, config, raw, self.now))

    async def _put_dashboards(self, section: str, codes: set[str]) -> None:
        for place, raw in self._entries(section, codes):
            code, body = dashboards.dashboard_of(raw)
            put = dashboards.keep_of_program(self.tx, self.program_id, code, body, now=self.now)
            await _at(f"{section}[{place}]", put)

    async def _archive(self, section: str, code: str) -> None:
        tx, program_id, now = self.tx, self.program_id, self.now
        if section == "partners":
            await programs.archive_partner(tx, program_id, code, now)
        elif section == "stores":
            await programs.archive_store(tx, program_id, code, now)
        elif section == "sources":
            await programs.disable_source(tx, program_id, code, now)
        elif section == "point_types":
            await programs.archive_point_type(tx, program_id, code, now)
        elif section == "tier_sets":
            await tiers.set_activity(tx, program_id, code, active=False, now=now)
        elif section == "scheduled_tier_sets":
            await tiers.cancel_scheduled(tx, program_id, code)
        elif section == "rules":
            await rulesets.set_rule_status(tx, program_id, code, "archived", now=now)
        elif section == "products":
            await catalog.archive_product(tx, program_id, code, now)
        elif section == "terms":
            await coalition.end_terms(tx, await self._config(), code)
        elif section == "funding":
            await coalition.end_agreement(tx, await self._config(), code, now)
        elif section == "vouchers":
            await vouchers.archive_definition(tx, program_id, code, now)
        elif section == "draws":
            await draws.archive_draw(tx, program_id, code, now)
        elif section == "accounting":
            await self._put_accounting(section, {code})
        elif section == "marketing_lists":
            await campaigns.archive_list(tx, program_id, code, now)
        elif section == "campaign_records":
            await campaigns.archive_campaign(tx, program_id, code, now)
        elif section == "dashboards":
            await dashboards.remove(tx, program_id, dashboards.PROGRAM, code)
        elif section == "rewards":
            await rewards.archive_reward(tx, program_id, code, now)
        else:
            await rulesets.remove_part(tx, program_id, _PART_KINDS[section], code)

    async def _publish(self) -> int | None:
        config = await self._config()
        vocabulary = await load_vocabulary(self.tx, config)
        version, new = await rulesets.publish_rules(
            self.tx, self.program_id, vocabulary, now=self.now, by=self.by, note="Applied from a document"
        )
        if new:
            await note_own_attributes(self.tx, self.program_id, version, self.now)
        return version.version if new else None


async def _at(path: str, work: Awaitable[T]) -> T:
    """Return what `work` returns; a refusal says where in the document it is about."""
    try:
        return await work
    except Rejected as refusal:
        errors = [FieldError(_joined(path, e.path), e.code, e.message) for e in refusal.errors]
        raise ProgramDocumentInvalid(
            errors=errors or [FieldError(path, refusal.code, refusal.message)]
        ) from refusal


async def _among(section: str, places: list[int], work: Awaitable[T]) -> T:
    """Return what `work` on some entries of a section returns; a refusal counts places as the whole section does."""
    try:
        return await work
    except Rejected as refusal:
        if len(places) == 1:
            errors = [
                FieldError(f"{section}[{places[0]}].{e.path}", e.code, e.message) for e in refusal.errors
            ]
        else:
            errors = [
                FieldError(_replaced(section, places, e.path), e.code, e.message) for e in refusal.errors
            ]
        raise ProgramDocumentInvalid(errors=errors) from refusal


def _replaced(section: str, places: list[int], path: str) -> str:
    """Return `stores[1].name` as `stores[7].name` when the second of the written entries is the eighth of all."""
    head, _, rest = path.removeprefix(f"{section}[").partition("]")
    return f"{section}[{places[int(head)]}]{rest}" if head.isdigit() else path


def _joined(path: str, inner: str) -> str:
    return f"{path}.{inner}" if inner else path


def _wrong(path: str, message: str) -> ProgramDocumentInvalid:
    return ProgramDocumentInvalid(errors=[FieldError(path, "malformed", message)])
