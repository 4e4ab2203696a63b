"""What connecting refuses."""

from __future__ import annotations

from regulars.kit.errors import Invalid, NotFound, Unauthenticated


class UnknownHook(NotFound):
    """There is no shop connected at this address."""


class OrderUnreadable(Invalid):
    """This is no order as its platform documents it."""


class SignatureWrong(Unauthenticated):
    """The signature does not belong to this body and this shop's secret."""


class ShopInvalid(Invalid):
    """The shop cannot be connected as it is written; errors[] says where and what to write instead."""
