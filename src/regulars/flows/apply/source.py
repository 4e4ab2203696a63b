"""YAML and TOML with places: values as plain data, exact numbers, and the line that a path is written on."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, Final

import yaml

from regulars.flows.apply.document import Document, ProgramDocumentInvalid, decode_document
from regulars.kit.errors import FieldError

_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]*)\]")
_FIXED: Final = ("sku", "name", "category", "brand", "points", "price", "earns")
_TRUE: Final = frozenset({"true", "yes", "1", ""})
# A program of 20,000 rules has 15 MB; beyond that somebody chose the wrong file.
FILE_BYTES_MAX: Final = 64 * 1024 * 1024


class Source:
    """A document as it was written: `document` to apply, `line_of` to tell people where something stands."""

    def __init__(self, name: str, document: Document, root: yaml.Node | None) -> None:
        """Hold the decoded document of the file `name` and, for YAML, its nodes."""
        self.name = name
        self.document = document
        self._root = root

    def line_of(self, path: str) -> int | None:
        """Return the line (from 1) on which a path such as `rules[3].then[0]` or `rules[coffee].then` begins."""
        return line_of(self._root, path)


def read_source(path: Path, program: str | None = None) -> Source:
    """Read a YAML or TOML file; `program` replaces the code of the program it names.

    Raises ProgramDocumentInvalid whose errors say `line N` where the format lets us know.
    """
    text = _text_of(path)
    root, raw = _toml(text) if path.suffix == ".toml" else _yaml(text)
    if not isinstance(raw, dict):
        raise _wrong("", "Write an object with program, point_types, rules and so on.")
    products = raw.get("products")
    if isinstance(products, Mapping):
        raw = {**raw, "products": _products(path.parent, products)}
    if isinstance(raw.get("marketing_lists"), list):
        raw = {**raw, "marketing_lists": _lists(path.parent, raw["marketing_lists"])}
    if program is not None and isinstance(raw.get("program"), dict):
        raw = {**raw, "program": {**raw["program"], "code": program}}
    try:
        return Source(path.name, decode_document(raw), root)
    except ProgramDocumentInvalid as refusal:
        raise located(refusal, root) from refusal


def read_plain(path: Path) -> dict[str, Any]:
    """Return a YAML or TOML file as plain data: exact numbers, dates as texts. Raises ProgramDocumentInvalid."""
    text = _text_of(path)
    _, raw = _toml(text) if path.suffix == ".toml" else _yaml(text)
    if not isinstance(raw, dict):
        raise _wrong("", "Write an object with named fields.")
    return raw


def _text_of(path: Path) -> str:
    if path.stat().st_size > FILE_BYTES_MAX:
        raise _wrong("", f"The file has more than {FILE_BYTES_MAX // 2**20} MB.")
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as mistake:
        raise _wrong("", f"This is not text in UTF-8 (byte {mistake.start}).") from mistake


def located(refusal: ProgramDocumentInvalid, root: yaml.Node | None) -> ProgramDocumentInvalid:
    """Return the refusal with the line before each message."""
    errors = [_with_line(error, line_of(root, error.path)) for error in refusal.errors]
    return ProgramDocumentInvalid(refusal.message, errors=errors)


def with_lines(errors: tuple[FieldError, ...], source: Source) -> list[FieldError]:
    """Return errors whose messages begin with the line of `source` they are about, where it is known."""
    return [_with_line(error, source.line_of(error.path)) for error in errors]


def line_of(root: yaml.Node | None, path: str) -> int | None:
    """Return the line of the deepest part of a path that is written in the document."""
    node, line = root, None
    for name, index in _STEP.findall(path):
        child = _child(node, name or index, bool(index))
        if child is None:
            break
        node, mark = child
        line = mark.line + 1
    return line


def dump_yaml(plain: Mapping[str, Any]) -> str:
    """Return plain data as YAML that `read_source` reads back: keys in the given order, numbers as they are."""
    return yaml.dump(plain, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=110)


def _with_line(error: FieldError, line: int | None) -> FieldError:
    message = error.message if line is None else f"line {line}: {error.message}"
    return FieldError(error.path, error.code, message)


def _child(node: yaml.Node | None, step: str, indexed: bool) -> tuple[yaml.Node, yaml.Mark] | None:
    if isinstance(node, yaml.MappingNode) and not indexed:
        for key, value in node.value:
            if key.value == step:
                return value, key.start_mark
    if isinstance(node, yaml.SequenceNode) and indexed:
        if step.isdigit() and int(step) < len(node.value):
            item = node.value[int(step)]
            return item, item.start_mark
        for item in node.value:
            if isinstance(item, yaml.MappingNode) and any(
                key.value in ("code", "name", "sku") and value.value == step for key, value in item.value
            ):
                return item, item.start_mark
    return None


class _Loader(yaml.SafeLoader):
    """Safe YAML 1.1 without surprises: exact decimals, dates stay texts, only true and false are booleans, no
    key twice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[Any] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"`{key.value}` is written twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def _decimal(loader: yaml.SafeLoader, node: yaml.ScalarNode) -> Decimal:
    try:
        return Decimal(str(loader.construct_scalar(node)))
    except InvalidOperation:
        raise yaml.constructor.ConstructorError(None, None, "not a finite number", node.start_mark) from None


