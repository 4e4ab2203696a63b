"""Complaints about shapes say where, and what may be written instead."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
import pytest

from regulars.kit.shapes import shape_error


class Inner(msgspec.Struct, forbid_unknown_fields=True):
    """Something inside."""

    kind: Literal["goods", "service", ""] = "goods"
    amount: int = 0


class Outer(msgspec.Struct, forbid_unknown_fields=True):
    """What holds it in every way."""

    code: str
    one: Inner | None = None
    many: tuple[Inner, ...] = ()
    named: dict[str, Inner] = {}


@pytest.mark.parametrize(
    ("raw", "path", "message"),
    [
        ({"code": "a", "cod": 1}, "x.cod", "`cod` is not known here. Did you mean `code`?"),
        (
            {"code": "a", "zzzzzz": 1},
            "x.zzzzzz",
            "`zzzzzz` is not known here. Known: code, one, many, named.",
        ),
        ({}, "x", "`code` is missing here."),
        (
            {"code": "a", "one": {"kind": "art"}},
            "x.one.kind",
            "'art' is none of what may stand here. Write one of goods, service.",
        ),
        (
            {"code": "a", "many": [{}, {"kind": "art"}]},
            "x.many[1].kind",
            "'art' is none of what may stand here. Write one of goods, service.",
        ),
        ({"code": "a", "named": {"k": {"amoun": 1}}}, None, "Did you mean `amount`?"),
        ({"code": 1}, "x.code", "Expected `str`, got `int`."),
        ([], "x", "Expected `object`, got `array`."),
    ],
)
def test_what_may_be_written_is_said(raw: Any, path: str | None, message: str) -> None:
    with pytest.raises(msgspec.ValidationError) as mistake:
        msgspec.convert(raw, Outer)
    error = shape_error(mistake.value, Outer, "x")
    assert message in error.message
    assert path in {None, error.path}
