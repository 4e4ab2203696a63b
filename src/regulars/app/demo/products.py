"""The catalogue of the shop, worked out from its invoices: names, categories, prices, and which products earn.

The data set has no categories. A product's comes from words of its name; where they say nothing, from its family (stock
codes that share their five digits, as 85123A and 85123B do).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Final

import msgspec

from regulars.app.demo.rows import Row

CHARGES, VOUCHERS, OTHER = "Postage and charges", "Gift vouchers", "Other"
# Stock codes that are no goods. They may be on an invoice; nobody earns points for postage.
CHARGE_CODES: Final = frozenset(
    {"POST", "DOT", "C2", "M", "D", "S", "B", "BANK CHARGES", "AMAZONFEE", "CRUK"}
)
VOUCHER_PREFIX: Final = "gift_"
# The line of products that gives points of its own, for each unit.
PRODUCT_LINE: Final = "RETROSPOT"
PRODUCT_LINE_POINTS: Final = Decimal(2)

# The first category with a word of the name decides: what an occasion is for says more than what a thing is made of.
_WORDS: Final = {
    "Christmas": (
        "CHRISTMAS XMAS ADVENT SANTA REINDEER SNOWFLAKE SNOWMAN SNOWFLAKES NOEL BAUBLE BAUBLES NATIVITY"
    ),
    "Easter": ("EASTER EGG EGGS BUNNY CHICK CHICKS RABBIT"),
    "Jewellery": (
        "NECKLACE EARRINGS EARRING BRACELET BRACELETS RING BROOCH CHARM DIAMANTE BEAD BEADS HAIR BANGLE"
    ),
    "Bags": ("BAG BAGS TOTE SHOPPER PURSE RUCKSACK SATCHEL HANDBAG SUITCASE"),
    "Cards and wrapping": (
        "CARD CARDS WRAP TISSUE TISSUES RIBBON RIBBONS STICKER STICKERS PAPER TAPE TAG TAGS ENVELOPE"
    ),
    "Stationery": (
        "NOTEBOOK PEN PENS PENCIL PENCILS JOURNAL ERASER ERASERS RUBBER SHARPENER BOOK CALCULATOR RULER"
    ),
    "Party": ("PARTY BUNTING BALLOON BALLOONS BIRTHDAY GARLAND NAPKINS CANDY PINATA BANNER"),
    "Toys": (
        "TOY TOYS DOLL DOLLY GAME GAMES PUZZLE JIGSAW PLAYHOUSE SKITTLES DOMINOES SOLDIER BABUSHKA "
        "CHILDRENS SPACEBOY"
    ),
    "Candles and lights": (
        "CANDLE CANDLES T-LIGHT T-LIGHTS LIGHT LIGHTS LANTERN LAMP CANDLESTICK INCENSE CANDLEHOLDER"
    ),
    "Kitchen": (
        "MUG CUP CUPS TEA TEAPOT COFFEE CAKE CAKES BAKING BOWL PLATE PLATES DISH TRAY CUTLERY SPOON "
        "JUG JAM JAR KITCHEN PANTRY LUNCH BOTTLE GLASS GLASSES SAUCER APRON OVEN RECIPE TIN TINS "
        "CAKESTAND CAKESTANDS EGGCUP"
    ),
    "Textiles": (
        "CUSHION CUSHIONS COVER THROW QUILT BLANKET TOWEL RUG DOORMAT CURTAIN SLIPPERS SCARF UMBRELLA PARASOL"
    ),
    "Garden": ("GARDEN PLANT PLANTER WATERING BIRD BIRDHOUSE BIRDCAGE HERB FLOWERPOT TROWEL GNOME FOUNTAIN"),
    "Home": (
        "FRAME CLOCK MIRROR HOOK SIGN HANGER HANGING DECORATION WALL DRAWER KNOB CABINET BOX BOXES "
        "BASKET VASE DOORSTOP TILE LETTER CHAIR TABLE STAND SHELF HOLDER PHOTO WARMER HEART METAL "
        "WOOD WOODEN ZINC WICKER FELTCRAFT POT"
    ),
}
_CATEGORY_OF: Final = {
    word: place for place, (_, words) in enumerate(_WORDS.items()) for word in words.split()
}
_WORD: Final = re.compile(r"[A-Z][A-Z-]*[A-Z]")
_FAMILY: Final = re.compile(r"[0-9]{5}")


class Product(msgspec.Struct, frozen=True, omit_defaults=True):
    """An entry of the section `products` of a program document."""

    sku: str
    name: str
    category: str
    price: Decimal | None = None
    points: Decimal | None = None
    earns: bool = True


def products_of(rows: Iterable[Row]) -> tuple[Product, ...]:
    """Return one product for each stock code: its most frequent description, its median price, its category."""
    names: dict[str, Counter[str]] = {}
    prices: dict[str, list[Decimal]] = {}
    for row in rows:
        names.setdefault(row.sku, Counter())[row.description] += 1
        if row.price > 0:
            prices.setdefault(row.sku, []).append(row.price)
    named = {sku: _name(sku, found) for sku, found in names.items()}
    categories = categories_of(named)
    return tuple(_product(sku, named[sku], categories[sku], prices.get(sku)) for sku in sorted(named))


def categories_of(names: dict[str, str]) -> dict[str, str]:
    """Return the category of each stock code, by words of its name, else as most of its family have."""
    own = {sku: category_of(sku, name) for sku, name in names.items()}
    families: dict[str, Counter[str]] = {}
    for sku, category in own.items():
        if category != OTHER and _FAMILY.match(sku):
            families.setdefault(sku[:5], Counter())[category] += 1
    return {
        sku: families[sku[:5]].most_common(1)[0][0] if category == OTHER and sku[:5] in families else category
        for sku, category in own.items()
    }


def category_of(sku: str, name: str) -> str:
    """Return the category that a stock code or the words of a name say."""
    if sku.upper() in CHARGE_CODES:
        return CHARGES
    if sku.startswith(VOUCHER_PREFIX):
        return VOUCHERS
    places = [_CATEGORY_OF[word] for word in _WORD.findall(name.upper()) if word in _CATEGORY_OF]
    return tuple(_WORDS)[min(places)] if places else OTHER


def _name(sku: str, found: Counter[str]) -> str:
    """Return the most frequent description; notes of the warehouse ("damaged") are not written in capitals."""
    printed = [(count, name) for name, count in found.items() if name and name == name.upper()]
    written = printed or [(count, name) for name, count in found.items() if name]
    return max(written, default=(0, sku))[1]


def _product(sku: str, name: str, category: str, prices: list[Decimal] | None) -> Product:
    price = None if prices is None else median(prices).quantize(Decimal("0.01"), ROUND_HALF_UP)
    return Product(
        sku=sku,
        name=name,
        category=category,
        price=price,
        points=PRODUCT_LINE_POINTS if PRODUCT_LINE in name else None,
        earns=category not in (CHARGES, VOUCHERS),
    )
