"""What vouchers refuse. A refusal about a code says when and why, so that a till can say it aloud."""

from __future__ import annotations

from regulars.kit.errors import Conflict, Forbidden, Invalid, NotFound, PreconditionFailed, TooMany


class UnknownDefinition(NotFound):
    """The program has no vouchers of this kind."""


class UnknownBatch(NotFound):
    """There is no such batch of codes."""


class InvalidDefinition(Invalid):
    """The definition of the vouchers is not valid; errors[] says where and what to write instead."""


class DefinitionChanged(PreconditionFailed):
    """The definition was changed since you read it; read it again."""


class CodeTooGuessable(Invalid):
    """So many codes of this pattern would be guessed too easily: give it more random letters (#)."""


class CodeTaken(Conflict):
    """This code exists already; a code exists once in a program."""


class PoolEmpty(Conflict):
    """No code is left to hand out: import or generate more."""


class UnknownVoucher(NotFound):
    """There is no voucher with this code; look for a letter that was misread."""


class VoucherVoid(Conflict):
    """This voucher was taken back."""


class VoucherAlreadyUsed(Conflict):
    """This voucher was used already; `used_at` says when."""


class VoucherReserved(Conflict):
    """This voucher is set aside for another basket until `until`; finish or cancel that one first."""


class VoucherExpired(Conflict):
    """This voucher ended; `expired_at` says when."""


class VoucherNotYet(Conflict):
    """This voucher is not valid yet; `valid_from` says from when."""


class VoucherNotYours(Forbidden):
    """This voucher is somebody else's."""


class VoucherNeedsMember(Conflict):
    """This voucher can only be used by a member: say who is buying."""


class VoucherLimitReached(Conflict):
    """This member has used as many vouchers of this kind as one may; `limit` says how many."""


class VouchersUsedUp(Conflict):
    """All uses of vouchers of this kind are taken; `limit` says how many there were."""


class MinimumNotReached(Conflict):
    """The basket is too small for this voucher; `missing` says by how much, in minor units."""


class NotStackable(Conflict):
    """This voucher cannot be used together with the voucher in `with_code`: choose one of them."""


class CodeTwice(Conflict):
    """The same code is named twice; a basket uses a voucher once."""


class NothingDiscounted(Conflict):
    """Nothing in the basket is what this voucher is for."""


class ReservationGone(Conflict):
    """The vouchers are not set aside for this basket any more; look them up again."""


class UnknownUse(NotFound):
    """No voucher was used by this order."""


class TooManyWrongCodes(TooMany):
    """Too many wrong codes; wait as long as Retry-After says."""
