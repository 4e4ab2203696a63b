"""Webhooks out: who wants to hear what, signed and delivered at least once (Standard Webhooks 1.0.0).

Tables owned: schema `webhooks`. Whoever changes something asks `subscribed_types` whether anybody listens and writes
notices into its outbox row; `flows/announcement` turns these into messages; `Sender` delivers them.
"""

from __future__ import annotations

from regulars.features.webhooks.api import router
from regulars.features.webhooks.documentation import document_webhooks
from regulars.features.webhooks.endpoints import (
    add_endpoint,
    remove_endpoint,
    resend,
    resend_between,
    send_test,
)
from regulars.features.webhooks.errors import EndpointUnknown, MessageUnknown
from regulars.features.webhooks.model import Delivery, Endpoint, Message, NewEndpoint
from regulars.features.webhooks.notice_types import NOTICE_TYPES, Subscribed
from regulars.features.webhooks.notices import NoticesUnreadable, bodies_of
from regulars.features.webhooks.sending import Sender
from regulars.features.webhooks.signing import SignatureWrong, sign, verify
from regulars.features.webhooks.store import (
    SECRET,
    insert_messages,
    insert_unreadable,
    select_deliveries,
    select_endpoints,
)
from regulars.features.webhooks.subscriptions import subscribed_types
from regulars.features.webhooks.telling import tell
from regulars.features.webhooks.upkeep import FORGET_OLD

__all__ = [
    "FORGET_OLD",
    "NOTICE_TYPES",
    "SEALED",
    "Delivery",
    "Endpoint",
    "EndpointUnknown",
    "Message",
    "MessageUnknown",
    "NewEndpoint",
    "NoticesUnreadable",
    "Sender",
    "SignatureWrong",
    "Subscribed",
    "add_endpoint",
    "bodies_of",
    "document_webhooks",
    "insert_messages",
    "insert_unreadable",
    "remove_endpoint",
    "resend",
    "resend_between",
    "router",
    "select_deliveries",
    "select_endpoints",
    "send_test",
    "sign",
    "subscribed_types",
    "tell",
    "verify",
]

# Columns whose values are sealed.
SEALED = (SECRET,)
