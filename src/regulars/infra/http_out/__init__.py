"""HTTP to places that others name: never to our own network, pinned to the address that was checked, bounded in all.

Whoever posts to a URL that a customer typed uses `Outbound`; whoever stores such a URL calls `check_url` first.
"""

from __future__ import annotations

from regulars.infra.http_out.addresses import AllowList, is_public
from regulars.infra.http_out.client import Answer, Outbound, Outcome
from regulars.infra.http_out.targets import AddressRefused, Target, UrlRefused, check_url, parse_url

__all__ = [
    "AddressRefused",
    "AllowList",
    "Answer",
    "Outbound",
    "Outcome",
    "Target",
    "UrlRefused",
    "check_url",
    "is_public",
    "parse_url",
]
