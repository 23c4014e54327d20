"""Tables for a terminal: as wide as it is, and wide enough when the output goes to a file."""

from __future__ import annotations

import sys

from rich.console import Console

FILE_WIDTH = 170  # columns where nobody's window sets them


def table_console() -> Console:
    return Console(width=None if sys.stdout.isatty() else FILE_WIDTH)
