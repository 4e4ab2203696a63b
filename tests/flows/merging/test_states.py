"""The states of two purses as one: what versions of tier sets left of each goes along."""

from __future__ import annotations

from typing import Any

import msgspec

from regulars.features.tiers import TierSet, compile_tier_set, decode_tier_set
from regulars.flows.merging.states import united_state


def tiers() -> TierSet:
    document = {
        "code": "club",
        "metric": {"of": "spend"},
        "tiers": [{"code": "low", "threshold": 0}, {"code": "top", "threshold": 400}],
    }
    return compile_tier_set(decode_tier_set(document), {"points": 0}, 2, 2)


def state(**standing: Any) -> str:
    told = {"tier": "low", "day": 9, "version": 2, "entered": ["low"]} | standing
    return msgspec.json.encode({"t": {"club": told}}).decode()


def test_what_an_earlier_version_paid_for_goes_along() -> None:
    kept = [[0, "top", 1]]
    awards = [{"tier": "top", "point_type": "points", "points": 3000}]
    other = state(entered=["low", "top"], kept=kept, paid=awards, spared="top", spared_until=99)
    for own in (state(), "", state(paid=[{**awards[0], "points": 7}], entered=["low", "top"])):
        united = msgspec.json.decode(united_state(own, other, {"club": tiers()}, 10))["t"]["club"]
        assert set(united["entered"]) == {"low", "top"}
        assert (united["kept"], united["spared"], united["spared_until"]) == (kept, "top", 99)
        assert united["paid"] == [{**awards[0], "points": 7 if "paid" in own else 3000}]
