"""What somebody pastes into the shop's system: one text for each platform. Pure."""

from __future__ import annotations

from regulars.flows.connection.model import Connected

WOOCOMMERCE_TOPICS = ("Order created", "Order updated")
SHOPIFY_TOPICS = ("Order payment", "Order update", "Order cancellation", "Refund create")


def snippet(connected: Connected, host: str) -> str:
    """Return what to do in the shop so that its orders come to `host` (such as https://points.example)."""
    host = host.rstrip("/")
    key = connected.write_key or "<the write key shown when it was connected>"
    if connected.platform == "segment":
        return (
            'analytics.load("' + key + '", {\n'
            '  integrations: {"Segment.io": {apiHost: "'
            + host.split("://")[-1]
            + '/v1", protocol: "'
            + host.split("://")[0]
            + '"}}\n});\n'
            'analytics.track("Order Completed", {order_id: "' + connected.partner + ':1001", revenue: 27.50, '
            'currency: "EUR"});'
        )
    if connected.platform == "woocommerce":
        secret = connected.secret or "<the secret it has>"
        return (
            "WooCommerce > Settings > Advanced > Webhooks, once for each topic:\n"
            f"  Topic         {', '.join(WOOCOMMERCE_TOPICS)}\n"
            f"  Delivery URL  {host}/v1/hooks/{connected.hook}\n"
            f"  Secret        {secret}\n"
            "  API version   WP REST API Integration v3"
        )
    if connected.platform == "shopify":
        return (
            "Shopify > Settings > Notifications > Webhooks, once for each event:\n"
            f"  Event   {', '.join(SHOPIFY_TOPICS)}\n"
            "  Format  JSON\n"
            f"  URL     {host}/v1/hooks/{connected.hook}"
        )
    order = (
        '{"type": "Order Completed", "member": {"email": "ann@example.com"}, '
        '"order": {"order_id": "' + connected.partner + ':1001", "total": "27.50", "currency": "EUR"}}'
    )
    return (
        f"curl -X POST {host}/api/v1/events \\\n"
        f"  -H 'Authorization: Bearer {key}' -H 'Content-Type: application/json' \\\n"
        f"  -d '{order}'"
    )
