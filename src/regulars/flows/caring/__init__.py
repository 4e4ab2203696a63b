"""Caring: people write about members and do tasks for them, by name.

It joins notes and tasks (features/care) with members and the staff.
"""

from regulars.flows.caring.api import router
from regulars.flows.caring.read import Wanted, select_tasks

__all__ = ["Wanted", "router", "select_tasks"]
