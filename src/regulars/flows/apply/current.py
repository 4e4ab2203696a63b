"""A program as it is, written as the document that would make it: the left side of every plan, and the export."""

from __future__ import annotations

from typing import Any

from regulars.features.accounting import read_accounting
from regulars.features.catalog import load_products
from regulars.features.draws import select_draws
from regulars.features.programs import ProgramConfig
from regulars.features.rewards import select_rewards
from regulars.features.rulesets import Draft, PartKind, load_draft
from regulars.features.tiers import plain_scheduled, plain_tier_set, select_scheduled, select_tier_sets
from regulars.features.vouchers import select_definitions
from regulars.flows.apply.accounting import plain_accounting
from regulars.flows.apply.approvals import LimitsPort, plain_limits
from regulars.flows.apply.attributes import exported_attributes
from regulars.flows.apply.campaigns import exported_campaigns
from regulars.flows.apply.coalition import exported_coalition
from regulars.flows.apply.dashboards import exported_dashboards
from regulars.flows.apply.document import Document, PartnerPart, PointTypePart, SourcePart, StorePart
from regulars.flows.apply.draws import current_draws
from regulars.flows.apply.rewards import plain_reward, scale_in
from regulars.flows.apply.vouchers import plain_definition
from regulars.flows.apply.wording import (
    Plain,
    plain_partner,
    plain_point_type,
    plain_policy,
    plain_product,
    plain_program,
    plain_rule,
    plain_source,
    plain_store,
    program_part,
)
from regulars.infra.db import Transaction


async def export_program(
    tx: Transaction, config: ProgramConfig, limits: LimitsPort | None = None, *, list_members: bool = False
) -> Plain:
    """Return a program as plain data: applying it changes nothing. Sections without objects are left out.

    `limits` knows what needs a second person; without it nothing is said of that. Members on marketing lists are named
    with `list_members` alone.
    """
    draft, scale = await load_draft(tx, config.id), scale_in(Document(), config)
    products = await load_products(tx, config.id)
    tier_sets = await select_tier_sets(tx, config.id)
    sections: Plain = {
        "program": plain_program(program_part(config)),
        **_configured(config),
        "tier_sets": [plain_tier_set(stored.document) for stored in tier_sets],
        "scheduled_tier_sets": [plain_scheduled(one) for one in await select_scheduled(tx, config.id)],
        "member_attributes": await exported_attributes(tx, config.id),
        **_parts(draft),
        "rules": [plain_rule({"code": r.code, "status": str(r.status), **r.document}) for r in draft.rules],
        "products": [
            plain_product(product, config.currency, points_scale(config))
            for _, product in sorted(products.items())
        ],
        "vouchers": [
            plain_definition(one.definition, config.currency)
            for one in await select_definitions(tx, config.id)
        ],
        "draws": current_draws(await select_draws(tx, config.id), scale),
        "rewards": [
            plain_reward(one.reward, config.currency, scale)
            for one in await select_rewards(tx, config.id)
            if one.archived_at is None
        ],
        **await exported_campaigns(tx, config, list_members),
        **await exported_coalition(tx, config, scale),
        "dashboards": await exported_dashboards(tx, config.id),
        "accounting": plain_accounting((await read_accounting(tx, config.id))[0]),
        "approvals": {} if limits is None else plain_limits(await limits.read(tx, config.id), scale(None)),
    }
    return {name: value for name, value in sections.items() if value}


def points_scale(config: ProgramConfig) -> int:
    """Return the decimals of the program's first redeemable points, in which products state theirs."""
    return config.redeemable.scale if config.redeemable else 0


def _configured(config: ProgramConfig) -> dict[str, list[Plain]]:
    return {
        "partners": [
            plain_partner(PartnerPart(p.code, p.name, p.roles))
            for p in config.partners.values()
            if not p.archived_at
        ],
        "stores": [
            plain_store(StorePart(s.code, s.name, s.region, s.channel, s.partner))
            for s in config.stores.values()
            if not s.archived_at
        ],
        "sources": [
            plain_source(
                SourcePart(
                    s.code,
                    s.name,
                    s.profile,
                    s.client_side,
                    s.enrol,
                    s.store,
                    s.partner,
                    s.origins,
                    s.rate_per_second,
                )
            )
            for s in config.sources.values()
            if not s.disabled_at
        ],
        "point_types": [
            plain_point_type(
                PointTypePart(t.code, t.name, t.kind, t.scale, t.partner, plain_policy(t.policy, t.kind))
            )
            for t in config.point_types.values()
            if not t.archived_at
        ],
    }


def _parts(draft: Draft) -> dict[str, Any]:
    found: dict[str, dict[str, Any]] = {"collections": {}, "tables": {}, "groups": {}, "campaigns": {}}
    for part in draft.parts:
        if part.kind == PartKind.COLLECTION:
            found["collections"][part.code] = part.document["values"]
        else:
            found[f"{part.kind}s"][part.code] = part.document
    return found
