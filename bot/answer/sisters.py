"""The sister procedure that a circumstance calls for: a foreign party, an office that comes to the door, home, abroad.

What a person tells on the way ("bạn trai em người Đài Loan") decides by law which of two procedures of one name it is,
and is a word among a hundred to a ranking. So it is read by rule, and only where such a sister exists.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.answer.phrases import plain, spelled, spoken
from index.search import Hit, Ranking, Search, code_of

_FILE = Path(__file__).with_name("sisters.yml")
_ASIDE = re.compile(r"\([^)]*\)")
_IDLE = re.compile(r"\b(?:thu tuc|viec)\b")
PLAIN = ""  # the kind of a title that names no circumstance
AT_HOME = "at_home"  # told of a matter without a foreign party: away from `foreign`, to `PLAIN`
APART = (
    frozenset({"home", "abroad"}),
)  # kinds that stand against each other; the others stand against PLAIN


@dataclass(frozen=True)
class _Kind:
    name: str
    title: tuple[str, ...]  # folded
    said: re.Pattern[str]


@cache
def _kinds() -> tuple[_Kind, ...]:
    loaded: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    land = "|".join(sorted(map(re.escape, loaded["lands"]), key=len, reverse=True))
    return tuple(
        _Kind(
            name,
            tuple(map(plain, kind["title"])),
            re.compile(spelled("|".join(rf"\b(?:{one})\b" for one in kind["said"]).replace("{land}", land))),
        )
        for name, kind in loaded["kinds"].items()
    )


def circumstances(text: str) -> frozenset[str]:
    """The kinds that a message tells of."""
    said = spoken(text)
    return frozenset(kind.name for kind in _kinds() if kind.said.search(said))


def kind_of(title: str) -> tuple[str, str]:
    """A title's kind, `PLAIN` if none, and the title without what marks it, folded."""
    bare = f" {plain(_ASIDE.sub(' ', title))} "
    for kind in _kinds():
        for mark in kind.title:
            if f" {mark} " in bare:
                return kind.name, _tidy(bare.replace(f" {mark} ", " ", 1))
    return PLAIN, _tidy(bare)


def _tidy(bare: str) -> str:
    return " ".join(_IDLE.sub(" ", bare).split())


class Sisters:
    """Which records of a snapshot are sisters. Built once with the pipeline."""

    def __init__(self, search: Search) -> None:
        self._rows: dict[tuple[str, str], tuple[int, str, str]] = {}
        for row, record in enumerate(search.snapshot.procedure_rows):
            if not record.get("listed"):
                kind, bare = kind_of(str(record["title"]))
                self._rows.setdefault((bare, kind), (row, str(record["key"]), str(record["title"])))

    def fitting(self, text: str, ranking: Ranking, held: Callable[[str], str]) -> Ranking:
        """The ranking with the sister in front that the message calls for; as it is when there is none.

        `held` gives the key of the record of a code that may answer there and then, "" for none.
        """
        found = self._called(text, ranking.best.title) if ranking.best else None
        return _first(ranking, *found) if found and held(code_of(found[1])) else ranking

    def meant(self, text: str, key: str, title: str) -> str:
        """The key of the sister that a message about the procedure of `key` calls for; `key` when there is none."""
        found = self._called(text, title)
        return found[1] if found else key

    def _called(self, text: str, title: str) -> tuple[int, str, str] | None:
        """Row, key and title of the sister of `title` that what is told calls for."""
        told = circumstances(text)
        kind, bare = kind_of(title) if told else ("", "")
        if kind == "foreign" and AT_HOME in told:
            return self._rows.get((bare, PLAIN))
        fits = [one for one in sorted(told) if _calls(kind, one) and (bare, one) in self._rows]
        return self._rows[bare, fits[0]] if fits and kind not in told else None


def _calls(kind: str, told: str) -> bool:
    """Whether what is told calls away from a procedure of this kind."""
    return (
        kind == PLAIN
        if not any(told in pair for pair in APART)
        else any({kind, told} == pair for pair in APART)
    )


def _first(ranking: Ranking, row: int, key: str, title: str) -> Ranking:
    best, *rest = ranking.hits
    held = next((hit for hit in rest if hit.code == code_of(key)), None)
    hit = replace(held, score=best.score) if held else Hit(key, title, best.score, row)
    return replace(ranking, hits=(hit, best, *(one for one in rest if one is not held)))
