"""Names of people in what somebody wrote, as far as a rule can tell: after a word that goes before a name.

Sure sooner than complete: a name without such a word, or one typed in small letters, is left to the official who reads
the text before it is published. Streets, bridges and pagodas are named after people too, and stay.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import yaml

_UPPER = "A-ZĐÀ-ÖØ-ÞĂĨŨƠƯẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ"
_LOWER = "a-zđß-öø-ÿăĩũơưạảấầẩẫậắằẳẵặẹẻẽếềểễệỉịọỏốồổỗộớờởỡợụủứừửữựỳỵỷỹ"
# A capital syllable; "K'Brếu", "H'Luyên"; initials with dots; a last initial of a name left short ("Nguyễn Văn T.").
_SYLLABLE = (
    rf"(?:[{_UPPER}]['’][{_UPPER}]?[{_LOWER}]+|[{_UPPER}][{_LOWER}]+|[{_UPPER}](?![{_UPPER}{_LOWER}.]))"
)
_INITIALS = rf"[{_UPPER}]\.(?:[{_UPPER}]\.){{0,2}}[{_UPPER}]?\b"
_NAME = rf"(?:{_INITIALS}|{_SYLLABLE}(?: {_SYLLABLE}){{0,3}}(?: [{_UPPER}](?=\.))?)"
_SENTENCE_BEGINS = re.compile(r"(?:^|[.!?:;,\n(–-])\s*$")
_LAST_WORD = re.compile(rf"([{_UPPER}{_LOWER}]+)\s*$")
DOTS = "…"
THINGS_WITHIN = 30  # characters before "tên" in which a thing may be told of


@cache
def _words() -> dict[str, Any]:
    return dict(yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8")))


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    """After a title ("ông trưởng thôn …"); after "tên", "họ tên"; after what only a full name may follow."""
    words = _words()
    titles, posts, full = (
        "|".join(sorted(words[name], key=len, reverse=True)) for name in ("titles", "posts", "full")
    )
    return (
        re.compile(rf"(?<!\w)(?P<cue>(?i:{titles}))(?P<post>(?: (?i:{posts}))*) (?P<name>{_NAME})(?!\w)"),
        re.compile(
            rf"(?<!\w)(?P<cue>(?i:(?:họ(?: và)? )?tên(?: tôi| em| mình| cháu| con)?(?: là)?))[: ]+(?P<name>{_NAME})"
        ),
        re.compile(rf"(?<!\w)(?P<cue>(?i:{full}))[: –-]+(?P<name>{_NAME})"),
    )  # fmt: skip


def found(text: str) -> Iterator[tuple[int, int]]:
    """Where names stand (`text[start:end]`), in order, none over another."""
    titled, named, full = _patterns()
    spans = [
        *(one.span("name") for one in titled.finditer(text) if _after_title(text, one)),
        *(one.span("name") for one in named.finditer(text) if _is_name(one["name"]) and not _of_a_thing(text, one)),
        *(one.span("name") for one in full.finditer(text) if _is_full(one["name"]) and not _of_a_thing(text, one)),
    ]  # fmt: skip
    end = 0
    for start, stop in sorted(spans):
        if start >= end and not text.startswith(DOTS, stop):  # masked before: "ông B…"
            yield start, stop
            end = stop


def replaced(text: str, by: Callable[[str], str]) -> str:
    """The text with each name given to `by`."""
    pieces, last = [], 0
    for start, end in found(text):
        pieces += [text[last:start], by(text[start:end])]
        last = end
    return "".join([*pieces, text[last:]])


def masked(text: str) -> str:
    """The text with dots for names: "ông Nguyễn Văn A" → "ông N…"."""
    return replaced(text, lambda name: f"{name[0]}{DOTS}")


def _after_title(text: str, match: re.Match[str]) -> bool:
    before, cue, name = text[: match.start()], match["cue"], match["name"]
    word = (_LAST_WORD.search(before) or [""])[0].strip()
    if word.lower() in _words()["places"] or not _is_name(name) or _is_known(cue, name):
        return False
    if cue.isupper():  # a line in capitals alone: every word would be a name
        return False
    if (
        name in _words()["numerals"]
        and text[match.end() :].lstrip().partition(" ")[0] in _words()["counters"]
    ):
        return False  # "gọi anh Hai lần"
    inside = cue[0].isupper() and not _SENTENCE_BEGINS.search(before)
    return not inside or _is_full(name)  # "Ông" in the middle is part of a name, or a letter's courtesy


def _is_name(name: str) -> bool:
    first = name.split()[0]
    return first not in _words()["not_names"]


def _is_full(name: str) -> bool:
    """A family's name and another."""
    parts = name.split()
    return len(parts) > 1 and parts[0] in _words()["families"]


def _is_known(cue: str, name: str) -> bool:
    """What is no neighbour: a street's lady, a saint, the president."""
    return f"{cue.capitalize()} {name}" in _words()["known"]


def _of_a_thing(text: str, match: re.Match[str]) -> bool:
    before = text[max(0, match.start() - THINGS_WITHIN) : match.start()].lower()
    clause = re.split(r"[.!?;,\n]", before)[-1]
    return any(re.search(rf"(?<!\w){thing}(?!\w)", clause) for thing in _words()["things"])
