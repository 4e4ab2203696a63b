"""People who work with the installation: roles, signing in, sessions.

Tables owned: schema `staff`. `SessionAuthenticator` recognises a signed-in browser; what roles mean to routes stands in
one table, roles.py.
"""

from regulars.features.staff.api import router
from regulars.features.staff.authenticator import COOKIE, SessionAuthenticator
from regulars.features.staff.demo import demo_person
from regulars.features.staff.links import (
    FIRST_ADMIN,
    INVITE,
    LinkSender,
    first_admin_link,
    link_path,
    make_link,
)
from regulars.features.staff.model import Assignment, Person
from regulars.features.staff.people import (
    add_person,
    change_person,
    disable_person,
    enable_person,
    person_by_email,
    reset_person,
)
from regulars.features.staff.roles import ROLES, permissions_of, scopes_of
from regulars.features.staff.sessions import open_session
from regulars.features.staff.store import CLIENT_SECRET, TOTP_SECRET
from regulars.features.staff.store import select_persons as list_people
from regulars.features.staff.upkeep import FORGET_SPENT

__all__ = [
    "COOKIE",
    "FIRST_ADMIN",
    "FORGET_SPENT",
    "INVITE",
    "ROLES",
    "SEALED",
    "Assignment",
    "LinkSender",
    "Person",
    "SessionAuthenticator",
    "add_person",
    "change_person",
    "demo_person",
    "disable_person",
    "enable_person",
    "first_admin_link",
    "link_path",
    "list_people",
    "make_link",
    "open_session",
    "permissions_of",
    "person_by_email",
    "reset_person",
    "router",
    "scopes_of",
]

# Columns whose values are sealed.
SEALED = (TOTP_SECRET, CLIENT_SECRET)
