"""The sentence of a record that speaks of what was asked, quoted as published.

Fields answer the common questions exactly. What a person asks beyond them ("trước mấy ngày phải báo") often stands
in the prose of a record; the sentence itself is then shown, as a quotation, rather than paraphrased.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.answer.aspects import content
from bot.answer.compose.fields import shorten
from bot.answer.phrases import plain
from knowledge.documents import Procedure

_SENTENCE = re.compile(r"(?<=[.;:!?])\s+(?=[A-ZĐÀ-Ỹ+\-–•(])|\n+")
_FIGURE = re.compile(r"\d")
MAX_QUOTE = 320
ENOUGH = 0.5  # share of the question's content words a sentence must hold to be quoted
FEW = 2  # content words, beyond the title, below which a question asks for nothing particular


def sentences(record: Procedure) -> list[str]:
    """The record's prose, sentence by sentence."""
    parts: Iterable[str] = (*record.deadlines, *record.conditions, *record.steps, *record.dossier_notes)
    found = [s.strip(" -+•–\t") for part in parts for s in _SENTENCE.split(part)]
    return [sentence for sentence in dict.fromkeys(found) if len(sentence) > 20]


def excerpts(
    record: Procedure, question: str, *, figures: bool = False, hints: str = "", limit: int = 1
) -> list[str]:
    """Sentences nearest to the question, best first. `figures` asks for sentences with a number.

    `hints` are words the asked aspect brings along ("nộp hồ sơ tại").
    """
    wanted = set(content(question).split()) - set(plain(record.title).split())
    expected = set(plain(hints).split())
    scored = []
    for position, sentence in enumerate(sentences(record)):
        if figures and not _FIGURE.search(sentence):
            continue
        words = set(plain(sentence).split())
        share = len(wanted & words) / len(wanted) if len(wanted) >= FEW else 0.0
        hint = len(expected & words) / len(expected) if expected else 0.0
        if share >= ENOUGH or hint >= 0.75:
            scored.append((share + hint, -position, sentence))
    return [shorten(sentence, MAX_QUOTE) for _, _, sentence in sorted(scored, reverse=True)[:limit]]
