"""Refusals: what we answer when a request cannot be done. A refusal is an expected answer, a Bug is our mistake.

A refusal's docstring is its default message. Its class says the HTTP status; its name, in snake case, is its code:
`InsufficientPoints` has the code `insufficient_points`. Facts are keyword arguments and become attributes.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Sequence
from typing import Any, ClassVar

import msgspec

_WORD_START = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with one field of a request: where (`lines[3].price`), a code, and what to write instead."""

    path: str
    code: str
    message: str


class Bug(Exception):
    """Our own mistake: never caught to be answered, always reported."""


class Rejected(Exception):
    """The request was refused."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "rejected"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Give each refusal the code that its name says, unless it declares one."""
        super().__init_subclass__(**kwargs)
        if "code" not in cls.__dict__:
            cls.code = _WORD_START.sub("_", cls.__name__).lower()

    def __init__(
        self, message: str | None = None, *, errors: Sequence[FieldError] = (), **facts: Any
    ) -> None:
        """Refuse with the class's sentence or another one, with field errors, and with facts as attributes."""
        self.message: str = message or inspect.cleandoc(type(self).__doc__ or "The request was refused.")
        self.errors: tuple[FieldError, ...] = tuple(errors)
        self.facts: dict[str, Any] = facts
        super().__init__(self.message)

    def __getattr__(self, name: str) -> Any:
        """Return the fact `name`."""
        facts = self.__dict__.get("facts", {})
        if name in facts:
            return facts[name]
        raise AttributeError(f"{type(self).__name__} carries no fact {name!r}.")

    def __str__(self) -> str:
        """Return the message, then the facts in brackets."""
        if not self.facts:
            return self.message
        return f"{self.message} ({', '.join(f'{name}={value}' for name, value in self.facts.items())})"


class Unauthenticated(Rejected):
    """Say who you are: the credentials are missing or not valid."""

    status = 401


class Forbidden(Rejected):
    """You are known, but you may not do this."""

    status = 403


class NotFound(Rejected):
    """There is no such thing here."""

    status = 404


class Conflict(Rejected):
    """This does not fit the present state."""

    status = 409


class PreconditionFailed(Rejected):
    """It was changed since you read it; read it again."""

    status = 412


class TooLarge(Rejected):
    """The request is larger than what is accepted."""

    status = 413


class Invalid(Rejected):
    """The request is not valid."""

    status = 422


class TooMany(Rejected):
    """Too many requests; try again later."""

    status = 429


class Unavailable(Rejected):
    """The service cannot do this at the moment; try again."""

    status = 503


class ApprovalNeeded(Conflict):
    """Another person has to approve this first."""
