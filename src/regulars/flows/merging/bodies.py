"""What the routes of merging and erasing take and give back."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from regulars.infra.web import StrictModel


class MergeBody(StrictModel):
    """Who becomes one with the member of the address, and why they are one person."""

    source: Annotated[str, Field(max_length=400, description="mem_…, or kind:value, of the member who goes")]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class MergeAnswer(BaseModel):
    """A merge just made or undone."""

    merge: Annotated[int, Field(description="Its number, to undo it")]
    source: str
    target: str


class ErasedAnswer(BaseModel):
    """Who was erased: the member and everybody who was merged into her."""

    erased: list[str]
