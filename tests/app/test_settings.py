from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from regulars.app.settings import Settings


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("REGULARS_CONFIG", "REGULARS_PORT", "REGULARS_TEST_MODE"):
        monkeypatch.delenv(name, raising=False)


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "regulars.toml").write_text(
        'port = 9000\nhost = "0.0.0.0"\nallowed_origins = ["https://a.example"]\n'
    )
    assert (Settings().port, Settings().host, Settings().allowed_origins) == (
        9000,
        "0.0.0.0",
        ("https://a.example",),
    )
    monkeypatch.setenv("REGULARS_PORT", "9001")
    monkeypatch.setenv("REGULARS_ALLOWED_ORIGINS", "https://b.example, https://c.example")
    assert Settings().port == 9001
    assert Settings().allowed_origins == ("https://b.example", "https://c.example")


def test_the_file_can_be_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "other.toml").write_text("port = 9002\n")
    monkeypatch.setenv("REGULARS_CONFIG", str(tmp_path / "other.toml"))
    assert Settings().port == 9002


def test_an_empty_variable_is_as_good_as_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REGULARS_DATABASE_URL", "")
    assert Settings().database_url is None


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "70000"), ("SECRET_KEY", "short"), ("DATABASE_CONNECTIONS", "0")]
)
def test_nonsense_is_refused(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"REGULARS_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()


def test_without_a_url_the_embedded_server_is_meant(tmp_path: Path) -> None:
    assert Settings(home=tmp_path).postgres_folder == tmp_path / "postgres"
