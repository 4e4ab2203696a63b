"""The names of people's roles. What each of them may do is said where people are kept."""

from __future__ import annotations

from typing import Literal, TypeAlias

# Roles of those who work for the program itself.
OwnRoleName: TypeAlias = Literal[
    "platform_admin",
    "program_admin",
    "marketer",
    "approver",
    "analyst",
    "service_agent",
    "finance",
    "auditor",
]
# Those, and the one of people who work for a partner of it.
RoleName: TypeAlias = Literal[OwnRoleName, "partner"]
