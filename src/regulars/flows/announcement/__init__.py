"""Announcing: what changes wrote into their outbox rows becomes messages for everybody who listens.

Owns no table; it joins the outbox of events with the endpoints of webhooks.
"""

from __future__ import annotations

from regulars.flows.announcement.fan_out import fan_out, fan_out_batches

__all__ = ["fan_out", "fan_out_batches"]
