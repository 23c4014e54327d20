"""What tells procedures of nearly the same title apart, as one question with short choices (`packs/siblings.yml`).

Found by rule from the titles: "Cấp lại thẻ căn cước" and "Cấp đổi thẻ căn cước" differ in the deed, so the choices are
"Cấp lại" and "Cấp đổi". What a choice says stands in the title; a title that says nothing special gets the plain one.
A difference counts only when nothing else is left between the titles.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from knowledge.documents import Level
from knowledge.text.plain import spoken

_FILE = Path(__file__).resolve().parent / "packs" / "siblings.yml"
NEAR = 0.6  # share of a title's words that the others have as well, to be siblings
REST = 0.12  # share of all words that may differ besides the difference
MAX_WORDS = 14  # of a choice
_OPENING = re.compile(r"^thủ tục ")
_LEVEL = re.compile(r" ?(?:(?:thực hiện )?(?:tại|ở) )?(?:cấp|cơ quan) (?:trung ương|tw|bộ|tỉnh|tinh|xã)$")
_EDGES = " ,;:.-–/"


@dataclass(frozen=True)
class Title:
    """A title and the levels its procedure is carried out at."""

    text: str
    levels: tuple[Level, ...] = ()

    @property
    def words(self) -> str:
        return _OPENING.sub("", spoken(self.text))


@dataclass(frozen=True)
class Told:
    """The question that decides between siblings and, in their order, the choices."""

    ask: str
    choices: tuple[str, ...]


@dataclass(frozen=True)
class Difference:
    ask: str
    words: re.Pattern[str]
    first: frozenset[str]
    plain: Mapping[str, str]

    def plain_of(self, title: str) -> str:
        return next((said for start, said in self.plain.items() if title.startswith(start)), "")


@dataclass(frozen=True)
class Rules:
    differences: tuple[Difference, ...]
    level_ask: str
    levels: Mapping[Level, str]
    other: str
    usual: str
    cases: re.Pattern[str]
    dropped: re.Pattern[str]
    empty: re.Pattern[str]


@cache
def rules(path: Path = _FILE) -> Rules:
    loaded = yaml.safe_load(path.read_text(encoding="utf-8"))
    return Rules(
        differences=tuple(
            Difference(
                one["ask"], _any_of(one["words"]), frozenset(one.get("first", ())), one.get("plain", {})
            )
            for one in loaded["differences"]
        ),
        level_ask=loaded["level"]["ask"],
        levels={Level(level): said for level, said in loaded["level"]["said"].items()},
        other=loaded["other"],
        usual=loaded["usual"],
        cases=_any_of(loaded["cases"]),
        dropped=re.compile("^" + _any_of(loaded["dropped"]).pattern, re.IGNORECASE),
        empty=_any_of(loaded["empty"]),
    )


def _any_of(words: Sequence[str]) -> re.Pattern[str]:
    ordered = sorted(words, key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(map(re.escape, ordered)) + r")\b", re.IGNORECASE)


def told_apart(titles: Sequence[Title]) -> Told | None:
    """The question and choices that tell siblings apart; None when they are no siblings or no short words do."""
    if len(titles) < 2:
        return None
    words, texts = [title.words for title in titles], [title.text for title in titles]
    if len({_LEVEL.sub("", one) for one in words}) == 1:
        return _by_level(titles)
    return (
        (_by_differences(words) or _by_rest(texts) or _by_case(texts))
        if _siblings(words)
        else _by_rest(texts)
    )


def _by_differences(words: Sequence[str]) -> Told | None:
    """By one difference that leaves nothing between the titles, or by all of them together."""
    varying = [(one, said) for one in rules().differences if (said := _said(one, words))]
    for difference, said in varying:
        if _leaves_nothing(words, [difference]) and (told := _told(difference.ask, said)):
            return told
    if len(varying) > 1 and _leaves_nothing(words, [difference for difference, _ in varying]):
        return _told(rules().other, _joined([said for _, said in varying]))
    return None


def common_words(titles: Sequence[Title]) -> str:
    """The longest run of words that stands in every title, as the first writes it; "" when it is but one word."""
    first, *others = [_LEVEL.sub("", title.words).split() for title in titles]
    whole = [f" {' '.join(words)} " for words in others]
    for length in range(len(first), 1, -1):
        for start in range(len(first) - length + 1):
            run = first[start : start + length]
            if _content(" ".join(run)) and all(f" {' '.join(run)} " in words for words in whole):
                return _as_written(run, titles[0].text)
    return ""


def _as_written(run: Sequence[str], text: str) -> str:
    found = re.search(r"\W+".join(map(re.escape, run)), text, re.IGNORECASE)
    return found.group().strip(_EDGES) if found else " ".join(run)


def _by_level(titles: Sequence[Title]) -> Told | None:
    return _told(
        rules().level_ask,
        [rules().levels.get(title.levels[0], "") if len(title.levels) == 1 else "" for title in titles],
    )


def _siblings(titles: Sequence[str]) -> bool:
    shared = _content(titles[0]).intersection(*map(_content, titles[1:]))
    return all(shared and len(shared) >= NEAR * len(_content(title, rules().differences)) for title in titles)


def _content(title: str, without: Collection[Difference] = ()) -> set[str]:
    """The words of a title that may matter, besides those of some differences."""
    for difference in without:
        title = difference.words.sub(" ", title)
    return set(rules().empty.sub(" ", title).split())


def _leaves_nothing(titles: Sequence[str], differences: Collection[Difference]) -> bool:
    """Whether the titles are the same but for the differences."""
    left = [_content(_LEVEL.sub("", title), differences) for title in titles]
    whole = left[0].union(*left[1:])
    return len(whole - left[0].intersection(*left[1:])) <= REST * len(whole)


def _said(difference: Difference, titles: Sequence[str]) -> list[str]:
    """What each title says of the difference, "" where that is not clear; [] when all say the same."""
    found: list[list[str]] = [list(dict.fromkeys(difference.words.findall(title))) for title in titles]
    common = set(found[0]).intersection(*found[1:])
    own = [[word for word in said if word not in common] for said in found]
    if not any(own):
        return []
    beside_first = any(difference.first & set(said) for said in own)
    return [
        ", ".join(words) or ("" if said or beside_first else difference.plain_of(title))
        for words, said, title in zip(own, found, titles, strict=True)
    ]


def _joined(varying: Sequence[Sequence[str]]) -> list[str]:
    """Several differences at once: what each title says, the plain words only where it says nothing else."""
    plain = {said for one in rules().differences for said in one.plain.values()}
    columns = list(zip(*varying, strict=True))
    own = [[said for said in column if said and said not in plain] for column in columns]
    return [", ".join(said or filter(None, column)) for said, column in zip(own, columns, strict=True)]


def _by_rest(titles: Sequence[str]) -> Told | None:
    """What titles say beyond the one with which all of them begin."""
    clean = [
        re.sub(r"^thủ tục ", "", " ".join(title.split()), flags=re.IGNORECASE).strip(_EDGES)
        for title in titles
    ]
    base = min(clean, key=len)
    if not all(one.lower().startswith(base.lower()) for one in clean):
        return None
    rest = [one[len(base) :].strip(_EDGES) for one in clean]
    first = {word for one in rules().differences for word in one.first}
    clear = _content(base) and not any("(" in said or ")" in said or said.lower() in first for said in rest)
    return _told(rules().other, [said or rules().usual for said in rest]) if clear else None


def _by_case(titles: Sequence[str]) -> Told | None:
    """The parts of the titles that differ, when they begin where a title tells its case."""
    split = [_parts(title) for title in titles]
    shared = set(split[0]).intersection(*map(set, split[1:]))
    if not shared:
        return None
    own = [" ".join(text for said, text in parts.items() if said not in shared) for parts in split]
    bare = [rules().dropped.sub("", said.strip(_EDGES)).strip(_EDGES) for said in own]
    return None if any("(" in said or ")" in said for said in bare) else _told(rules().other, bare)


def _parts(title: str) -> dict[str, str]:
    """The parts of a title, as spoken and as written, each from where it begins to tell a case."""
    text = " ".join(title.split())
    starts = [0, *(found.start() for found in rules().cases.finditer(text)), len(text)]
    parts = [text[a:b].strip() for a, b in zip(starts, starts[1:], strict=False)]
    return {_OPENING.sub("", spoken(part)): part for part in parts if part}


def _told(ask: str, choices: Sequence[str]) -> Told | None:
    """None unless every title has a choice of its own, short enough to be one."""
    short = all(0 < len(said.split()) <= MAX_WORDS for said in choices)
    if not choices or not short or len({spoken(said) for said in choices}) < len(choices):
        return None
    return Told(ask, tuple(said[:1].upper() + said[1:] for said in choices))
