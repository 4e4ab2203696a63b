"""Formulas: text → ast with a small Pratt parser. Nothing is evaluated here and nothing of the text survives as code.

floor(order.amount / 10) * 2 + if(channel = "app", 5, 0)
sum(line.amount * line.quantity) · count(line.category = "Coffee") · `member.attributes.shoe-size`
"""

from __future__ import annotations

import re
from decimal import Decimal

from regulars.core.rules.ast import Call, Name, Node, Number, Text
from regulars.core.rules.reading import Notes, suggestion

FORMULA_CHARACTERS_MAX = 1_000
FORMULA_DEPTH_MAX = 40
"""Nested brackets; keeps the parser, and the code made from it, far from any recursion limit."""

FUNCTIONS: dict[str, tuple[int, int]] = {
    "min": (2, 10),
    "max": (2, 10),
    "floor": (1, 1),
    "ceil": (1, 1),
    "round": (1, 2),
    "half_up": (1, 2),
    "half_even": (1, 2),
    "abs": (1, 1),
    "if": (3, 3),
    "sum": (1, 1),
    "count": (0, 1),
}
"""Name → least and most arguments."""

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<number>[0-9]{1,30}(?:\.[0-9]{1,15})?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z0-9_]+)*)
      | `(?P<quoted>[^`]+)`
      | "(?P<text>[^"]*)"
      | (?P<sign><=|>=|!=|[-+*/(),<>=])
    )""",
    re.VERBOSE,
)
_BINDING = {
    "or": 1,
    "and": 2,
    "=": 4,
    "!=": 4,
    "<": 4,
    ">": 4,
    "<=": 4,
    ">=": 4,
    "+": 5,
    "-": 5,
    "*": 6,
    "/": 6,
}
_NOT_BINDING = 3
_MINUS_BINDING = 7

Token = tuple[str, str, int]


def parse_formula(text: str, path: str, notes: Notes) -> Node:
    """The ast of a formula; refuses with the character at which it stopped making sense."""
    if len(text) > FORMULA_CHARACTERS_MAX:
        notes.refuse(
            path, "formula_too_long", f"A formula has at most {FORMULA_CHARACTERS_MAX:,} characters."
        )
    parser = _Parser(_tokens(text, path, notes), path, notes)
    root = parser.expression(0)
    parser.expect_end()
    return root


def _tokens(text: str, path: str, notes: Notes) -> list[Token]:
    tokens: list[Token] = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            stray = text[place:].lstrip()[0]
            notes.refuse(
                path,
                "formula_character",
                f"`{stray}` at character {place + 1} means nothing in a formula; use numbers, field names, "
                "+ - * / ( ) and functions.",
            )
        kind = match.lastgroup
        assert kind is not None
        tokens.append((kind, match[kind], match.start(kind) + 1))
        place = match.end()
    tokens.append(("end", "", len(text) + 1))
    return tokens


class _Parser:
    def __init__(self, tokens: list[Token], path: str, notes: Notes) -> None:
        self._tokens = tokens
        self._next = 0
        self._depth = 0
        self._path = path
        self._notes = notes

    def expression(self, binding: int) -> Node:
        self._depth += 1
        if self._depth > FORMULA_DEPTH_MAX:
            self._notes.refuse(
                self._path, "formula_too_deep", f"Brackets nest at most {FORMULA_DEPTH_MAX} deep."
            )
        left = self._operand()
        while (power := _BINDING.get(self._word(), 0)) > binding:
            operator = self._take()[1]
            left = Call(self._path, operator, (left, self.expression(power)))
        self._depth -= 1
        return left

    def expect_end(self) -> None:
        if self._tokens[self._next][0] != "end":
            self._unexpected()

    def _word(self) -> str:
        kind, word, _ = self._tokens[self._next]
        return word if kind in {"sign", "name"} else ""

    def _take(self) -> Token:
        token = self._tokens[self._next]
        self._next += 1
        return token

    def _expect(self, sign: str) -> None:
        if self._word() != sign:
            _, word, place = self._tokens[self._next]
            found = f"`{word}`" if word else "the end"
            self._notes.refuse(
                self._path, "formula_syntax", f"Write `{sign}` at character {place}, where {found} stands."
            )
        self._next += 1

    def _unexpected(self) -> None:
        _, word, place = self._tokens[self._next]
        found = f"`{word}`" if word else "the end"
        self._notes.refuse(
            self._path,
            "formula_syntax",
            f"{found} at character {place} does not fit; write an operator between two values.",
        )

    def _operand(self) -> Node:
        kind, word, place = self._take()
        if kind == "number":
            return Number(self._path, Decimal(word))
        if kind == "text":
            return Text(self._path, word)
        if kind == "quoted":
            return Name(self._path, word)
        if kind == "sign" and word == "(":
            inner = self.expression(0)
            self._expect(")")
            return inner
        if kind == "sign" and word == "-":
            return Call(self._path, "negate", (self.expression(_MINUS_BINDING),))
        if kind == "name":
            return self._named(word, place)
        self._next -= 1
        self._unexpected()
        raise AssertionError

    def _named(self, word: str, place: int) -> Node:
        if word == "not":
            return Call(self._path, "not", (self.expression(_NOT_BINDING),))
        if word in {"true", "false"}:
            return Call(self._path, word, ())
        if self._word() != "(":
            return Name(self._path, word)
        if word not in FUNCTIONS:
            self._notes.refuse(
                self._path,
                "formula_function",
                f"There is no function `{word}` (character {place}).{suggestion(word, FUNCTIONS)}",
            )
        arguments = self._arguments()
        least, most = FUNCTIONS[word]
        if not least <= len(arguments) <= most:
            count = str(least) if least == most else f"{least} to {most}"
            self._notes.refuse(
                self._path, "formula_arguments", f"`{word}` takes {count} values, not {len(arguments)}."
            )
        return Call(self._path, word, arguments)

    def _arguments(self) -> tuple[Node, ...]:
        self._expect("(")
        arguments: list[Node] = []
        if self._word() != ")":
            arguments.append(self.expression(0))
            while self._word() == ",":
                self._next += 1
                arguments.append(self.expression(0))
        self._expect(")")
        return tuple(arguments)
