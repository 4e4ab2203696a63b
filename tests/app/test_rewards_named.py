"""What a reward names must be there, whether it is written over HTTP, on the terminal or in a file."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from tests.app.serving import application, program_with_key

from regulars.app.cli import main
from regulars.flows.apply import apply_document, decode_document
from regulars.flows.apply.document import ProgramDocumentInvalid
from regulars.infra.clock import FixedClock
from regulars.infra.db import Database

MUG: dict[str, Any] = {"name": "Mug", "kind": "goods", "price": {"points": 1}}
POINTS = {"point_types": [{"code": "points", "name": "Points"}]}


@pytest.mark.parametrize(
    ("change", "path", "code"),
    [
        ({"stores": ["nowhere"]}, "stores[0]", "unknown_store"),
        ({"partner": "nobody"}, "partner", "unknown_partner"),
        ({"point_type": "pearls"}, "point_type", "unknown_point_type"),
        ({"tiers": {"club": ["gold"]}}, "tiers.club", "unknown_tier_set"),
        ({"kind": "voucher", "voucher": "five"}, "voucher", "unknown_voucher"),
        ({"kind": "draw_tickets", "draw": "bike"}, "draw", "unknown_draw"),
    ],
)
async def test_what_is_not_there_is_refused_every_way(
    db: Database,
    clock: FixedClock,
    database_url: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    change: dict[str, Any],
    path: str,
    code: str,
) -> None:
    _, key = await program_with_key(db, clock)
    async with db.transaction() as tx:
        await apply_document(tx, decode_document(POINTS), "shop", now=clock.now())
    wrong = MUG | change
    async with application(database_url, clock) as client:
        headers = {"authorization": f"Bearer {key}"}
        answer = await client.put("/api/v1/programs/shop/rewards/mug", json=wrong, headers=headers)
    assert answer.status_code == 422
    assert [(one["path"], one["code"]) for one in answer.json()["errors"]] == [(path, code)]
    async with db.transaction() as tx:
        with pytest.raises(ProgramDocumentInvalid) as refusal:
            document = decode_document({"rewards": [{"code": "mug", **wrong}]})
            await apply_document(tx, document, "shop", now=clock.now())
    assert [(one.path, one.code) for one in refusal.value.errors] == [(f"rewards[0].{path}", code)]
    monkeypatch.setenv("REGULARS_DATABASE_URL", database_url)

    def terminal() -> Any:
        with pytest.raises(SystemExit) as left:
            main(["rewards", "put", "-p", "shop", "mug", msgspec.json.encode(wrong).decode()])
        return left.value.code

    assert await asyncio.to_thread(terminal) == 3
    assert path in capsys.readouterr().err
