"""Random stories through the whole pipeline with PostgreSQL: after every few steps the books are the
model's."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.flows.accrual.setting import open_shop
from tests.model.pipeline import Books
from tests.model.program import PROGRAM, WITHOUT_FEES
from tests.model.stories import KINDS, Storyteller, told

from regulars.features.programs import load_config
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

STEPS = int(os.environ.get("REGULARS_BOOKS_STEPS", "600"))
COMPARED_EVERY = 20


@pytest.mark.parametrize(
    ("seed", "program", "kinds"),
    [
        (1, PROGRAM, KINDS),
        (2, PROGRAM, KINDS),
        (3, WITHOUT_FEES, tuple(kind for kind in KINDS if kind[0] != "Fee Charged")),
    ],
)
async def test_the_books_are_the_model(
    db: Database,
    clock: FixedClock,
    tmp_path: Path,
    seed: int,
    program: str,
    kinds: tuple[tuple[str, int], ...],
) -> None:
    shop = await open_shop(db, clock, tmp_path, program)
    async with db.transaction() as tx:
        config = await load_config(tx, shop.program_id)
    both = Books(db, config, takes=program is PROGRAM)
    story = Storyteller(seed, kinds).steps(STEPS // 3)
    for number, step in enumerate(story):
        try:
            await both.step(step)
            if number % COMPARED_EVERY == COMPARED_EVERY - 1:
                await both.compare()
        except Exception as error:
            pytest.fail(
                f"seed {seed}, step {number}: {error}\n{told(story[: number + 1])[-4000:]}", pytrace=False
            )
    await both.compare()
