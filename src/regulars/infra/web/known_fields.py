"""What a body could have said where it said something unknown: the names of the fields there, and the nearest."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, get_args

from fastapi import Request
from fastapi.routing import APIRoute
from pydantic import BaseModel

# More names than these help nobody.
NAMES_SHOWN = 30


def unknown_field(request: Request, location: Sequence[str | int]) -> str:
    """Return the sentence about a field that is none; `location` is where it stands, as Pydantic tells it."""
    name = location[-1] if location else ""
    known = _known(request, location)
    close = get_close_matches(str(name), known, n=1)
    hint = (
        f" Did you mean `{close[0]}`?"
        if close
        else f" Known: {', '.join(known[:NAMES_SHOWN])}."
        if known
        else ""
    )
    return f"There is no field `{name}` here.{hint}"


def _known(request: Request, location: Sequence[str | int]) -> list[str]:
    """Return the names of the fields beside the unknown one; none where that cannot be told (a choice of bodies)."""
    route = request.scope.get("route")
    if not isinstance(route, APIRoute) or route.body_field is None or location[:1] != ("body",):
        return []
    found: Any = route.body_field.field_info.annotation
    for part in location[1:-1]:
        models = _models(found)
        if isinstance(part, int):
            continue
        if len(models) != 1 or part not in models[0].model_fields:
            return []
        found = models[0].model_fields[part].annotation
    models = _models(found)
    return sorted(models[0].model_fields) if len(models) == 1 else []


def _models(annotation: Any) -> list[type[BaseModel]]:
    """Return the models that an annotation speaks of: `list[Line] | None` of Line."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [model for part in get_args(annotation) for model in _models(part)]
