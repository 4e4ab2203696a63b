"""What a form reads: facts to be supplied, tables to be indexed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from regulars.core.rules.forms import Access, Form, Lookup
from regulars.core.rules.model import FactSpec


def walk(form: Form) -> Iterator[Form]:
    """The form and everything below it."""
    stack = [form]
    while stack:
        here = stack.pop()
        yield here
        for name in here.__struct_fields__:
            value = getattr(here, name)
            if isinstance(value, Form):
                stack.append(value)
            elif isinstance(value, tuple) and name in {"parts", "inputs"}:
                stack.extend(reversed(value))


def fact_specs(forms: Iterable[Form]) -> Iterator[FactSpec]:
    """The facts that the forms read, with repetitions."""
    for form in forms:
        for part in walk(form):
            if isinstance(part, Access) and part.field.fact is not None:
                yield part.field.fact


def lookups(forms: Iterable[Form]) -> Iterator[Lookup]:
    """The decision tables that the forms look into."""
    for form in forms:
        for part in walk(form):
            if isinstance(part, Lookup):
                yield part
