"""What webhooks refuse."""

from __future__ import annotations

from regulars.kit.errors import Conflict, Invalid, NotFound, PreconditionFailed


class EndpointUnknown(NotFound):
    """There is no such webhook endpoint."""


class MessageUnknown(NotFound):
    """There is no such message, or it is no longer kept."""


class EndpointInvalid(Invalid):
    """The webhook endpoint is not valid; see errors."""


class SecretInvalid(Invalid):
    """A webhook secret is whsec_ and 24 to 64 bytes in base 64."""


class TooManyEndpoints(Conflict):
    """A program has at most 100 webhook endpoints."""


class EndpointDisabled(Conflict):
    """The webhook endpoint is disabled; enable it first."""


class EndpointChanged(PreconditionFailed):
    """The webhook endpoint was changed since you read it; read it again."""
