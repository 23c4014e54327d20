"""Stretches of days, and whether what a record states held in one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from knowledge.documents import Validity, ValidityState

TWO_TIERS = date(
    2025, 7, 1
)  # no district level and 34 provinces since (Nghị quyết 202/2025/QH15, 203/2025/QH15)
TRUSTED = 2  # calendar years before its end for which a record without a start is taken to have held


@dataclass(frozen=True)
class Period:
    """From `start` to `end`, both inclusive; None is open. `vague`: "hồi trước", said without a date."""

    start: date | None = None
    end: date | None = None
    vague: bool = False

    def __str__(self) -> str:
        """`2023-01-01/2023-12-31`, `/2025-06-30?` when vague: what a conversation keeps of it."""
        days = "/".join(day.isoformat() if day else "" for day in (self.start, self.end))
        return days + ("?" if self.vague else "")

    @classmethod
    def from_text(cls, text: str) -> Period | None:
        """The period that `str` wrote; None for anything else."""
        start, stroke, end = text.removesuffix("?").partition("/")
        try:
            days = [date.fromisoformat(day) if day else None for day in (start, end)]
        except ValueError:
            return None
        return cls(days[0], days[1], text.endswith("?")) if stroke else None

    def holds(self, day: date) -> bool:
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)

    def meets(self, other: Period) -> bool:
        """Whether the two share a day."""
        return (self.start is None or other.end is None or self.start <= other.end) and (
            other.start is None or self.end is None or other.start <= self.end
        )


def of_today(validity: Validity, day: date, *, variant: str = "") -> bool:
    """Whether a record may be stated as what holds on `day`.

    Most sources do not say since when a record holds: unknown may speak, with that said, unless it is the lesser of
    two records of one code (`variant`).
    """
    state = validity.on(day)
    return state is ValidityState.IN_FORCE or (state is ValidityState.UNKNOWN and not variant)


def held_during(validity: Validity, period: Period) -> bool:
    """Whether a record is known to have held at some time of `period`.

    A record that ended and does not say since when it held is trusted for the two years before its end; one that does
    not say when it ended speaks only for a past that was asked for without a date.
    """
    if validity.start is None and validity.end is None:
        ended = validity.state in {ValidityState.SUPERSEDED, ValidityState.REPEALED}
        return ended and period.vague
    start = validity.start
    if start is None and validity.end is not None:
        start = date(validity.end.year - TRUSTED, 1, 1)
    ended = validity.state in {ValidityState.SUPERSEDED, ValidityState.REPEALED} and validity.end is None
    end = date(start.year, 12, 31) if ended and start else validity.end
    return Period(start, end).meets(period)
