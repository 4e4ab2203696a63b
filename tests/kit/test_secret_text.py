"""Secrets can be pasted wherever text can."""

from __future__ import annotations

import secrets

import pytest

from regulars.kit.secret_text import secret_text


def test_a_secret_is_no_option_of_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = iter(["-qNcwZ6OO9aA", "_8sj2-kLq01x", "aAlCu_GQtF5X"])
    monkeypatch.setattr(secrets, "token_urlsafe", lambda _: next(drawn))
    assert secret_text(9) == "aAlCu_GQtF5X"


def test_secrets_differ_and_hold_what_they_are_asked_to_hold() -> None:
    assert len({secret_text(18) for _ in range(100)}) == 100
    assert len(secret_text(18)) == 24
