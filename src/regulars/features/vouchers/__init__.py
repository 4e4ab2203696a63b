"""Vouchers and coupons: what they are worth, codes that cannot be guessed, and every use of them exactly once.

Tables owned: schema `vouchers`. A basket is priced in three steps: `find_vouchers` (with `lock`), the pure
`discounts`, then `reserve_vouchers` until the order is there and `use_vouchers` with it. Whatever is reserved and
never used lapses by itself.
"""

from regulars.features.vouchers.api import router
from regulars.features.vouchers.batches import (
    GENERATE_TASK,
    Batch,
    generate_codes,
    get_batch,
    import_codes,
)
from regulars.features.vouchers.bodies import UseAnswer, VoucherAnswer, use_answer, voucher_answer
from regulars.features.vouchers.define import (
    add_audience,
    archive_definition,
    get_definition,
    put_definition,
    remove_audience,
)
from regulars.features.vouchers.errors import (
    MinimumNotReached,
    NotStackable,
    PoolEmpty,
    ReservationGone,
    UnknownVoucher,
)
from regulars.features.vouchers.exporting import export_codes
from regulars.features.vouchers.find import find_vouchers, lapse_reservations
from regulars.features.vouchers.guess import guessing
from regulars.features.vouchers.issue import add_code, issue_voucher, issued_code, void_vouchers
from regulars.features.vouchers.model import Definition, Found, StoredDefinition, Voucher, Worth, checkout_of
from regulars.features.vouchers.pricing import Basket, BasketLine, Discount, discounts, stacking_order
from regulars.features.vouchers.store import (
    encode_definition,
    select_definitions,
    select_history,
    select_of_member,
)
from regulars.features.vouchers.use import (
    redeem_vouchers,
    release_vouchers,
    reserve_vouchers,
    return_vouchers,
    use_vouchers,
)

__all__ = [
    "GENERATE_TASK",
    "Basket",
    "BasketLine",
    "Batch",
    "Definition",
    "Discount",
    "Found",
    "MinimumNotReached",
    "NotStackable",
    "PoolEmpty",
    "ReservationGone",
    "StoredDefinition",
    "UnknownVoucher",
    "UseAnswer",
    "Voucher",
    "VoucherAnswer",
    "Worth",
    "add_audience",
    "add_code",
    "archive_definition",
    "checkout_of",
    "discounts",
    "encode_definition",
    "export_codes",
    "find_vouchers",
    "generate_codes",
    "get_batch",
    "get_definition",
    "guessing",
    "import_codes",
    "issue_voucher",
    "issued_code",
    "lapse_reservations",
    "put_definition",
    "redeem_vouchers",
    "release_vouchers",
    "remove_audience",
    "reserve_vouchers",
    "return_vouchers",
    "router",
    "select_definitions",
    "select_history",
    "select_of_member",
    "stacking_order",
    "use_answer",
    "use_vouchers",
    "void_vouchers",
    "voucher_answer",
]
