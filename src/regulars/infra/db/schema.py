"""The wanted state of the database: every package's schema.sql, in band order.

While nothing is released there is one migration, written from them by `python -m regulars.infra.db.schema write`.
A schema.sql may begin with `-- order: NN` (00..99, default 50): within its band, lower comes first.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

BANDS = ("infra", "core", "features", "flows", "app")
ORDER_DEFAULT = 50
INITIAL = "0001_pre_initial.sql"
_ORDER = re.compile(r"-- order: ([0-9]{2})\n")
_HEAD = "-- The initial state: all schema.sql files in order. Written by `make schema`; change those files instead.\n"


def schema_files(package: Path) -> list[Path]:
    """Return every schema.sql below the package folder, in the order in which they are to run."""
    return sorted(package.rglob("schema.sql"), key=lambda file: _rank(package, file))


def initial_migration(package: Path) -> str:
    """Return the text of the initial migration."""
    parts = [_HEAD]
    for file in schema_files(package):
        name = file.relative_to(package).as_posix()
        parts.append(
            f"\n-- from {name}\n{_ORDER.sub('', file.read_text(encoding='utf-8'), count=1).strip()}\n"
        )
    return "".join(parts)


def _rank(package: Path, file: Path) -> tuple[int, int, str]:
    name = file.relative_to(package).as_posix()
    match = _ORDER.match(file.read_text(encoding="utf-8"))
    return BANDS.index(name.split("/")[0]), int(match.group(1)) if match else ORDER_DEFAULT, name


def main(arguments: list[str]) -> int:
    """Write the initial migration (`write`) or say whether it is up to date (`check`); return an exit code."""
    package = Path(__file__).parents[2]
    target = package.parents[1] / "migrations" / INITIAL
    wanted = initial_migration(package)
    if arguments == ["write"]:
        target.parent.mkdir(exist_ok=True)
        target.write_text(wanted, encoding="utf-8")
        return 0
    if arguments == ["check"]:
        if target.is_file() and target.read_text(encoding="utf-8") == wanted:
            return 0
        sys.stderr.write(f"migrations/{INITIAL} is not what the schema.sql files say. Run 'make schema'.\n")
        return 1
    sys.stderr.write("usage: python -m regulars.infra.db.schema write|check\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
