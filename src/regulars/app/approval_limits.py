"""What needs a second person, for documents: `regulars apply` reads and writes the policy of approvals."""

from __future__ import annotations

from datetime import datetime

import msgspec

from regulars.flows.apply import Limits
from regulars.flows.approval import Policy, select_policy, write_policy
from regulars.infra.db import Transaction


class ApprovalLimits:
    """The policy of approvals as documents say it."""

    async def read(self, tx: Transaction, program_id: int) -> Limits:
        """Return what needs a second person in a program."""
        return Limits(**msgspec.structs.asdict(await select_policy(tx, program_id)))

    async def write(self, tx: Transaction, program_id: int, limits: Limits, now: datetime) -> None:
        """Say what needs a second person in a program."""
        await write_policy(tx, program_id, Policy(**msgspec.structs.asdict(limits)), now)
