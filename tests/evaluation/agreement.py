"""What the parser reads of a document beside what we wrote of the same one by hand (`knowledge/packs/plans`).

.venv/bin/python -m tests.evaluation.agreement FOLDER     (the folder with the files the packs name as their source)
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from pathlib import Path

from knowledge.documents import Plan, Statement
from knowledge.packs_loader import load_plans
from knowledge.text.diacritics import fold
from tests.evaluation.from_text import plans_of

_FIGURE = re.compile(r"\d+")


def pairs(folder: Path) -> list[tuple[Plan, Plan]]:
    """(ours, read) by the file the pack names as its source."""
    read = {plan.provenance.source: plan for plan in plans_of(folder)}
    ours = {plan.provenance.source: plan for plan in load_plans()}
    return [(ours[name], read[name]) for name in sorted(ours.keys() & read.keys())]


def place(section: str) -> str:
    """`Quyết định, Điều 2` and `Điều 2` are one place."""
    return section.rpartition(", ")[2]


def found(statement: Statement, plan: Plan) -> bool:
    """Whether the parser states something at the place (or inside it) with the same figures and office."""
    where = place(statement.section)
    near = [s for s in plan.statements if s.section == where or s.section.startswith(f"{where}.")]
    said = " ".join(f"{s.unit} {s.text} {s.schedule} {s.frequency}" for s in near)
    figures = {figure.lstrip("0") for figure in _FIGURE.findall(statement.text)}
    held = {figure.lstrip("0") for figure in _FIGURE.findall(said)} | {str(plan.year)}
    return bool(near) and figures <= held


def unit_agrees(statement: Statement, plan: Plan) -> bool:
    """Whether the office of our statement is named at that place."""
    where = place(statement.section)
    near = " ".join(
        f"{s.unit} {s.text}"
        for s in plan.statements
        if s.section == where or s.section.startswith(f"{where}.")
    )
    return all(_bare(part) in _bare(near) for part in statement.unit.split(";"))


def _bare(text: str) -> str:
    """Folded, without the place we add to an office's name and without the small words lists are joined by."""
    short = fold(text).lower().replace("uy ban nhan dan", "ubnd").replace("–", "-")
    short = re.sub(
        r"\b(?:xa bac binh|tinh quang tri|tinh dak lak|dak lak)\b|[,;:]|\b(?:cac|xa|tinh)\b", " ", short
    )
    return " ".join(short.split())


def share(values: Iterable[bool]) -> str:
    listed = list(values)
    return f"{sum(listed)}/{len(listed)}"


def row(ours: Plan, read: Plan) -> dict[str, str]:
    """One line of the table: heading fields that agree, and shares of ours that the parser has."""
    events = {(event.start, event.end, event.unit) for event in read.events}
    numbers = {basis.number.lower(): basis for basis in read.references}
    placed = [s for s in ours.statements if re.match(r"(?:[IVX]+|Quyết định, Điều \d+)(?:\.|$)", s.section)]
    # What we put down to everybody or to the issuer itself stands in pieces that name nobody.
    named = re.compile(r"^(?!Các cơ quan, đơn vị)")
    own_offices = [
        s for s in placed if named.match(s.unit) and s.unit not in ours.issuer and ours.issuer not in s.unit
    ]
    return {
        "document": ours.id,
        "number": str(ours.number == read.number),
        "date": str(ours.issued == read.issued),
        "signer": str(ours.signer.split(" (")[0] == read.signer.split(" (")[0]),
        "area": str(ours.area == read.area),
        "year": str(ours.year == read.year),
        "events": share((e.start, e.end, e.unit) in events for e in ours.events),
        "references": share(b.number.lower() in numbers for b in ours.references),
        "their dates": share(
            numbers[b.number.lower()].issued == b.issued
            for b in ours.references
            if b.issued and b.number.lower() in numbers
        ),
        "statements": share(found(s, read) for s in placed),
        "offices": share(unit_agrees(s, read) for s in own_offices),
        "read": str(len(read.statements)),
    }


def main() -> None:
    for ours, read in pairs(Path(sys.argv[1])):
        print(row(ours, read))  # noqa: T201 - a command's output


if __name__ == "__main__":
    main()