# Our own table of what an unquoted text is; the library's, which must stay as it is, also reads 17:00 as 1020,
# 007 as 7, `no` as false and `=` as something of its own.
_Loader.yaml_implicit_resolvers = {
    first: [
        (tag, pattern)
        for tag, pattern in rows
        if tag in ("tag:yaml.org,2002:null", "tag:yaml.org,2002:merge")
    ]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}
for _tag, _pattern, _first in (
    ("bool", r"^(?:true|false)$", "tf"),
    ("int", r"^[-+]?(?:0|[1-9][0-9]*)$", "-+0123456789"),
    ("float", r"^[-+]?(?:0|[1-9][0-9]*)\.[0-9]+(?:[eE][-+]?[0-9]{1,3})?$", "-+0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))
_Loader.add_constructor("tag:yaml.org,2002:float", _decimal)


class _Dumper(yaml.SafeDumper):
    """Writes what `_Loader` reads: Decimals as numbers, texts that look like anything else in quotes."""

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out where it stands."""
        del data
        return True


_Dumper.add_representer(
    Decimal, lambda dumper, value: dumper.represent_scalar("tag:yaml.org,2002:float", format(value, "f"))
)


def _yaml(text: str) -> tuple[yaml.Node | None, Any]:
    try:
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            return root, None if root is None else loader.construct_document(root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as mistake:
        mark = mistake.problem_mark
        place = f"line {mark.line + 1}: " if mark else ""
        raise _wrong("", f"{place}{mistake.problem}.") from mistake
    except (yaml.YAMLError, RecursionError) as mistake:
        raise _wrong("", f"This is not YAML: {mistake}") from mistake


def _toml(text: str) -> tuple[None, Any]:
    try:
        return None, tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as mistake:
        raise _wrong("", f"This is not TOML: {mistake}.") from mistake


def _lists(folder: Path, section: list[Any]) -> list[Any]:
    """Return marketing lists with the lines of the files that name their members."""
    found = []
    for place, one in enumerate(section):
        members = one.get("members") if isinstance(one, Mapping) else None
        if isinstance(members, Mapping):
            wanted = "Write a list of members, or the name of a file with one a line as `file`."
            text = _beside(folder, members, f"marketing_lists[{place}].members", wanted)
            lines = [line.strip() for line in text.splitlines()]
            one = {**one, "members": [line for line in lines if line]}
        found.append(one)
    return found


def _beside(folder: Path, section: Mapping[str, Any], where: str, wanted: str) -> str:
    """Return the text of the file beside the document that a section names."""
    name = section.get("file")
    if set(section) != {"file"} or not isinstance(name, str):
        raise _wrong(where, wanted)
    path = (folder / name).resolve()
    if not path.is_relative_to(folder.resolve()) or not path.is_file():
        raise _wrong(f"{where}.file", f"There is no file {name!r} beside the document.")
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as mistake:
        raise _wrong(f"{where}.file", f"This is not text in UTF-8 (byte {mistake.start}).") from mistake


def _products(folder: Path, section: Mapping[str, Any]) -> list[dict[str, Any]]:
    wanted = "Write a list of products, or the name of a CSV file as `file`."
    rows = csv.DictReader(io.StringIO(_beside(folder, section, "products", wanted)))
    return [_product(row, number) for number, row in enumerate(rows, 2)]


def _product(row: dict[str, str | None], line: int) -> dict[str, Any]:
    if None in row or None in row.values():
        raise _wrong("products", f"line {line} of the CSV file has more or fewer fields than the first line.")
    product: dict[str, Any] = {"attributes": {k: v for k, v in row.items() if k not in _FIXED and v}}
    for name in _FIXED:
        value = (row.get(name) or "").strip()
        if name == "earns":
            product[name] = value.lower() in _TRUE
        elif value:
            product[name] = value
    return product


def _wrong(path: str, message: str) -> ProgramDocumentInvalid:
    return ProgramDocumentInvalid(errors=[FieldError(path, "malformed", message)])
