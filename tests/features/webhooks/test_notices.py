"""Notices in, bodies out; and what it means to be subscribed."""

from __future__ import annotations

import json

import pytest

from regulars.features.webhooks import NoticesUnreadable, Subscribed, bodies_of
from regulars.features.webhooks.notice_types import NOTICE_TYPES, wrong_patterns
from regulars.kit import ids


def test_ids_become_public_and_numbers_stay_exact() -> None:
    """Member, transfer and lot ids get their prefixes, also deep inside; amounts lose no digit."""
    text = (
        '[{"type":"points.earned","member":"17","at":"2026-03-02T10:05:00Z","data":{"transfer":4711,"points":12,'
        '"rate":0.1000000000000000055,"event":9,"lots":[{"lot":5,"points":3}],"order":"A-1","batch":true}}]'
    )
    [(kind, body)] = bodies_of(text)
    assert kind == "points.earned"
    assert '"rate":0.1000000000000000055' in body
    decoded = json.loads(body)
    assert list(decoded) == ["type", "timestamp", "data"]
    assert decoded["timestamp"] == "2026-03-02T10:05:00Z"
    assert decoded["data"]["member"] == ids.encode("mem", 17)
    assert decoded["data"]["transfer"] == ids.encode("trf", 4711)
    assert decoded["data"]["event"] == ids.encode("evt", 9)
    assert decoded["data"]["lots"] == [{"lot": ids.encode("lot", 5), "points": 3}]
    assert decoded["data"]["order"] == "A-1"
    assert decoded["data"]["batch"] is True


def test_what_a_rule_says_in_an_effect_stays_as_it_is() -> None:
    """Only the event is ours there; and a budget is about no member."""
    text = (
        '[{"type":"effect.custom","member":"17","at":"","data":{"rule":"r","event":9,"lot":7}},'
        '{"type":"budget.nearly_used","member":"0","at":"","data":{"used":5}}]'
    )
    effect, budget = (json.loads(body)["data"] for _, body in bodies_of(text))
    assert effect == {"member": ids.encode("mem", 17), "rule": "r", "event": ids.encode("evt", 9), "lot": 7}
    assert budget == {"used": 5}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        '[{"type":"a b","at":""}]',
        '[{"member":"1"}]',
        '[{"type":"points.earned","at":"","member":"x"}]',
        '[{"type":"points.earned","at":"","member":"1","data":{"transfer":-1}}]',
    ],
)
def test_an_unreadable_row_says_so(text: str) -> None:
    """What cannot be decoded is refused as a whole, so that nothing half goes out."""
    with pytest.raises(NoticesUnreadable):
        bodies_of(text)


def test_subscribed_knows_types_families_and_everything() -> None:
    """`in` answers whether anybody listens."""
    assert "points.earned" in Subscribed(["points.earned"])
    assert "points.spent" not in Subscribed(["points.earned"])
    assert "points.spent" in Subscribed(["points.*"])
    assert "effect.my_own" in Subscribed(["effect.*"])
    assert "anything.at.all" in Subscribed(["*"])
    assert "points.earned" not in Subscribed([])
    assert "pointsearned" not in Subscribed(["points.*"])


def test_what_can_be_subscribed_to() -> None:
    """Known types, their families, any effect; not what will never be sent."""
    assert wrong_patterns([*NOTICE_TYPES, "*", "points.*", "effect.*", "effect.my_own"]) == []
    wrong = ["points.eaten", "nothing.*", "**", "points", "effect.", "effect.a b", ""]
    assert wrong_patterns(wrong) == wrong
