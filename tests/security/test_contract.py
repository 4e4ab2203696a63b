"""The document of the API against the API: whatever a caller sends, the answer is one that the document tells of."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.checks import not_a_server_error
from schemathesis.generation.modes import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from tests.app.serving import server
from tests.flows.accrual.setting import open_shop
from tests.security.operations import STREAMS

from regulars.features.programs import issue_api_key
from regulars.infra.clock import SystemClock
from regulars.infra.db import Database

# Examples of an operation, valid ones and others; more with REGULARS_CONTRACT_EXAMPLES=200.
EXAMPLES = int(os.environ.get("REGULARS_CONTRACT_EXAMPLES", "2"))
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


async def test_the_api_answers_as_its_document_says(db: Database, database_url: str, tmp_path: Path) -> None:
    clock = SystemClock()
    shop = await open_shop(db, clock, tmp_path)  # type: ignore[arg-type]
    receipt = await shop.send(shop.order("1", "10.00", lines=[("TEA", 2, "3.20")]))
    assert receipt.answers[0].member_id
    async with db.transaction() as tx:
        key = (await issue_api_key(tx, shop.program_id, "contract", ("owner",), clock.now())).key
    async with server(database_url) as (_, address):
        found = await asyncio.to_thread(findings, address, key)
    if found:
        pytest.fail(f"{len(found)} findings\n\n" + "\n\n".join(found), pytrace=False)


def findings(address: str, key: str) -> list[str]:
    """Try every operation with some examples; return what was wrong, one text for each operation."""
    schema = schemathesis.openapi.from_url(f"{address}/openapi.json")
    found = []
    for result in schema.get_all_operations():
        operation = result.ok()
        if operation.definition.raw["operationId"] not in STREAMS:
            for mode in _modes(operation):
                if (wrong := _try(operation, mode, key)) is not None:
                    found.append(f"{operation.label} ({mode.value}): {wrong}")
    return found


def _modes(operation: Any) -> list[GenerationMode]:
    """Return how to make examples: also what is not valid, where there is more to get wrong than an address."""
    if operation.body or operation.query:
        return [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
    return [GenerationMode.POSITIVE]


def _try(operation: Any, mode: GenerationMode, key: str) -> str | None:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def each(case: Any) -> None:
        if "program" in case.path_parameters:
            case.path_parameters["program"] = "corner"
        case.call_and_validate(headers={"authorization": f"Bearer {key}"}, checks=CHECKS)

    try:
        each()
    except Unsatisfiable:
        return None  # whatever is sent is valid
    except BaseException as wrong:
        return _said(wrong)
    return None


def _said(wrong: BaseException) -> str:
    if isinstance(wrong, BaseExceptionGroup):
        return "; ".join(map(_said, wrong.exceptions))
    return f"{type(wrong).__name__}: {str(wrong)[:1500]}"
