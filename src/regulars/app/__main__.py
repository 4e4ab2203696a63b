"""`python -m regulars.app` is the command line."""

from __future__ import annotations

from regulars.app.cli import main

if __name__ == "__main__":
    main()
