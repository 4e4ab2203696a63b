"""In which language answers are written."""

from __future__ import annotations

import pytest

from regulars.infra.web import language_asked, language_of


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "en"),
        ("zh-CN", "zh-CN"),
        ("ZH-hans, en", "zh-CN"),
        ("zh;q=0.3, en-GB;q=0.8", "en"),
        ("de, zh;q=0.5, en;q=0.2", "zh-CN"),
        ("de, lv", "en"),
        ("*", "en"),
        ("zh;q=0", "en"),
        ("zh;q=much", "en"),
        (",;,q", "en"),
    ],
)
def test_a_header_prefers_one_of_ours(accepted: str, language: str) -> None:
    assert language_of(accepted) == language


def test_what_is_asked_for_goes_before_the_header() -> None:
    assert language_asked(None, "zh-CN") == "zh-CN"
    assert language_asked("en", "zh-CN") == "en"
