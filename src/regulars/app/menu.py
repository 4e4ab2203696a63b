"""What the command line can do, as its help shows it: every word with what it does and the modules that know it.

All of them take seconds to import, which somebody waits for who only asks for help or presses tab. So the help is
printed from this table; a test holds it against what the modules say of themselves.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Word(NamedTuple):
    """A word of the command line: the first sentence of its help, and its modules in `commands`, in their order."""

    says: str
    modules: tuple[str, ...]


MENU: Final[dict[str, dict[str, Word]]] = {
    "Run it": {
        "demo": Word(
            "Load a year of a real shop (25,900 invoices) through the intake, show what came of it, and serve it.",
            ("demo",),
        ),
        "serve": Word("Serve the API. SIGTERM ends it without dropping a request.", ("serve",)),
        "worker": Word(
            "Do jobs, tick schedules and deliver webhooks until told to stop. Start as many as you like.",
            ("worker",),
        ),
        "doctor": Word(
            "Say what is wrong with this installation and what to do; exit 5 when something is.", ("doctor",)
        ),
        "verify": Word(
            "Verify the books, and the log of changes, in one snapshot beside everything else that runs.",
            ("verify",),
        ),
        "migrate": Word("Bring the database up to date.", ("database",)),
        "db": Word("The database: backups, and the embedded PostgreSQL.", ("database",)),
        "upkeep": Word("What happens because time passes.", ("upkeep",)),
        "bench": Word(
            "Measure in a database of its own, and print one JSON object a line. Nothing here is a test: figures vary.",
            ("bench",),
        ),
    },
    "Who may": {
        "staff": Word("People: who works with the installation, and as what.", ("staff",)),
        "keys": Word("Keys of programs, sources and the platform.", ("keys",)),
        "approvals": Word("What waits for another person.", ("approvals",)),
        "audit": Word("The log of changes: who, what, when, before and after.", ("audit",)),
    },
    "The program": {
        "programs": Word("The programs of this installation.", ("programs",)),
        "apply": Word(
            "Make a program what a file says: show what would change, ask, and do it in one transaction.",
            ("apply",),
        ),
        "export": Word("Write what is in the database as files.", ("apply", "importing", "exporting")),
        "import": Word("Read files into a program.", ("importing",)),
        "products": Word("The catalogue of a program.", ("products",)),
        "rules": Word("The rules of a program.", ("rules",)),
        "simulate": Word(
            "Replay the program's history against the draft and report the difference. Nothing is written.",
            ("simulate",),
        ),
        "campaigns": Word("Campaigns as records; they are written with `apply`.", ("campaigns",)),
        "tiers": Word("Tier sets.", ("tiers",)),
        "webhooks": Word("Who hears what, and what was sent.", ("webhooks",)),
    },
    "Members": {
        "members": Word("The members of a program.", ("members",)),
        "points": Word("A member's points by hand.", ("points",)),
        "why": Word(
            "List what happened to a member, the latest first; `explain` says why of each line.", ("explain",)
        ),
        "explain": Word(
            "Explain an event, a transfer, an order, a redemption or a checkout: what it did, by which rules, "
            "why so much.",
            ("explain",),
        ),
        "households": Word("Households that spend points together.", ("households",)),
        "notes": Word("Notes about members.", ("care",)),
        "tasks": Word("Tasks and calls for members.", ("care",)),
    },
    "Sales": {
        "events": Word("Events: send, watch, replay.", ("events",)),
        "quote": Word(
            "Price a basket: points, the rules that apply, and why the others do not.", ("quotes",)
        ),
        "checkouts": Word("Baskets at the checkout.", ("checkouts",)),
    },
    "Spending": {
        "rewards": Word("What members can have for points.", ("rewards",)),
        "redemptions": Word("Rewards that members took.", ("redemptions",)),
        "vouchers": Word("Vouchers and coupons; their kinds are written with `apply`.", ("vouchers",)),
        "draws": Word("Draws and instant wins.", ("draws",)),
        "gift-cards": Word("Gift cards with money on them.", ("giftcards",)),
        "offline": Word("Spending where there is no network.", ("offline",)),
    },
    "Partners and money": {
        "partner": Word("Partners: shops connected, terms.", ("partners",)),
        "funding": Word("Who pays for awards: agreements, caps, blocks.", ("partners",)),
        "settlement": Word("What partners and the program owe each other.", ("settlement",)),
        "books": Word("The books as finance reads them.", ("books",)),
        "finance": Word("What points are worth, and the books of periods.", ("finance",)),
        "report": Word("Reports: what the program's figures are.", ("reports",)),
        "dashboards": Word("The program's dashboards.", ("dashboards",)),
    },
}

WORDS: Final[dict[str, Word]] = {word: told for panel in MENU.values() for word, told in panel.items()}
