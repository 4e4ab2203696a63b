"""Gift cards: numbers and PINs that lead to a purse in the ledger, where what is on them is kept.

Tables owned: schema `giftcards`.
"""

from regulars.features.giftcards.cards import (
    Card,
    NewCard,
    check_pin,
    check_usable,
    face_minor,
    lock_card,
    make_card,
    read_card,
    renew_pin,
    select_card_types,
    set_status,
)
from regulars.features.giftcards.errors import (
    CardActive,
    CardTooLow,
    InvalidCard,
    PaymentReturned,
    UnknownPayment,
)

__all__ = [
    "Card",
    "CardActive",
    "CardTooLow",
    "InvalidCard",
    "NewCard",
    "PaymentReturned",
    "UnknownPayment",
    "check_pin",
    "check_usable",
    "face_minor",
    "lock_card",
    "make_card",
    "read_card",
    "renew_pin",
    "select_card_types",
    "set_status",
]
