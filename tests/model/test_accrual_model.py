"""Random stories: the decision of the hot path, without a database, says what the model says after every
batch."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from tests.flows.accrual.setting import open_shop
from tests.model.differences import Pair, explain
from tests.model.program import PROGRAM, WITHOUT_FEES
from tests.model.stories import KINDS, Storyteller

from regulars.flows.accrual import Rulebooks
from regulars.flows.accrual.rulebook import Rulebook
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

# Messages in `make test`; a million and more with REGULARS_MODEL_STEPS=1000000.
STEPS = int(os.environ.get("REGULARS_MODEL_STEPS", "20000"))
STORY_STEPS = 80


async def book_of(db: Database, clock: FixedClock, folder: Path, program: str) -> Rulebook:
    """Return the rulebook of a program, read once; no story touches the database."""
    try:
        shop = await open_shop(db, clock, folder, program)
    except Exception as e:
        raise AssertionError(str(getattr(e, "errors", e))) from None
    return await Rulebooks().get(db, shop.program_id)


@pytest.mark.parametrize(
    ("program", "kinds"),
    [(PROGRAM, KINDS), (WITHOUT_FEES, tuple(kind for kind in KINDS if kind[0] != "Fee Charged"))],
    ids=["with fees", "without fees"],
)
async def test_the_decision_is_the_model(
    db: Database, clock: FixedClock, tmp_path: Path, program: str, kinds: tuple[tuple[str, int], ...]
) -> None:
    book = await book_of(db, clock, tmp_path, program)
    messages, seed = 0, 0
    while messages < STEPS // 2:
        story = Storyteller(seed, kinds).steps(STORY_STEPS)
        pair = Pair(book)
        for number, step in enumerate(story):
            try:
                pair.step(step)
            except Exception:
                pytest.fail(explain(book, seed, story[: number + 1]), pytrace=False)
            messages += len(step[1])
        seed += 1
