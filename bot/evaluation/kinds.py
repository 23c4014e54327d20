"""The five kinds of evaluation file, and when a line counts as right (docs/quality.md gives the format)."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import BaseModel

from bot.answer.reply import Reply
from bot.evaluation.ask import Asker
from bot.evaluation.metrics import rank_of

Line = dict[str, Any]
ABSTAINED = {"no_information", "out_of_scope", "out_of_area"}
ANSWERED = {"answered", "partial"}


class Case(BaseModel):
    """One question put and judged. Fields that do not apply to the kind stay None."""

    id: str
    q: str
    style: str = ""
    status: str = ""
    text: str = ""
    expected: str = ""
    rank: int | None = None
    ranked: bool = False
    facts: bool | None = None
    answered: bool = False
    right: bool | None = None
    confidence: float = 0.0
    milliseconds: float = 0.0


def facts_hold(line: Line, text: str) -> bool:
    """Every `facts` pattern is in the text and no `forbid` pattern is."""
    clean = unicodedata.normalize("NFC", text)
    found = all(re.search(pattern, clean, re.I) for pattern in line.get("facts") or [])
    return found and not any(re.search(pattern, clean, re.I) for pattern in line.get("forbid") or [])


def _case(line: Line, reply: Reply, started: float, **more: Any) -> Case:  # noqa: ANN401 - fields of Case
    return Case(
        id=line["id"], q=line["q"], style=line.get("style", ""), status=reply.status, text=reply.text,
        answered=reply.status in ANSWERED, confidence=reply.candidates[0].score if reply.candidates else 0.0,
        milliseconds=round((time.perf_counter() - started) * 1000, 1), **more,
    )  # fmt: skip


def _ask(asker: Asker, text: str) -> tuple[Reply, float]:
    started = time.perf_counter()
    return asker.ask(text), started


def _rank(reply: Reply, codes: list[str]) -> int | None:
    found = [candidate.code for candidate in reply.candidates]
    if not found and reply.procedure:
        found = [reply.procedure.code]
    return rank_of(found, codes)


def procedures(lines: Iterable[Line], asker: Asker) -> list[Case]:
    cases = []
    for line in lines:
        asker.start(line.get("area", ""))
        reply, started = _ask(asker, line["q"])
        wanted = bool(line.get("facts") or line.get("forbid"))
        facts = facts_hold(line, reply.text) if wanted else None
        cases.append(_case(line, reply, started, rank=_rank(reply, line["codes"]), ranked=True, facts=facts))
    return cases


def dialogues(lines: Iterable[Line], asker: Asker) -> list[Case]:
    """One case a turn: right when the procedure is right and the facts hold, or when it asks back as wanted."""
    cases = []
    for line in lines:
        asker.start(line.get("area", ""))
        for number, turn in enumerate(line["turns"], 1):
            reply, started = _ask(asker, turn["q"])
            said = {**turn, "id": f"{line['id']}.{number}"}
            if turn.get("clarify"):
                right = reply.status == "clarify"
            else:
                spoke = reply.procedure.code if reply.procedure else ""
                right = (spoke in turn["codes"] or not turn["codes"]) and facts_hold(turn, reply.text)
            cases.append(_case(said, reply, started, right=right))
    return cases


def plans(lines: Iterable[Line], asker: Asker) -> list[Case]:
    cases = []
    for line in lines:
        asker.start(line.get("area", ""))
        reply, started = _ask(asker, line["q"])
        right = meets(line["expect"], reply) if line.get("expect") else facts_hold(line, reply.text)
        cases.append(_case(line, reply, started, right=right, expected=line.get("expect", "facts")))
    return cases


def traps(lines: Iterable[Line], asker: Asker) -> list[Case]:
    cases = []
    for line in lines:
        asker.start(line.get("area", ""))
        reply, started = _ask(asker, line["q"])
        cases.append(_case(line, reply, started, right=meets(line["expect"], reply), expected=line["expect"]))
    return cases


def portal_faq(lines: Iterable[Line], asker: Asker) -> list[Case]:
    """Each question twice: as written, and without diacritics (style `nodiac`)."""
    cases = []
    for line in lines:
        for style, text in (("", line["q"]), ("nodiac", line.get("q_nodiac", ""))):
            if not text:
                continue
            asker.start(line.get("area", ""))
            reply, started = _ask(asker, text)
            unanswerable = line["answerable"] == "no"
            cases.append(
                _case(
                    {**line, "q": text, "style": style},
                    reply,
                    started,
                    rank=None if unanswerable else _rank(reply, line["codes"]),
                    ranked=not unanswerable,
                    right=meets("abstain", reply) if unanswerable else None,
                    expected=line["answerable"],
                )  # fmt: skip
            )
    return cases


def meets(expect: str, reply: Reply) -> bool:
    """Whether the reply does what a trap or an unanswerable question calls for."""
    if expect == "abstain":
        return reply.status in ABSTAINED or reply.status == "clarify"
    if expect == "feedback":
        return reply.status in {"report_started", "report_filed"}
    return reply.status == expect


KINDS: dict[str, Callable[[Iterable[Line], Asker], list[Case]]] = {
    "procedures": procedures,
    "dialogues": dialogues,
    "plans": plans,
    "traps": traps,
    "portal_faq": portal_faq,
}
