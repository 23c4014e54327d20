"""Questions with known answers, seen as the ranking sees them: what the small model is fitted on.

The calibration questions are kept out of every index. Those of the bank are not, so each is asked as if it were not
there: its own entry is taken out of the vectors and the wordings, and its words out of its procedure's.
"""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.collection import ENTRIES, FIELDS, Look
from index.forward import Forward, Hashes, find, keys_of, token_hash
from index.lexical import K1, VIEWS, B
from index.marks import marked
from index.ranking import Columns, Sight, features
from index.search import Search
from knowledge.lexicon import lexicon
from knowledge.packs_loader import Questions
from knowledge.text.diacritics import fold, has_diacritics
from knowledge.text.informal import INFORMAL, expand_informal

SEED = 7
HASTE = 0.6  # of the spellings that could be short, the share that is


@dataclass(frozen=True)
class Posed:
    """A question, the codes that are right, and the bank's text it was made from, with the row of its entry."""

    q: str
    codes: frozenset[str]
    source: str
    style: str = ""
    text: str = ""
    entry: int | None = None

    @property
    def group(self) -> str:
        """Questions of one group are never on both sides of a cross-validation."""
        return min(self.codes, default=self.q)


@dataclass(frozen=True)
class Observed:
    """What the ranking saw of a question: columns over its candidates, which are right, and which are as good.

    As good is another procedure of the very title of a right one: nobody could tell.
    """

    posed: Posed
    columns: Columns
    fused: NDArray[np.float32]
    right: NDArray[np.bool_]
    twin: NDArray[np.bool_]


def calibration(path: Path) -> list[Posed]:
    lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    return [
        Posed(
            line["q"], frozenset(line.get("codes", ())), path.stem, line.get("style") or line.get("why", "")
        )
        for line in lines
    ]


def folded(posed: Iterable[Posed]) -> Iterator[Posed]:
    """The same typed without marks."""
    for one in posed:
        if has_diacritics(one.q):
            yield replace(one, q=fold(one.q), source=f"{one.source}_folded")


def hasty(posed: Iterable[Posed]) -> Iterator[Posed]:
    """The same in short spellings, in lower case, without the last mark."""
    dice = random.Random(SEED)  # noqa: S311 - a sample, not a secret
    short: dict[str, list[str]] = {}
    for said, whole in INFORMAL.items():
        if fold(whole) != said and " " not in said:
            short.setdefault(whole, []).append(said)
    pattern = re.compile(r"\b(?:" + "|".join(sorted(map(re.escape, short), key=len, reverse=True)) + r")\b")

    def shorten(match: re.Match[str]) -> str:
        return dice.choice(short[match.group()]) if dice.random() < HASTE else match.group()

    for one in posed:
        typed = pattern.sub(shorten, one.q.lower()).rstrip("?. ")
        yield replace(one, q=typed, source=f"{one.source}_hasty")


