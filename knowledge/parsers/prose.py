"""Long texts (steps, conditions) as cleaned paragraphs, split where the office numbered or listed them."""

from __future__ import annotations

import re

from knowledge.parsers.tail import clean, field, is_empty

# "… theo quy định. + Bước 3: …" on one line is three steps.
_STEP = re.compile(
    r"(?:(?<=[.;:!?)])\s+|\s*\n\s*)((?:[-+*•]\s*|\d+\.\d+\.\s*)?Bước\s+(?:thứ\s+)?\d{1,2}\s*[:.)–-])"
)
_STEP_START = re.compile(r"(?:[-+*•]\s*|\d+\.\d+\.\s*)?Bước\s+(?:thứ\s+)?\d")
_RESULT_CODE = re.compile(
    r"Mã:\s*(?:KQ[.-][A-Za-z]+\d*[.-](?:[A-Z]+[.-])?\d+|[A-Z]{2,}[A-Z0-9.-]*(?:\d|(?=$)))"
)
_BULLET = re.compile(
    r"\s*(?:[-–+*•]|\(?[a-zđ][.)]\s|\(?[ivx]+\)\s|\(?\d{1,2}(?:\.\d{1,2})*[.)]\s|\d{1,2}\.\d{1,2}\s)"
)
_SUB_BULLET = re.compile(r"\s*[+•]")
_ENDS = (".", ";", ":", "!", "?", ")")


def _lines(text: str) -> list[str]:
    """Lines, with those that only wrap the one before joined to it."""
    joined: list[str] = []
    for line in (line.strip() for line in text.split("\n")):
        if not line:
            continue
        wraps = joined and not _BULLET.match(line) and not joined[-1].endswith(_ENDS) and line[:1].islower()
        if wraps:
            joined[-1] = f"{joined[-1]} {line}"
        else:
            joined.append(line)
    return joined


def _grouped(lines: list[str], starts: re.Pattern[str]) -> list[str]:
    """Lines gathered under those that start a group."""
    groups: list[str] = []
    for line in lines:
        if groups and not starts.match(line):
            groups[-1] = f"{groups[-1]}\n{line}"
        else:
            groups.append(line)
    return groups


def paragraphs(text: str) -> tuple[str, ...]:
    """The paragraphs of a long field; sub-points stay with the point they belong to."""
    cleaned = field(text)
    lines = _lines(_STEP.sub(r"\n\1", cleaned))
    if sum(1 for line in lines if _STEP_START.match(line)) >= 2:
        found = _grouped(lines, _STEP_START)
    else:
        found = _grouped(lines, re.compile(rf"(?!{_SUB_BULLET.pattern})"))
    return tuple(part for part in found if not is_empty(part))


def results(text: str) -> tuple[str, ...]:
    """Results, cut at their codes (`Mã: KQ.G01.000094`), without the keywords the page puts behind them."""
    body = re.split(r"Từ khóa(?=.*Mô tả)|Từ khóa$", text, maxsplit=1, flags=re.DOTALL)[0]
    parts = _RESULT_CODE.split(body)
    cleaned = (
        re.sub(r"^[\s\-–+*•.;,]+", "", re.sub(r"\s+", " ", field(part))).rstrip(" ;,:") for part in parts
    )
    return tuple(dict.fromkeys(part for part in cleaned if part and not is_empty(part)))


def related(text: str) -> tuple[str, ...]:
    """Titles of related procedures: `#Tên thủ tục1Hướng dẫn…#1Tên thủ tục…` repeats each of them."""
    body = clean(text)
    if is_empty(body) or "#Tên thủ tục" not in body:
        return ()
    rows = re.split(r"\d+(?=[^\W\d_])", body.removeprefix("#Tên thủ tục").split("#")[0])
    return tuple(dict.fromkeys(row.strip() for row in rows if row.strip()))
