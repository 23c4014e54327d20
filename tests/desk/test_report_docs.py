"""The runbook defines every number that a report shows, by the name it is shown with."""

from __future__ import annotations

import re
from pathlib import Path

from desk import reports

RUNBOOK = Path(__file__).resolve().parents[2] / "docs" / "runbooks" / "reports.md"


def test_the_runbook_defines_every_number() -> None:
    listed = re.findall(r"^\| `(\w+)` \| ([^|]+) \| [^|]+ \|$", RUNBOOK.read_text(encoding="utf-8"), re.M)
    said = reports.words()
    assert listed == [(name, one["name"]) for name, one in {**said["numbers"], **said["rates"]}.items()]
