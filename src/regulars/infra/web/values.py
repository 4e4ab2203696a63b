"""Values as the document says they are: a number is no truth value, a truth value no number, an instant no number.

Pydantic would convert them; a client that sends 0 for false, or seconds for an instant, is told so instead.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import lru_cache
from types import NoneType, UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

_NUMBER = re.compile(r"[+-]?[0-9]*\.?[0-9]*")


def _written_out(value: Any) -> Any:
    if isinstance(value, datetime):
        return value
    if not isinstance(value, str) or _NUMBER.fullmatch(value.strip()):
        raise PydanticCustomError("not_an_instant", "Write an instant such as 2026-11-22T09:30:00Z")
    return value


Instant = Annotated[AwareDatetime, BeforeValidator(_written_out)]
"""An instant with its offset, written out in RFC 3339; for bodies and query parameters."""


class StrictModel(BaseModel):
    """Base of the bodies of configuration: unknown fields are refused, nothing is converted, strings lose their
    outer blanks.
    """

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True)

    @field_validator("*", mode="before")
    @classmethod
    def _as_it_is(cls, value: Any, info: ValidationInfo) -> Any:
        kinds = _kinds(cls, str(info.field_name))
        if isinstance(value, bool):
            if kinds and bool not in kinds:
                raise PydanticCustomError("not_as_documented", "This is no truth value")
        elif bool in kinds and kinds <= {bool, NoneType} and value is not None:
            raise PydanticCustomError("not_a_boolean", "Write true or false")
        elif kinds <= {date, NoneType} and date in kinds and isinstance(value, int | float):
            raise PydanticCustomError("not_a_date", "Write a date such as 2026-11-22")
        return value


@lru_cache(4096)
def _kinds(model: type[BaseModel], field: str) -> frozenset[Any]:
    """Return the plain types that a field takes; none where it may take anything."""
    return frozenset(_flat(model.model_fields[field].annotation))


def _flat(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        parts = [_flat(one) for one in get_args(annotation)]
        return [] if not all(parts) else [kind for part in parts for kind in part]
    if origin is Annotated:
        return _flat(get_args(annotation)[0])
    plain = annotation if origin is None else origin
    return [] if plain is Any or plain is object else [plain]
