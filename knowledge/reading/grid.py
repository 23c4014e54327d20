"""Ruled lines on a page → grids of cells: pure geometry, in points from the page's lower left corner."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable
from dataclasses import dataclass

NEAR = 3.0  # lines closer than this are one line; ends closer than this touch
_MOST = 400  # rulings of one page after joining: more is a drawing


@dataclass(frozen=True)
class Ruling:
    """A line along one axis: `at` on the other axis, from `start` to `end`."""

    upright: bool
    at: float
    start: float
    end: float

    def meets(self, other: Ruling) -> bool:
        if self.upright == other.upright:
            return (
                abs(self.at - other.at) <= NEAR
                and self.start <= other.end + NEAR
                and other.start <= self.end + NEAR
            )
        return _within(other.at, self) and _within(self.at, other)


def _within(place: float, line: Ruling) -> bool:
    return line.start - NEAR <= place <= line.end + NEAR


@dataclass(frozen=True)
class Grid:
    """A ruled table: its lines' places, and for every small cell the first cell it is merged with (row, column)."""

    xs: tuple[float, ...]  # left to right
    ys: tuple[float, ...]  # top to bottom
    merged: dict[tuple[int, int], tuple[int, int]]

    @property
    def top(self) -> float:
        return self.ys[0]

    @property
    def bottom(self) -> float:
        return self.ys[-1]

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.ys) - 1, len(self.xs) - 1

    def cell_at(self, x: float, y: float) -> tuple[int, int] | None:
        """The cell that holds a point, None outside."""
        column = bisect(self.xs, x) - 1
        row = bisect([-line for line in self.ys], -y) - 1
        return self.merged.get((row, column))


def joined(rulings: Iterable[Ruling]) -> list[Ruling]:
    """Pieces of one line joined; a line drawn as a thin box is one line, not two."""
    made: list[Ruling] = []
    for line in sorted(rulings, key=lambda found: (found.upright, found.at, found.start)):
        near = [place for place in range(max(0, len(made) - 8), len(made)) if _continues(made[place], line)]
        if near:
            last = made[near[-1]]
            made[near[-1]] = Ruling(
                line.upright, last.at, min(last.start, line.start), max(last.end, line.end)
            )
        else:
            made.append(line)
    return made


def _continues(line: Ruling, other: Ruling) -> bool:
    return line.upright == other.upright and line.meets(other)


def _groups(lines: list[Ruling]) -> list[list[Ruling]]:
    """Lines that hang together."""
    groups: list[list[Ruling]] = []
    for line in lines:
        touching = [group for group in groups if any(line.meets(other) for other in group)]
        groups = [group for group in groups if group not in touching]
        groups.append([line, *(other for group in touching for other in group)])
    return groups


def _places(values: Iterable[float]) -> list[float]:
    found: list[float] = []
    for value in sorted(values):
        if not found or value - found[-1] > NEAR:
            found.append(value)
    return found


def grids(rulings: Iterable[Ruling]) -> list[Grid]:
    """The ruled tables of a page, from top to bottom; a box around one thing is none."""
    lines = joined(rulings)
    if len(lines) > _MOST:
        return []
    found = [made for group in _groups(lines) if (made := _grid(group))]
    return sorted(found, key=lambda grid: -grid.top)


def _grid(lines: list[Ruling]) -> Grid | None:
    xs = _places(line.at for line in lines if line.upright)
    ys = _places(line.at for line in lines if not line.upright)[::-1]
    if len(xs) < 3 or len(ys) < 3:  # two rows and two columns at least
        return None
    return Grid(tuple(xs), tuple(ys), _merged(lines, xs, ys))


def _merged(lines: list[Ruling], xs: list[float], ys: list[float]) -> dict[tuple[int, int], tuple[int, int]]:
    """Cells with no line between them are one."""
    first: dict[tuple[int, int], tuple[int, int]] = {}
    for row in range(len(ys) - 1):
        for column in range(len(xs) - 1):
            across, down = (xs[column] + xs[column + 1]) / 2, (ys[row] + ys[row + 1]) / 2
            if column and not _ruled(lines, upright=True, at=xs[column], through=down):
                first[row, column] = first[row, column - 1]
            elif row and not _ruled(lines, upright=False, at=ys[row], through=across):
                first[row, column] = first[row - 1, column]
            else:
                first[row, column] = (row, column)
    return first


def _ruled(lines: list[Ruling], *, upright: bool, at: float, through: float) -> bool:
    return any(
        line.upright == upright and abs(line.at - at) <= NEAR and line.start <= through <= line.end
        for line in lines
    )
