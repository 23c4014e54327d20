"""The questions that every peer is asked: of the evaluation files, those that a procedure answers."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from knowledge.text.diacritics import fold

DATA = Path("tests/evaluation/data")
DEV = Path("../shared/eval/dev")
# Where each set lies below the repository; one that is not there is left out.
SETS = {
    "own": DATA / "procedures.jsonl",
    "blind 2": DATA / "blind2" / "procedures.jsonl",
    "blind 2, portal": DATA / "blind2" / "portal_faq.jsonl",
    "dev": DEV / "procedures.jsonl",
    "dev, portal": DEV / "portal_faq.jsonl",
}


@dataclass(frozen=True)
class Asked:
    """A question as written and without marks; any of `codes` is right."""

    set: str
    id: str
    style: str
    written: str
    unmarked: str
    codes: tuple[str, ...]


def read(root: Path, more: Sequence[Path] = ()) -> list[Asked]:
    files = {name: root / path for name, path in SETS.items()} | {path.stem: path for path in more}
    return [asked for name, path in files.items() if path.is_file() for asked in of_lines(name, _lines(path))]


def of_lines(name: str, lines: Iterable[dict[str, Any]]) -> list[Asked]:
    return [_asked(name, line) for line in lines if line.get("codes") and line.get("answerable") != "no"]


def _asked(name: str, line: dict[str, Any]) -> Asked:
    unmarked = line.get("q_nodiac") or fold(line["q"])
    style = line.get("style") or "portal"
    return Asked(name, line["id"], style, line["q"], unmarked, tuple(line["codes"]))


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


def answerable(questions: Sequence[Asked], codes: Collection[str]) -> list[Asked]:
    """Those of which a right record is in the corpus: nobody can find the others."""
    return [asked for asked in questions if any(code in codes for code in asked.codes)]


def texts_of(questions: Sequence[Asked]) -> list[str]:
    """Every text to ask, each once: a cache must not make the second time look quick."""
    return list(dict.fromkeys(text for asked in questions for text in (asked.written, asked.unmarked)))
