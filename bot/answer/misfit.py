"""Whether a question puts together what no procedure does: a passport for a pear tree, a lease of a birth certificate.

Such a procedure does not exist, however near a half of it is to one that does. So what is asked for is taken apart
at "cho", "của", "đối với", after a paper's kind ("giấy xác nhận …") and after a deed, and each part is held against
the nearest procedures' own texts and meaning (index/fitting.py). For whom it is done says nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from bot.answer.phrases import Phrases, spoken
from index.fitting import Fit, fits
from index.search import Search
from knowledge.text.diacritics import has_diacritics

_FILE = Path(__file__).with_name("misfit.yml")
LONG = 24  # words above which the thing is one of many told, not the one asked about
MOST = 6  # words of a part
HELD, WORDS = (
    0.5,
    0.85,
)  # shares of a part, by pairs and by syllables, from which the procedure's texts hold it
NEAR = 0.5  # cosine from which it means much the same
ELSEWHERE, MUCH = (
    0.06,
    0.12,
)  # by how much nearer in meaning something else must be, and where it means much the same


@dataclass(frozen=True)
class _Words:
    leads: Phrases
    idioms: Phrases
    ends: Phrases
    people: Phrases
    animals: Phrases
    papers: Phrases
    paper_ends: Phrases
    handling: Phrases
    deeds: Phrases


@cache
def _lists(marked: bool) -> _Words:
    """Where marks are typed, "di" is no "đi"."""
    loaded: dict[str, list[str]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return _Words(**{name: Phrases(words, exact=marked) for name, words in loaded.items()})


def _said(text: str) -> tuple[_Words, str]:
    """The lists to read a text with, and its words without figures."""
    said = " ".join(word for word in spoken(text).split() if not any(map(str.isdigit, word)))
    return _lists(has_diacritics(text)), said


def parts(text: str) -> list[str]:
    """What a question puts together, each part by itself; none of a long story, no person and no single word."""
    words, whole = _said(text)
    said = words.idioms.remove(whole)
    if len(said.split()) > LONG:
        return []
    found = [*_around_leads(words, said), *_after_papers(words, said), *words.animals.find(said)]
    for _, rest in _deeds(words, whole):
        found.append(_until(words.ends, rest))
    return list(dict.fromkeys(part for part in found if " " in part and not _is_person(words, part)))


def _around_leads(words: _Words, said: str) -> Iterator[str]:
    for start, end in words.leads.spans(said):
        thing = _until(words.ends, said[end:])
        if thing and not _is_person(words, thing):
            yield thing
            yield words.handling.remove(_since(words.ends, said[:start]))


def _after_papers(words: _Words, said: str) -> Iterator[str]:
    yield from (_until(words.paper_ends, said[end:]) for _, end in words.papers.spans(said))


def _until(ends: Phrases, rest: str) -> str:
    rest = rest.strip()
    found = ends.spans(rest)
    return " ".join(rest[: found[0][0] if found else None].split()[:MOST])


def _since(ends: Phrases, before: str) -> str:
    found = ends.spans(before)
    return " ".join(before[found[-1][1] if found else 0 :].split()[-MOST:])


def _is_person(words: _Words, thing: str) -> bool:
    def leads(phrases: Phrases) -> bool:
        return any(start == 0 for start, _ in phrases.spans(thing))

    return leads(words.people) and not leads(words.animals)


def deeds(text: str) -> list[str]:
    """What is to be done, where a message says that first and it is not done to every paper: "gia hạn", "thế chấp"."""
    return [deed for deed, _ in _deeds(*_said(text))]


def _deeds(words: _Words, whole: str) -> Iterator[tuple[str, str]]:
    said = words.handling.remove(whole)
    yield from ((said[start:end], said[end:]) for start, end in words.deeds.spans(said) if start == 0)


def belongs(found: Fit) -> bool:
    """Held by the texts, or no nearer in meaning to anything else."""
    known = found.held >= HELD or (found.few and found.words >= WORDS)
    return known or found.meant_elsewhere < (MUCH if found.cosine >= NEAR else ELSEWHERE)


def takes(search: Search, text: str, rows: Sequence[int]) -> list[bool]:
    """Of each procedure in `rows`, whether it takes all that the question puts together."""
    told = [[belongs(one) for one in fits(search, part, rows)] for part in parts(text)]
    told += [[one.held >= HELD for one in fits(search, deed, rows)] for deed in deeds(text)]
    return list(map(all, zip(*told, strict=True))) if told else [True for _ in rows]
