"""How a question is put, whatever it is about: "có được … không" asks for a rule, "cần giấy tờ gì" for a procedure.

Only the words that many procedures' questions share are read, and the runs of the others count as one blank. So what is
learnt from questions on salaries tells those on forests too. Fitted by `motcua train confidence`.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from knowledge.text.diacritics import fold
from knowledge.text.informal import expand_informal
from knowledge.text.words import syllables

FILE = Path(__file__).with_name("asking.yml")
BLANK, START, END = "*", "^", "$"
LONGEST = 3  # words of a piece
SPAN = 6.0  # logits at which the scale ends


@dataclass(frozen=True)
class Asking:
    """`words` are read, all others are blanks; `pieces` of them weigh for (or against) a procedure being asked for."""

    words: frozenset[str]
    pieces: Mapping[str, float]
    bias: float

    def __call__(self, text: str) -> float:
        """From 0, as what no procedure answers is asked, to 1."""
        found = set(pieces_of(text, self.words))
        logit = self.bias + sum(self.pieces.get(piece, 0.0) for piece in found) / math.sqrt(len(found))
        return 0.5 + min(max(logit, -SPAN), SPAN) / (2 * SPAN)


def pieces_of(text: str, words: frozenset[str]) -> list[str]:
    """Runs of up to three words of the question, without marks, what it is about left blank."""
    said = [START]
    for syllable in map(fold, syllables(expand_informal(text))):
        word = syllable if syllable in words else BLANK
        if word != BLANK or said[-1] != BLANK:
            said.append(word)
    said.append(END)
    return [
        " ".join(said[at : at + size]) for size in range(1, LONGEST + 1) for at in range(len(said) - size + 1)
    ]


def common_words(questions: Iterable[tuple[str, str]], count: int) -> frozenset[str]:
    """The syllables that questions (code, text) of the most procedures share."""
    owners: defaultdict[str, set[str]] = defaultdict(set)
    for code, text in questions:
        for syllable in syllables(expand_informal(text)):
            owners[fold(syllable)].add(code)
    return frozenset(sorted(owners, key=lambda word: (-len(owners[word]), word))[:count])


def load(path: Path = FILE) -> Asking:
    loaded = yaml.safe_load(path.read_text("utf-8"))
    return Asking(frozenset(loaded["words"].split()), loaded["pieces"], float(loaded["bias"]))


@cache
def asking() -> Asking:
    return load()


def write(one: Asking, path: Path = FILE) -> None:
    """Put the fit in place of the one before; the comment at the top stays."""
    comment = "\n".join(_comment(path)) if path.exists() else ""
    parts = {
        "bias": round(one.bias, 3),
        "words": " ".join(sorted(one.words)),
        "pieces": dict(sorted(one.pieces.items())),
    }
    path.write_text(f"{comment}\n{yaml.safe_dump(parts, sort_keys=False, allow_unicode=True)}", "utf-8")


def _comment(path: Path) -> Iterator[str]:
    return (line for line in path.read_text("utf-8").splitlines() if line.startswith("#"))
