"""Campaigns among the other slices: what they promote, whom they reach, and the calendar of it all.

Owns no table: joins campaigns with rules, rewards, vouchers, draws, members and the staff.
"""

from regulars.flows.campaigning.api import router
from regulars.flows.campaigning.calendar import Calendar, Entry, calendar_between
from regulars.flows.campaigning.listing import REFS_MAX, Relisted, change_members
from regulars.flows.campaigning.offers import Offer, load_known, load_offers, load_people, works_here

__all__ = [
    "REFS_MAX",
    "Calendar",
    "Entry",
    "Offer",
    "Relisted",
    "calendar_between",
    "change_members",
    "load_known",
    "load_offers",
    "load_people",
    "router",
    "works_here",
]
