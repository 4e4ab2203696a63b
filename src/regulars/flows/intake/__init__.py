"""Intake: bytes of any sender to decoded events, into the port that `app/` plugs to the accrual flow.

`intake_routes(port, clock, authenticator)` gives the routes; `IntakePort` says what they need.
"""

from regulars.flows.intake.api import intake_routes
from regulars.flows.intake.gate import Gate
from regulars.flows.intake.openapi import intake_openapi
from regulars.flows.intake.port import IntakeOverloaded, IntakePort, ItemResult, Source

__all__ = [
    "Gate",
    "IntakeOverloaded",
    "IntakePort",
    "ItemResult",
    "Source",
    "intake_openapi",
    "intake_routes",
]
