"""Addresses below `/partners/{partner}`: any for the program's staff, its own for a partner's people and keys."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Request

from regulars.features.partners.errors import UnknownPartner
from regulars.infra.web import Subject
from regulars.kit.errors import Bug

PartnerCode = Annotated[str, Path(max_length=63, description="Code of the partner")]
# The role of a partner's own people and keys.
PARTNER_ROLE = "partner"


def partner_in_path(request: Request, partner: PartnerCode) -> str:
    """Return the partner in the address; a dependency, to be named after the one that declares the roles.

    Raises UnknownPartner for callers who are kept to other partners: they are not to learn that it exists.
    """
    subject: Subject | None = getattr(request.state, "subject", None)
    if subject is None:
        raise Bug("Declare the roles first: Depends(route_roles(…)) finds out who is calling.")
    if not may_see(subject, partner):
        raise UnknownPartner
    return partner


def may_see(subject: Subject, partner: str) -> bool:
    """Return whether a caller may see a partner; whoever has nothing but the role partner, only where kept to it."""
    if subject.partners is None:
        return subject.roles != {PARTNER_ROLE}
    return partner in subject.partners


def acts_as_partner(subject: Subject) -> bool:
    """Return whether a caller is on the partner's side of a statement."""
    return subject.partners is not None
