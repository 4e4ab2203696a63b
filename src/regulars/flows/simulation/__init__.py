"""Simulation: what a draft of the rules would have given for what really happened, beside what they gave.

Tables owned: schema `simulation`, what was asked for and found; nothing else is written. It reads accrual's decision
through `regulars.flows.accrual.insight`. What is exact and what is not is said in docs/how-to/simulate.md.
"""

from regulars.flows.simulation.api import simulation_router
from regulars.flows.simulation.drafts import compared_with_force, draft_of_rules, simulated_document
from regulars.flows.simulation.model import Plan
from regulars.flows.simulation.run import SimulationStopped, simulate
from regulars.flows.simulation.tasks import SIMULATE, simulation_task

__all__ = [
    "SIMULATE",
    "Plan",
    "SimulationStopped",
    "compared_with_force",
    "draft_of_rules",
    "simulate",
    "simulated_document",
    "simulation_router",
    "simulation_task",
]
