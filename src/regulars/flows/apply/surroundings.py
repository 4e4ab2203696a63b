"""What rewards of a program may name, gathered from all who own some of it: the same for file, HTTP and terminal."""

from __future__ import annotations

from regulars.features.draws import select_draws
from regulars.features.programs import load_config
from regulars.features.rewards import Around
from regulars.features.tiers import load_tier_sets
from regulars.features.vouchers import select_definitions
from regulars.flows.apply.vocabulary import scales
from regulars.infra.db import Transaction
from regulars.kit.money import exponent


async def around_rewards(tx: Transaction, program_id: int) -> Around:
    """Return the parts of a program that its rewards may name."""
    config = await load_config(tx, program_id)
    tier_sets = await load_tier_sets(tx, program_id, scales(config), exponent(config.currency), config.zone)
    return Around(
        config,
        tiers={code: [tier.code for tier in one.tiers] for code, one in tier_sets.items()},
        vouchers={one.definition.code for one in await select_definitions(tx, program_id)},
        draws={one.draw.code for one in await select_draws(tx, program_id)},
    )
