"""Marks put back on a question typed without them, so that the model and the words with marks can be asked too.

The likeliest reading by how often two and three syllables follow each other in the question bank, which is our own text
(`motcua train marks`). Only searching sees it: of every hundred syllables it misreads ten, which a ranking bears and
what a person is told would not.
"""

from __future__ import annotations

import gzip
import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from knowledge.packs_loader import load_questions
from knowledge.text.diacritics import fold, has_diacritics
from knowledge.text.informal import expand_informal
from knowledge.text.normalise import one_line
from knowledge.text.words import syllables

FILE = Path(__file__).with_name("marks.tsv.gz")
BEAM = 5  # readings kept at a syllable
FORMS = 6  # of a syllable that are tried, the commonest
TWO, THREE = 6.0, 3.0  # how much the shorter run is trusted beside the longer one
UNSEEN = 0.05
MOST = 120  # syllables read; the rest of a long message stays as it is
START = "^"
_WORD = re.compile(r"(?<!\w)[^\W\d_]+(?!\w)")
Runs = Mapping[tuple[str, ...], int]
_Way = tuple[
    float, str, str, Any
]  # how likely, its last two syllables, and its syllables as (those before, last)


class Marks:
    """Reads folded text. `runs` counts each syllable and each run of two and three."""

    def __init__(self, runs: Runs) -> None:
        forms: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
        for run, count in runs.items():
            if len(run) == 1 and run[0] != START:
                forms[fold(run[0])].append((count, run[0]))
        self._forms = {
            bare: [form for _, form in sorted(found, reverse=True)[:FORMS]] for bare, found in forms.items()
        }
        self._total = sum(count for run, count in runs.items() if len(run) == 1) or 1
        self._runs = {" ".join(run): count for run, count in runs.items()}

    def __call__(self, text: str) -> str:
        """The text with marks, words and figures it does not know as they were; unchanged when it has marks."""
        if has_diacritics(text):
            return text
        line = fold(one_line(expand_informal(text)).lower())
        read = iter(self._read(_WORD.findall(line)[:MOST]))
        return _WORD.sub(lambda found: next(read, found.group()), line)

    def _read(self, words: list[str]) -> list[str]:
        """The likeliest way from the first word to the last, `BEAM` of them looked at on the way."""
        ways: list[_Way] = [(0.0, START, START, ())]
        for word in words:
            found: dict[tuple[str, str], _Way] = {}
            for likely, before, last, path in ways:
                for form in self._forms.get(word, (word,)):
                    value = likely + self._after(before, last, form)
                    if (last, form) not in found or value > found[last, form][0]:
                        found[last, form] = (value, last, form, (path, form))
            ways = sorted(found.values(), key=lambda way: -way[0])[:BEAM]
        return _unfolded(ways[0][3])

    def _after(self, before: str, last: str, form: str) -> float:
        """The logarithm of how likely a form is after the two before it."""
        count = self._runs.get
        alone = (count(form, 0) + UNSEEN) / self._total
        pair = (count(f"{last} {form}", 0) + TWO * alone) / (count(last, 0) + TWO)
        return math.log(
            (count(f"{before} {last} {form}", 0) + THREE * pair) / (count(f"{before} {last}", 0) + THREE)
        )


def _unfolded(path: Any) -> list[str]:  # noqa: ANN401 - a pair of itself and a word, or ()
    words: list[str] = []
    while path:
        path, word = path
        words.append(word)
    return words[::-1]


def count_runs(lines: Iterable[str]) -> dict[tuple[str, ...], int]:
    """Of the lines with marks; runs of three that stand only once are left out."""
    runs: Counter[tuple[str, ...]] = Counter()
    for line in lines:
        if has_diacritics(line):
            said = [START, START, *(one for one in syllables(expand_informal(line)) if _WORD.fullmatch(one))]
            for size in (1, 2, 3):
                runs.update(
                    tuple(said[at : at + size]) for at in range(max(0, 3 - size), len(said) - size + 1)
                )
    return {run: count for run, count in runs.items() if count > 1 or len(run) < 3}


def train(path: Path = FILE) -> dict[str, int]:
    """Count the bank anew. How many runs of one, two and three there are."""
    lines = [line for worded in load_questions().values() for texts in worded for line in texts]
    runs = count_runs(lines)
    save(runs, path)
    return {"lines": len(lines)} | {
        f"runs_of_{size}": sum(len(run) == size for run in runs) for size in (1, 2, 3)
    }


def save(runs: Runs, path: Path = FILE) -> None:
    """The same runs make the same bytes."""
    lines = (f"{' '.join(run)}\t{count}\n" for run, count in sorted(runs.items()))
    path.write_bytes(gzip.compress("".join(lines).encode(), mtime=0))


def load(path: Path = FILE) -> dict[tuple[str, ...], int]:
    rows = gzip.decompress(path.read_bytes()).decode().splitlines()
    return {tuple(run.split(" ")): int(count) for run, _, count in (row.partition("\t") for row in rows)}


@cache
def _marks() -> Marks:
    return Marks(load())


@lru_cache(maxsize=2048)
def marked(text: str) -> str:
    """The text with its marks put back; as it is when it has any."""
    return _marks()(text)
