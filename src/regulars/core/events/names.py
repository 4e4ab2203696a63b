"""Event names: the e-commerce v2 specification's spelling, whatever spelling or version the sender uses."""

from __future__ import annotations

from functools import lru_cache

ORDER_COMPLETED = "Order Completed"
ORDER_UPDATED = "Order Updated"
ORDER_REFUNDED = "Order Refunded"
ORDER_CANCELLED = "Order Cancelled"

# Events whose properties are an order: they must name it, and what is wrong in them refuses the event.
ORDER_TYPES = frozenset({ORDER_COMPLETED, ORDER_UPDATED, ORDER_REFUNDED, ORDER_CANCELLED})

NAME_LENGTH_MAX = 200

# What the platform raises itself. Rules believe what these say, so that nobody else may send them.
PLATFORM_NAMES = frozenset(
    {
        "Member Joined",
        "Tier Changed",
        "Wallet Changed",
        "Birthday",
        "Anniversary",
        "Inactive",
        "Schedule",
        "Tier Reviewed",
        "Reward Redeemed",
        "Reward Cancelled",
        "Points Adjusted",
        "Members Merged",
        "Merge Undone",
    }
)

# Segment's e-commerce specification, version 2, and the account events that rules commonly start from.
KNOWN_NAMES = (
    "Products Searched",
    "Product List Viewed",
    "Product List Filtered",
    "Promotion Viewed",
    "Promotion Clicked",
    "Product Clicked",
    "Product Viewed",
    "Product Added",
    "Product Removed",
    "Cart Viewed",
    "Checkout Started",
    "Checkout Step Viewed",
    "Checkout Step Completed",
    "Payment Info Entered",
    ORDER_COMPLETED,
    ORDER_UPDATED,
    ORDER_REFUNDED,
    ORDER_CANCELLED,
    "Coupon Entered",
    "Coupon Applied",
    "Coupon Denied",
    "Coupon Removed",
    "Product Added to Wishlist",
    "Product Removed from Wishlist",
    "Wishlist Product Added to Cart",
    "Product Shared",
    "Cart Shared",
    "Product Reviewed",
    "Signed Up",
    "Signed In",
    "Signed Out",
    "Account Created",
    "Account Deleted",
    "Identify",
    "Page",
    "Screen",
    "Group",
    "Alias",
)

# Version 1 put the verb first; some spellings are simply common.
_ALIASES = {
    "Completed Order": ORDER_COMPLETED,
    "Updated Order": ORDER_UPDATED,
    "Refunded Order": ORDER_REFUNDED,
    "Cancelled Order": ORDER_CANCELLED,
    "Canceled Order": ORDER_CANCELLED,
    "Order Canceled": ORDER_CANCELLED,
    "Searched Products": "Products Searched",
    "Viewed Product": "Product Viewed",
    "Viewed Product Category": "Product List Viewed",
    "Viewed Product List": "Product List Viewed",
    "Filtered Product List": "Product List Filtered",
    "Viewed Promotion": "Promotion Viewed",
    "Clicked Promotion": "Promotion Clicked",
    "Clicked Product": "Product Clicked",
    "Added Product": "Product Added",
    "Removed Product": "Product Removed",
    "Viewed Cart": "Cart Viewed",
    "Started Checkout": "Checkout Started",
    "Viewed Checkout Step": "Checkout Step Viewed",
    "Completed Checkout Step": "Checkout Step Completed",
    "Entered Payment Info": "Payment Info Entered",
    "Entered Coupon": "Coupon Entered",
    "Applied Coupon": "Coupon Applied",
    "Removed Coupon": "Coupon Removed",
    "Added Product to Wishlist": "Product Added to Wishlist",
    "Removed Product from Wishlist": "Product Removed from Wishlist",
    "Shared Product": "Product Shared",
    "Shared Cart": "Cart Shared",
    "Reviewed Product": "Product Reviewed",
}


def _folded(name: str) -> str:
    return " ".join(name.replace("_", " ").replace("-", " ").casefold().split())


_CANONICAL = {_folded(name): name for name in KNOWN_NAMES} | {
    _folded(alias): name for alias, name in _ALIASES.items()
}


@lru_cache(4096)
def canonical_name(name: str) -> str:
    """Return the specification's spelling of a known event name, and any other name without outer blanks.

    `completed order`, `Order_Completed` and `Order Completed` are one event; a custom name stays as sent.
    """
    return _CANONICAL.get(_folded(name)) or name.strip()


@lru_cache(4096)
def name_of_dotted_type(dotted: str) -> str:
    """Return the event name of a CloudEvents type: `com.shop.order.completed` is `Order Completed`.

    Known events are recognised by the last parts of the type; any other type stays as sent.
    """
    parts = dotted.split(".")
    for count in range(2, min(len(parts), 6) + 1):
        known = _CANONICAL.get(_folded(" ".join(parts[-count:])))
        if known:
            return known
    return canonical_name(dotted)
