"""Intake: bytes of any sender to decoded events, into the port that `app/` plugs to the accrual flow.

`intake_routes()` gives the routes; they find their `IntakePort` in `app.state.intake_port`, or in the `Needs` given.
"""

from regulars.flows.intake.answers import TAKEN
from regulars.flows.intake.api import intake_routes
from regulars.flows.intake.gate import Gate
from regulars.flows.intake.needs import Needs
from regulars.flows.intake.openapi import intake_openapi
from regulars.flows.intake.port import IntakeOverloaded, IntakePort, ItemResult, KeyOfSource, Source, Taken
from regulars.flows.intake.refusals import SourceChanged, SourceDisabled

__all__ = [
    "TAKEN",
    "Gate",
    "IntakeOverloaded",
    "IntakePort",
    "ItemResult",
    "KeyOfSource",
    "Needs",
    "Source",
    "SourceChanged",
    "SourceDisabled",
    "Taken",
    "intake_openapi",
    "intake_routes",
]
