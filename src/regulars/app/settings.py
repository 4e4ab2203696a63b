"""Settings: from the environment (REGULARS_…) and from regulars.toml, the environment first."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from regulars.infra.db.embedded import ensure_running, home_folder
from regulars.infra.sealing import KEY_FILE, KeyPlace, Keyring, SecretKeyMalformed, hold_keys

FILE = "regulars.toml"


class Settings(BaseSettings):
    """Everything an operator may set. The name of each variable is REGULARS_ and the field in upper case."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_", extra="ignore", frozen=True)

    home: Annotated[Path, Field(description="Where data lives")] = Field(default_factory=home_folder)
    database_url: Annotated[
        str | None, Field(description="Your own PostgreSQL; without it an embedded one runs")
    ] = None
    database_connections: Annotated[int, Field(ge=1, le=200, description="Connections per process")] = 8
    postgres_port: Annotated[
        int | None,
        Field(ge=1, le=65535, description="Also open the embedded server on 127.0.0.1 at this port"),
    ] = None
    host: Annotated[str, Field(description="Address the service listens on")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, description="Port the service listens on")] = 8000
    public_url: Annotated[str | None, Field(description="Where the service is reached from outside")] = None
    secret_key: Annotated[
        str | None, Field(description="Seals secrets in the database; 32 bytes in base64, in use first")
    ] = None
    secret_key_file: Annotated[
        Path | None, Field(description="File of that key; without one secret.key in the home")
    ] = None
    allowed_origins: Annotated[
        tuple[str, ...], NoDecode, Field(description="Origins of browsers, with commas")
    ] = ()
    worker: Annotated[bool, Field(description="Do jobs and webhooks inside the server too")] = True
    worker_connections: Annotated[int, Field(ge=3, le=200, description="Connections of a worker")] = 8
    outbound_allow: Annotated[
        str, Field(description="Private hosts and networks that webhooks may reach, with commas")
    ] = ""
    demo: Annotated[bool, Field(description="Anybody may sign in by one click; set by the demo")] = False
    test_mode: Annotated[bool, Field(description="Test clock and fail-points; never in production")] = False

    @field_validator("database_url")
    @classmethod
    def _is_url(cls, value: str | None) -> str | None:
        """Refuse what is no URL of a PostgreSQL, without repeating it: it may hold a password."""
        try:
            parts = urlsplit(value or "postgresql:")
            sound = parts.scheme in ("postgresql", "postgres") and parts.port != 0
        except ValueError:  # a port that is no number
            sound = False
        if not sound:
            raise ValueError("write a URL such as postgresql://user:password@host:5432/name")
        return value

    @field_validator("secret_key")
    @classmethod
    def _is_key(cls, value: str | None) -> str | None:
        """Refuse what is no key, without repeating it."""
        try:
            if value is not None:
                Keyring.of(value)
        except SecretKeyMalformed as refusal:
            raise ValueError(refusal.message) from None
        return value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - one place to look is enough
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments first, then the environment, then the file."""
        return (
            init_settings,
            _Environment(env_settings),
            TomlConfigSettingsSource(settings_cls, settings_file()),
        )

    @property
    def address(self) -> str:
        """Where people and shops reach the service, without a slash at its end."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")

    def database(self) -> str:
        """Return the URL of the database; starts the embedded server when no other was named.

        Whoever works on it takes the keys of the same installation.
        """
        hold_keys(self.keys())
        return self.database_url or ensure_running(self.postgres_folder, port=self.postgres_port)

    def keys(self) -> KeyPlace:
        """Return where the keys are that seal secrets in the database."""
        return KeyPlace(self.secret_key, self.secret_key_file or self.home / KEY_FILE)

    @property
    def postgres_folder(self) -> Path:
        """Return the folder of the embedded server."""
        return self.home / "postgres"


class _Environment(PydanticBaseSettingsSource):
    """The environment, with lists written as plain words between commas."""

    def __init__(self, inner: PydanticBaseSettingsSource) -> None:
        super().__init__(inner.settings_cls)
        self._inner = inner

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:
        return self._inner.get_field_value(field, field_name)

    def __call__(self) -> dict[str, Any]:
        values = self._inner()
        origins = values.get("allowed_origins")
        if isinstance(origins, str):
            values["allowed_origins"] = [origin.strip() for origin in origins.split(",") if origin.strip()]
        return {name: value for name, value in values.items() if value != ""}


def settings_file() -> Path:
    """Return the file of settings: REGULARS_CONFIG, else regulars.toml in the current folder."""
    return Path(os.environ.get("REGULARS_CONFIG", FILE))
