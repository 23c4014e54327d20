"""One procedure published under several codes: of records that share a title, one is shown.

A programme's procedure may carry a code for every ministry that runs it, and a province lists a procedure under the
code it had before. Nobody can choose between titles that are the same, so the record that serves best stands for all
and names the others. Records of different levels stay apart: which office is a question people can answer.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from typing import Any

from index.standing import Standing
from knowledge.periods import Period
from knowledge.text.plain import plain

When = tuple[date, Period | None]  # today, and the time asked about if it is another

_CODE = re.compile(r"\b\d\.\d{6}\b")
CLOSE = 0.25  # logarithm of odds within which the question prefers neither of two twins


def title_key(title: str) -> str:
    """Titles that people read as one have one key: case, marks, stops, a code, a leading "Thủ tục" do not count."""
    return plain(_CODE.sub(" ", title)).removeprefix("thu tuc ")


def one_level(a: Sequence[str], b: Sequence[str]) -> bool:
    """Whether both may be carried out at one level; a list often does not say at which."""
    return not a or not b or bool(set(a) & set(b))


class Twins:
    """Finds the records of one title. Rows are told by place."""

    def __init__(self, rows: Sequence[dict[str, Any]], standing: Standing) -> None:
        self._levels = [row["levels"] for row in rows]
        self._standing = standing
        titled: defaultdict[str, list[int]] = defaultdict(list)
        for place, row in enumerate(rows):
            titled[title_key(str(row["title"]))].append(place)
        self._title = {place: name for name, places in titled.items() if len(places) > 1 for place in places}

    def one_each(self, order: Sequence[int], likely: Sequence[float], when: When) -> list[list[int]]:
        """Places in `order` (rows, best first, with their `likely`) by target: of each the one shown comes first."""
        targets: list[list[int]] = []
        named: defaultdict[str, list[list[int]]] = defaultdict(list)
        for at, row in enumerate(order):
            same = named[self._title[row]] if row in self._title else []
            group = next(
                (one for one in same if one_level(self._levels[order[one[0]]], self._levels[row])), None
            )
            if group is None:
                group = []
                targets.append(group)
                same.append(group)
            group.append(at)
        return [self._shown_first(group, order, likely, when) for group in targets]

    def _shown_first(
        self, group: list[int], order: Sequence[int], likely: Sequence[float], when: When
    ) -> list[int]:
        """The record whose content holds; then what the question says; then the nearest and newest."""
        if len(group) == 1:
            return group
        standing = {at: self._standing.worth(order[at], *when) for at in group}
        best = [at for at in group if standing[at][0] == max(standing[one][0] for one in group)]
        close = [at for at in best if likely[at] >= likely[best[0]] - CLOSE]
        first = max(close, key=lambda at: standing[at])
        return [first, *(at for at in group if at != first)]
