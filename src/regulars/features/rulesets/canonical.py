"""Rule documents as text: numbers with a fraction stay exact, equal documents have equal text."""

from __future__ import annotations

from decimal import Decimal
from hashlib import sha256
from typing import Any

import msgspec

_decoder = msgspec.json.Decoder(float_hook=Decimal)
_encoder = msgspec.json.Encoder(order="deterministic", decimal_format="number")


def decode(text: str) -> Any:
    """Return the JSON value in `text`, numbers as int or Decimal."""
    return _decoder.decode(text)


def encode(value: Any) -> str:
    """Return `value` as JSON with sorted keys and Decimals as numbers."""
    return _encoder.encode(value).decode()


def digest(value: Any) -> str:
    """Return a name for the content: SHA-256 of its canonical text, in hexadecimal."""
    return sha256(_encoder.encode(value)).hexdigest()
