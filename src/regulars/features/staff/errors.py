"""What staff refuses."""

from __future__ import annotations

from regulars.infra.db import map_constraint
from regulars.kit.errors import Conflict, Invalid, NotFound, Rejected, TooMany, Unauthenticated


class SignInRefused(Unauthenticated):
    """E-mail address, password or code are not right. After some attempts you have to wait."""


class SecondFactorNeeded(Unauthenticated):
    """The password is right; send it again with the code of your authenticator, or one of your recovery codes."""


class TooManyAttempts(TooMany):
    """There were too many attempts to sign in; wait as long as Retry-After says."""


class LinkSpent(Rejected):
    """This link was used before, has ended, or was never one of ours; ask for a new one."""

    status = 410


class PasswordTooWeak(Invalid):
    """This password is too easy to guess; errors[] says what to do."""


class InvalidPerson(Invalid):
    """This is not valid; errors[] says where and what to write instead."""


class UnknownPerson(NotFound):
    """There is no such person."""


class UnknownSession(NotFound):
    """You have no such session."""


class UnknownPasskey(NotFound):
    """You have no such passkey."""


class UnknownProvider(NotFound):
    """There is no such identity provider."""


class PersonExists(Conflict):
    """Somebody with this e-mail address is there already."""


class LastAdministrator(Conflict):
    """This is the last administrator of the installation who can sign in; make another one first."""


class AuthenticatorKnown(Conflict):
    """You have an authenticator already; remove it first."""


class ChallengeSpent(Conflict):
    """This took too long or was answered before; begin again."""


class CodeWrong(Invalid):
    """The code is not right; look whether the clock of your device is."""


class PasskeyRefused(Unauthenticated):
    """This passkey could not be verified, or nobody here has it."""


class ProviderRefused(Unauthenticated):
    """The identity provider did not confirm who you are, or nobody here has your e-mail address."""


class ProviderUnreachable(Rejected):
    """The identity provider does not answer as OpenID Connect asks; try again or tell your administrator."""

    status = 502


map_constraint("staff_person_email_once", PersonExists)
