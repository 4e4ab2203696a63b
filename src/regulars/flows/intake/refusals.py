"""Why the intake turns a whole request away."""

from __future__ import annotations

from regulars.kit.errors import Rejected, Unavailable


class InvalidWriteKey(Rejected):
    """There is no source with this write key."""

    status = 401


class SourceDisabled(Rejected):
    """This source is switched off."""

    status = 404


class InvalidSignature(Rejected):
    """Requests of this source are signed: X-Signature is the HMAC-SHA1 of the body with its secret, in hexadecimal."""

    status = 401


class SourceChanged(Unavailable):
    """How this source must send has just been changed; send it again."""


class OriginNotAllowed(Rejected):
    """Pages of this origin may not send to this source; add the origin to the source."""

    status = 403


class PayloadTooLarge(Rejected):
    """The request is larger than this source may send."""

    status = 400


class RudderPayloadTooLarge(Rejected):
    """The request is larger than this source may send."""

    # RudderStack's gateway says 413 where Segment's documentation says 400; clients drop the batch on both.
    status = 413
    code = "payload_too_large"


class NotUnderstood(Rejected):
    """The body cannot be read."""

    status = 400

    def __init__(self, code: str, message: str) -> None:
        """Refuse with the code and the sentence of the decoder."""
        super().__init__(message)
        self.__dict__["code"] = code


def too_large(profile: str, bytes_max: int) -> Rejected:
    """Return the refusal of a request or event beyond `bytes_max` bytes."""
    kind = RudderPayloadTooLarge if profile == "rudder" else PayloadTooLarge
    return kind(f"At most {bytes_max:,} bytes are accepted.", bytes_max=bytes_max)
