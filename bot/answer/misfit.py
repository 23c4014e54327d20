"""Whether a question puts together what no procedure does: a passport for a pear tree, a lease of a birth certificate.

Such a procedure does not exist, however near a half of it is to one that does. So what is asked for is taken apart
at "cho", "của", "đối với", after a paper's kind ("giấy xác nhận …") and after a deed, and each part is held against
the nearest procedures' own texts and meaning (index/fitting.py). For whom it is done says nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
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
# Shares of a part, by pairs and by syllables, from which the procedure's texts hold it.
HELD, WORDS = 0.5, 0.85
OTHER_NAME = 0.4  # by how much nearer two syllables are to something whose name they are
SAME = 0.6  # cosine from which a paper's name means a procedure's
NEAR = 0.5  # cosine from which a part means much the same
# By how much nearer in meaning something else must be, and where the part means much the same.
ELSEWHERE, MUCH = 0.06, 0.12


@dataclass(frozen=True)
class _Words:
    leads: Phrases
    pointers: Phrases
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
    found = [*_around_leads(words, said), *(_until(words.ends, rest) for _, rest in _deeds(words, whole))]
    return _kept(words, found)


def animals(text: str) -> list[str]:
    """The animals a question names, and the other things that are counted like one."""
    words, said = _said(text)
    return words.animals.find(said) if len(said.split()) <= LONG else []


def papers(text: str) -> list[str]:
    """What the papers that a question asks for are to say: "giấy xác nhận …", "thẻ …"."""
    words, whole = _said(text)
    said = words.idioms.remove(whole)
    if len(said.split()) > LONG:
        return []
    return _kept(words, (_until(words.paper_ends, said[end:]) for _, end in words.papers.spans(said)))


def _kept(words: _Words, found: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(part for part in found if " " in part and not _is_person(words, part)))


def _around_leads(words: _Words, said: str) -> Iterator[str]:
    for start, end in words.leads.spans(said):
        thing = _until(words.ends, said[end:])
        if start and thing and not _is_person(words, thing) and not _told_before(words, thing, said[end:]):
            yield thing
            yield words.handling.remove(_since(words.ends, said[:start]))


def _until(ends: Phrases, rest: str) -> str:
    rest = rest.strip()
    found = ends.spans(rest)
    return " ".join(rest[: found[0][0] if found else None].split()[:MOST])


def _since(ends: Phrases, before: str) -> str:
    found = ends.spans(before)
    return " ".join(before[found[-1][1] if found else 0 :].split()[-MOST:])


def _told_before(words: _Words, thing: str, rest: str) -> bool:
    """Whether a thing is only pointed back at: "cho loại hình này" names none of its own."""
    after = rest.strip().removeprefix(thing).strip()
    return any(place == 0 for place, _ in words.pointers.spans(after))


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
    return _known(found) or found.meant_elsewhere < (MUCH if found.cosine >= NEAR else ELSEWHERE)


def bears(found: Fit) -> bool:
    """Named by the texts as a pair, or no nearer in meaning to anything else: "con" and "chó" stand in many texts."""
    return found.held >= HELD or found.meant_elsewhere < (MUCH if found.cosine >= NEAR else ELSEWHERE)


def names(found: Fit) -> bool:
    """What a paper says is its name, and a name is held by the texts or means what they mean."""
    return _known(found) or found.cosine >= SAME


def _known(found: Fit) -> bool:
    by_words = found.few and found.words >= WORDS and found.meant_elsewhere < OTHER_NAME
    return found.held >= HELD or by_words


def takes(search: Search, text: str, rows: Sequence[int]) -> list[bool]:
    """Of each procedure in `rows`, whether it takes all that the question puts together."""
    told = [[belongs(one) for one in fits(search, part, rows)] for part in parts(text)]
    told += [[bears(one) for one in fits(search, animal, rows)] for animal in animals(text)]
    told += [[names(one) for one in fits(search, paper, rows)] for paper in papers(text)]
    told += [[one.held >= HELD for one in fits(search, deed, rows)] for deed in deeds(text)]
    return list(map(all, zip(*told, strict=True))) if told else [True for _ in rows]
