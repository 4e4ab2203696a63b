"""Households: members who live together, in roles, with limits on what each may spend of the others' points.

Tables owned: schema `households`. Points stay in their members' own wallets; pooling is a matter of spending.
"""

from regulars.features.households.change import (
    accept,
    change_household,
    change_person,
    dissolve,
    found_household,
    get_household,
    invite,
    leave,
    list_people,
    person_of,
    share_household,
)
from regulars.features.households.errors import NotInHousehold, UnknownHousehold
from regulars.features.households.model import (
    USUAL,
    Household,
    Order,
    Person,
    Role,
    SpendPeriod,
    Terms,
)

__all__ = [
    "USUAL",
    "Household",
    "NotInHousehold",
    "Order",
    "Person",
    "Role",
    "SpendPeriod",
    "Terms",
    "UnknownHousehold",
    "accept",
    "change_household",
    "change_person",
    "dissolve",
    "found_household",
    "get_household",
    "invite",
    "leave",
    "list_people",
    "person_of",
    "share_household",
]
