"""Structured logs on the standard error: JSON lines for machines, coloured text on a terminal, never a secret."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

# Fields whose values are never written, whatever they hold.
SECRET_FIELDS = frozenset(
    {
        "authorization",
        "cookie",
        "key",
        "password",
        "otp",
        "secret",
        "secrets",
        "set_cookie",
        "token",
        "write_key",
    }
)
# What our own secrets look like inside other text: webhook secrets, keys of programs, passwords in URLs.
_SECRETS = re.compile(
    r"whsec_[A-Za-z0-9+/=_-]+|\b(?:wk|ak)_[a-z0-9]{12}_[A-Za-z0-9_-]{16,}|(?<=:)[^:/@\s]+(?=@)"
)
REDACTED = "[hidden]"


def configure_logs(level: str = "INFO") -> None:
    """Send the logs of this process, and those of libraries, through one formatter. May be called again."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        hide_secrets,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    final: Processor = (
        structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
        if sys.stderr.isatty()
        else structlog.processors.JSONRenderer()
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, final],
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for name in ("uvicorn", "uvicorn.error"):
        logging.getLogger(name).handlers[:] = []
        logging.getLogger(name).propagate = True
    # It writes whole URLs, and a URL may hold a write key.
    logging.getLogger("uvicorn.access").propagate = False


def hide_secrets(logger: WrappedLogger, method: str, event: EventDict) -> EventDict:  # noqa: ARG001 - structlog's shape
    """Replace the values of secret fields, and what looks like a secret inside any other text."""
    return {
        name: REDACTED if name in SECRET_FIELDS and value else _hidden(value) for name, value in event.items()
    }


def _hidden(value: Any) -> Any:
    if isinstance(value, str):
        return _SECRETS.sub(REDACTED, value)
    if isinstance(value, dict):
        return {name: REDACTED if name in SECRET_FIELDS else _hidden(inner) for name, inner in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [_hidden(inner) for inner in value]
    return value
