"""What the routes of the intake work with: given directly, or found in the application's state while it serves."""

from __future__ import annotations

import msgspec
from starlette.requests import Request

from regulars.flows.intake.port import IntakePort
from regulars.infra.clock import Clock
from regulars.infra.web import Authenticator
from regulars.kit.errors import Unavailable


class NotServing(Unavailable):
    """The server is starting or stopping; try again."""


class Needs(msgspec.Struct, frozen=True):
    """The port to the rest of the platform, the clock, and who knows the credentials of the API."""

    port: IntakePort
    clock: Clock
    authenticator: Authenticator | None = None


def needs_of_state(request: Request) -> Needs:
    """Return the needs in `app.state`: `intake_port`, `clock`, `authenticator`. Raises NotServing without a port."""
    state = request.app.state
    port = getattr(state, "intake_port", None)
    if port is None:
        raise NotServing
    return Needs(port, state.clock, getattr(state, "authenticator", None))