class Bank:
    """The bank's questions, each asked as if the index in `folder` did not hold it."""

    def __init__(self, search: Search, folder: Path, questions: Questions) -> None:
        self._search = search
        self._collection = search.snapshot.procedures
        self._questions = questions
        self._folder = folder / "procedures" / "forward"
        self._entries = Forward.load(self._folder / ENTRIES)
        self._texts = {
            name: _Counted(Forward.load(self._folder / name), view) for name, view in FIELDS.items()
        }
        self._owned = np.searchsorted(self._collection.owners, np.arange(self._collection.size + 1))

    def sample(self, count: int, *, least: int = 0) -> list[Posed]:
        """Questions of `least` words and more that are entries of the index: the bank may have changed since."""
        rows, owners = self._search.snapshot.procedure_rows, self._collection.owners
        places: dict[tuple[bytes, str], int] = {}
        for entry, key in enumerate(self._entries.keys.tolist()):
            places[key, rows[owners[entry]]["code"]] = entry
        found = [
            Posed(text, frozenset((code,)), "bank", text=text, entry=places[key, code])
            for code, (_, texts) in self._questions.items()
            for text, key in zip(texts, keys_of(texts).tolist(), strict=True)
            if (key, code) in places and len(text.split()) >= least
        ]
        return random.Random(SEED).sample(found, min(count, len(found)))  # noqa: S311 - a sample, not a secret

    def without(self, look: Look, worded: str, posed: Posed) -> Look:
        """What the question finds when its own entry is not there."""
        row = self._row(posed)
        words = {name: scores.copy() for name, scores in look.fields.items() if name in FIELDS}
        for name in ("short_folded", "short_words"):
            words[name][row] = self._texts[name].score(expand_informal(worded), row, without=posed.text)
        wordings = look.wordings.copy()
        wordings[posed.entry] = 0
        others = look.near != posed.entry
        return self._collection.seen(words, wordings, look.near[others], look.cosines[others])

    def forget(self, sight: Sight, posed: Posed) -> Sight:
        """The candidates, when the question's own words and cases do not count for its procedure."""
        row = self._row(posed)
        at = np.flatnonzero(sight.rows == row)
        if not len(at):
            return sight
        own, cases = sight.own.copy(), list(sight.cases)
        own[at[0]] = self._others_hold(row, posed, sight.asked.hashes)
        cases[at[0]] = (
            cases[at[0]][0],
            self._search.siblings.cases(" . ".join(self._other_texts(row, posed))),
        )
        return replace(sight, own=own, cases=cases)

    def _row(self, posed: Posed) -> int:
        return int(self._collection.owners[posed.entry])

    def _others_hold(self, row: int, posed: Posed, hashes: Hashes) -> NDArray[np.bool_]:
        places, left = find(self._entries.vocabulary, hashes), np.zeros(len(hashes), dtype=bool)
        for entry in range(self._owned[row], self._owned[row + 1]):
            if entry != posed.entry:
                columns = self._entries.columns[self._entries.starts[entry] : self._entries.starts[entry + 1]]
                left |= np.isin(places, columns)
        return left

    def _other_texts(self, row: int, posed: Posed) -> list[str]:
        title = str(self._search.snapshot.procedure_rows[row]["title"])
        aliases, questions = self._questions[next(iter(posed.codes))]
        return [title, *aliases, *(text for text in questions if text != posed.text)]


class _Counted:
    """One field's counts, from which a score can be told anew."""

    def __init__(self, forward: Forward, view: str) -> None:
        self._forward, self._view = forward, VIEWS[view]

    @cached_property
    def _found(self) -> NDArray[np.int64]:
        return np.bincount(self._forward.columns, minlength=len(self._forward.vocabulary))

    @cached_property
    def _mean(self) -> float:
        return float(self._forward.lengths.mean())

    def score(self, query: str, row: int, *, without: str) -> float:
        """BM25 of the text in `row` once the words of `without`, a part of it, are gone."""
        forward, gone = self._forward, Counter(map(token_hash, self._view(without)))
        columns = forward.columns[forward.starts[row] : forward.starts[row + 1]]
        counts = forward.counts[forward.starts[row] : forward.starts[row + 1]]
        held = {
            int(token): int(count) - gone[int(token)]
            for token, count in zip(forward.vocabulary[columns], counts, strict=True)
        }
        length = int(counts.sum()) - gone.total()
        damped = K1 * (1 - B + B * length / self._mean)
        total = 0.0
        for token in map(token_hash, self._view(query)):
            if (count := held.get(token, 0)) > 0:
                found = self._found[find(forward.vocabulary, np.array([token], dtype=np.uint64))[0]]
                total += (
                    float(np.log1p((len(forward) - found + 0.5) / (found + 0.5))) * count / (count + damped)
                )
        return total


def see(search: Search, posed: Posed, bank: Bank, day: date) -> tuple[Sight, str]:
    """The candidates as a person without an area would get them on `day`, and the question with official words."""
    query = marked(posed.q)
    worded = lexicon().expand(query)
    look = search.snapshot.procedures.look(worded, search.vector(query))
    if posed.entry is not None:
        look = bank.without(look, worded, posed)
    sight = search.sight(query, worded, look, search.standing.mask("", day, None), day=day)
    return (sight if posed.entry is None else bank.forget(sight, posed)), worded


def observe(search: Search, posed: Posed, bank: Bank, day: date) -> Observed:
    sight, _ = see(search, posed, bank, day)
    rows = [search.snapshot.procedure_rows[row] for row in sight.rows]
    right = np.array([row["code"] in posed.codes for row in rows], dtype=bool)
    titles = {row["title"].lower() for row, good in zip(rows, right, strict=True) if good}
    twin = np.array([row["title"].lower() in titles for row in rows], dtype=bool) & ~right
    return Observed(posed, features(sight, search.facts, search.siblings), sight.fused, right, twin)
