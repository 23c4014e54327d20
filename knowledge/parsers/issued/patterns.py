r"""Regular expressions that know Vietnamese letters: `\pU` stands for the capitals, `\pL` for the small ones."""

from __future__ import annotations

import re

from knowledge.parsers.letters import LOWER, UPPER


def vn(pattern: str, flags: int = 0) -> re.Pattern[str]:
    r"""Compile with `\pU` and `\pL` written out; they stand inside brackets (`[\pU]`)."""
    return re.compile(pattern.replace(r"\pU", UPPER).replace(r"\pL", LOWER), flags)
