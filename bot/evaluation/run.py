"""`motcua eval`: read the lines, ask, judge, write the cases and the figures beside the configuration."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from bot.evaluation.ask import Asker
from bot.evaluation.causes import Line
from bot.evaluation.kinds import KINDS, Case
from bot.evaluation.report import Report, summarise
from knowledge.errors import BadRecord

# What a line of each kind cannot do without, besides its id.
REQUIRED = {
    "procedures": ("q", "codes"),
    "dialogues": ("turns",),
    "plans": ("q",),
    "traps": ("q", "expect"),
    "portal_faq": ("q", "codes", "answerable"),
}


def read_lines(paths: Sequence[Path], required: Sequence[str] = ()) -> list[Line]:
    """The lines of JSONL files.

    Raises:
        BadRecord: naming file and line, when one is not a JSON object with an id and the `required` keys.
    """
    lines: list[Line] = []
    for path in paths:
        for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not raw.strip():
                continue
            try:
                line = json.loads(raw)
                lines.append({**line, **{name: line[name] for name in ("id", *required)}})
            except (ValueError, KeyError, TypeError) as error:
                wanted = ", ".join(("id", *required))
                raise BadRecord(f"{path}:{number}: not a JSON object with {wanted} ({error})") from error
    return lines


def evaluate(
    kind: str, paths: Sequence[Path], asker: Asker, *, field_of: Callable[[str], str] | None = None
) -> tuple[Report, list[Case]]:
    """Put every line of `paths` and judge it. `field_of` gives the field of life of a procedure's code.

    Raises:
        ValueError: for a kind that does not exist.
    """
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}: one of {', '.join(KINDS)}")
    cases = KINDS[kind](read_lines(paths, REQUIRED[kind]), asker)
    return summarise(kind, cases, field_of=field_of), cases


def save(out: Path, report: Report, cases: Sequence[Case], configuration: dict[str, Any]) -> None:
    """Cases as CSV, figures and configuration as JSON, under `out/<kind>/`."""
    folder = out / report.kind
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "cases.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fieldnames=list(Case.model_fields))
        writer.writeheader()
        writer.writerows(case.model_dump() for case in cases)
    summary = {"configuration": configuration, "report": report.model_dump()}
    (folder / "report.json").write_text(json.dumps(summary, ensure_ascii=False, indent=1), encoding="utf-8")
