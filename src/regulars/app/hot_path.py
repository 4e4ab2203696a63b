"""In which form the hot path runs: as Python, or compiled from it (docs/adr/0038-the-hot-path-can-be-compiled.md)."""

from __future__ import annotations

from regulars.core.rules import resolve
from regulars.flows.accrual import decide


def is_compiled() -> bool:
    """Say whether rules and accrual are decided by compiled modules."""
    return not any(str(module.__file__).endswith(".py") for module in (resolve, decide))
