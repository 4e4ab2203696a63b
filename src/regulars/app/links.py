"""Links that let people in, brought to them: into the terminal of the server, as long as nothing else is set up."""

from __future__ import annotations

import sys

from regulars.app.settings import Settings
from regulars.features.staff import link_path


class TerminalLinks:
    """Writes links to the standard error of the server, for its operator to pass on; never into the log."""

    def __init__(self, settings: Settings) -> None:
        """Begin each link with where the service is reached."""
        self._home = settings.address

    async def __call__(self, email: str, name: str, purpose: str, token: str) -> None:
        """Write one link."""
        sys.stderr.write(f"{purpose} link of {name} <{email}>: {self._home}{link_path(purpose, token)}\n")
