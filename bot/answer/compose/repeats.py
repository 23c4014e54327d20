"""Several aspects asked at once: nothing is told twice."""

from __future__ import annotations

from collections.abc import Sequence

from bot.answer.compose.papers import documents, form
from knowledge.documents import Procedure

# Lines of an aspect that another one, asked beside it, tells in full.
_LED = {"time_limit": "• Thời hạn: ", "fee": "• Phí, lệ phí: "}


def without_repeats(record: Procedure, aspects: Sequence[str], question: str) -> list[str]:
    """The aspects to tell: forms that the list of papers names with their codes need no list of their own."""
    if "form" not in aspects or "documents" not in aspects:
        return list(aspects)
    forms, papers = form(record, question), documents(record, question).lines
    named = forms.stated and all(any(paper.startswith(one) for paper in papers) for one in forms.lines)
    return [aspect for aspect in aspects if aspect != "form" or not named]


def told_once(lines: Sequence[str], aspect: str, beside: Sequence[str]) -> list[str]:
    """The lines of an aspect without those that are another's, told in full beside it."""
    others = tuple(led for other, led in _LED.items() if other in beside and other != aspect)
    return [line for line in lines if not (others and line.startswith(others))]
