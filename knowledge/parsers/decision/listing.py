"""Codes for procedures that are written out without one: from the decision's own list, or from titles given."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping

from knowledge.documents import CODE_PATTERN, normalise_code
from knowledge.reading.pages import Table
from knowledge.text.diacritics import fold
from knowledge.text.normalise import one_line

CODE_INSIDE = re.compile(r"(?<![\d.])\d\.\d{6}(?:\.000\.00\.00)?(?:\.H\d+(?:\.\d+)*)?(?![\d.]*\d)")


def title_key(title: str) -> str:
    """The form in which titles are compared: no marks of case, punctuation, or a leading "Thủ tục"."""
    words = " ".join(re.findall(r"[^\W_]+", one_line(title).lower()))
    return re.sub(r"^(?:thủ tục )?(?:hành chính )?(?:thủ tục )?", "", words)


def code_in(text: str) -> str:
    """The one national code in a text, with its suffixes, or ""."""
    found = CODE_INSIDE.findall(text)
    return found[0] if len({normalise_code(code) for code in found}) == 1 else ""


def _titles_of(tables: Iterable[Table]) -> Iterable[tuple[str, str]]:
    """Title and code of each row of a list ("Danh mục thủ tục hành chính")."""
    for table in tables:
        for row in table.rows:
            codes = [cell for cell in row if re.match(CODE_PATTERN, normalise_code(cell))]
            names = [cell for cell in row if len(cell) > 12 and cell not in codes]
            if len(codes) == 1 and names:
                yield names[0], normalise_code(codes[0])
                continue
            inside = [cell for cell in row if code_in(cell) and len(cell) > 20]
            if len(inside) == 1:
                name = re.sub(
                    r"\(?\s*(?:mã[^:(]{0,20}:?\s*)?$",
                    "",
                    CODE_INSIDE.split(inside[0])[0],
                    flags=re.IGNORECASE,
                )
                yield name, normalise_code(code_in(inside[0]))


class Codes:
    """Codes by title. A title that leads to several codes leads to none."""

    def __init__(self, titles: Mapping[str, str], tables: Iterable[Table]) -> None:
        self._codes: dict[str, set[str]] = defaultdict(set)
        for title, code in (*titles.items(), *_titles_of(tables)):
            self._codes[title_key(title)].add(normalise_code(code))

    def of(self, title: str) -> tuple[str, ...]:
        """The codes a title may have: one is certain, several are not."""
        return tuple(sorted(self._codes.get(title_key(title), ())))


def close(one: str, other: str) -> bool:
    """Whether two titles may name one procedure: most of their words are the same."""
    first, second = (set(fold(title_key(title)).split()) for title in (one, other))
    return len(first & second) >= 0.6 * min(len(first), len(second)) if first and second else False
