"""How well reports are routed, on a labelled set: `python -m desk.routing_score FILE`.

A case says which offices are right as roles ("kinh-te"); none means that only a person can tell. `second` are offices
that would not be wrong. A report sent to people who sort is never a misroute.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from desk.models import Route
from desk.routing import Router

STOPPED = frozenset({"khieu_nai", "to_cao", "khan_cap"})  # kinds that never enter the queue of reports
Outcome = Literal["first", "second", "triage", "acceptable", "misroute", "stopped"]


class Case(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    what: str
    where: str = ""
    area: str = ""  # the place of today that is meant
    units: tuple[str, ...] = ()
    second: tuple[str, ...] = ()
    triage_ok: bool = True
    kind: str


class Judged(BaseModel):
    model_config = ConfigDict(frozen=True)

    case: Case
    route: Route | None  # None: stopped at the door
    outcome: Outcome


class Share(BaseModel):
    """`hits` of `of`, with the 95 % interval of Wilson."""

    model_config = ConfigDict(frozen=True)

    hits: int
    of: int

    @property
    def value(self) -> float:
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        if not self.of:
            return 0.0, 1.0
        z, share = 1.96, self.value
        base = 1 + z * z / self.of
        centre = (share + z * z / (2 * self.of)) / base
        half = z * math.sqrt(share * (1 - share) / self.of + z * z / (4 * self.of * self.of)) / base
        return max(0.0, centre - half), min(1.0, centre + half)

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.value:.3f} ({low:.3f} to {high:.3f}, {self.hits} of {self.of})"


def read(path: Path) -> list[Case]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [Case.model_validate_json(line) for line in lines if line.strip()]


def judge(case: Case, router: Router, stops: Callable[[str], bool] = lambda text: False) -> Judged:
    """What becomes of a report; `stops` says whether the guard keeps it out of the queue.

    The area is not given, it must be understood; only a report that names no place has that of its conversation.
    """
    if stops(case.what):
        return Judged(case=case, route=None, outcome="stopped")
    route = router.route(case.what, where=case.where, area="" if case.where else case.area)
    return Judged(case=case, route=route, outcome=_outcome(case, route, router))


def _outcome(case: Case, route: Route, router: Router) -> Outcome:
    right = _ids(case.units, case.area, router)
    if route.confidence == "triage":
        return "triage"
    if route.unit_id in right:
        return "first"
    if route.second_choice in right:
        return "second"
    return "acceptable" if route.unit_id in _ids(case.second, case.area, router) else "misroute"


def _ids(roles: Iterable[str], area: str, router: Router) -> set[str]:
    return {unit.id for role in roles if (unit := router.unit_for(role, area))}


def figures(judged: Sequence[Judged]) -> dict[str, Share]:
    """Of reports that belong in the queue; `stopped` of those that do not, `owner_unknown` of those none can tell."""
    queue = [one for one in judged if one.case.kind not in STOPPED]
    told = [one for one in queue if one.case.units]
    untold = [one for one in queue if not one.case.units]
    outside = [one for one in judged if one.case.kind in STOPPED]

    def share(among: Sequence[Judged], *outcomes: Outcome) -> Share:
        return Share(hits=sum(one.outcome in outcomes for one in among), of=len(among))

    return {
        "top1": share(told, "first"),
        "top2": share(told, "first", "second"),
        "triage": share(queue, "triage"),
        "misroute": Share(
            hits=sum(one.outcome in ("misroute", "second") and not _bearable(one) for one in queue),
            of=len(queue),
        ),
        "owner_unknown_triaged": share(untold, "triage"),
        "stopped_wrongly": share(queue, "stopped"),
        "kept_out": share(outside, "stopped"),
    }


def _bearable(one: Judged) -> bool:
    """The right office is the second choice, and the first one is among those that would not be wrong."""
    route = one.route
    return bool(route and any(route.unit_id.endswith(f"-{role}") for role in one.case.second))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--misses", action="store_true")
    given = parser.parse_args()
    router = Router.from_packs()
    judged = [judge(case, router) for case in read(given.file)]
    for name, share in figures(judged).items():
        print(f"{name:24}{share}")  # noqa: T201
    for one in judged if given.misses else ():
        if one.outcome != "first":
            said = {"id": one.case.id, "outcome": one.outcome, "unit": one.route and one.route.unit_id}
            print(json.dumps(said))  # noqa: T201


if __name__ == "__main__":
    main()
