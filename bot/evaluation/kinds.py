"""The five kinds of evaluation file, and when a line counts as right (docs/quality.md gives the format)."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any

from pydantic import BaseModel

from bot.answer.reply import Reply
from bot.evaluation import causes
from bot.evaluation.ask import Asker
from bot.evaluation.causes import ABSTAINED, ANSWERED, Line
from bot.evaluation.metrics import rank_of

# A sum or a length of time: what a reply that only asks back must not state.
_CLAIM = re.compile(r"\d[\d.,]*\s*(?:đồng|ngày|giờ|tháng|năm|USD|%)", re.I)


class Case(BaseModel):
    """One question put and judged. Fields that do not apply to the kind stay None; `cause` is "" unless it missed."""

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
    code: str = ""  # the first that is right
    first: str = ""  # the procedure that stood first
    cause: str = ""

    @property
    def missed(self) -> bool:
        """Another record first, a fact not told, a refusal where none was due, or none where one was."""
        refused = self.ranked and self.status not in ANSWERED and self.status != "clarify"
        return (self.ranked and self.rank != 0) or self.facts is False or self.right is False or refused


def facts_hold(line: Line, text: str) -> bool:
    """Every `facts` pattern is in the text and no `forbid` pattern is."""
    clean = unicodedata.normalize("NFC", text)
    found = all(re.search(pattern, clean, re.I) for pattern in line.get("facts") or [])
    return found and not any(re.search(pattern, clean, re.I) for pattern in line.get("forbid") or [])


def _case(line: Line, reply: Reply, started: float, **more: Any) -> Case:  # noqa: ANN401 - fields of Case
    codes = line.get("codes") or [""]
    return Case(
        id=line["id"], q=line["q"], style=line.get("style", ""), status=reply.status, text=reply.text,
        answered=reply.status in ANSWERED, confidence=reply.candidates[0].score if reply.candidates else 0.0,
        milliseconds=round((time.perf_counter() - started) * 1000, 1), code=codes[0], first=_first(reply), **more,
    )  # fmt: skip


def _with_cause(case: Case, find: Callable[[], str]) -> Case:
    return case.model_copy(update={"cause": find()}) if case.missed else case


def _ask(asker: Asker, text: str) -> tuple[Reply, float]:
    started = time.perf_counter()
    return asker.ask(text), started


def _found(reply: Reply) -> list[str]:
    found = [candidate.code for candidate in reply.candidates]
    return found or ([reply.procedure.code] if reply.procedure else [])


def _first(reply: Reply) -> str:
    return next(iter(_found(reply)), "")


def told_of(reply: Reply, codes: list[str]) -> bool:
    """Whether the reply speaks of one of these records: a fact of another record is no fact of this one."""
    spoke = {source.code for source in reply.sources} | {reply.procedure.code if reply.procedure else ""}
    return not spoke.isdisjoint(codes)


def procedures(lines: Iterable[Line], asker: Asker) -> list[Case]:
    return [_procedure(line, asker) for line in lines]


def _procedure(line: Line, asker: Asker) -> Case:
    asker.start(line.get("area", ""))
    reply, started = _ask(asker, line["q"])
    rank = rank_of(_found(reply), line["codes"])
    wanted = bool(line.get("facts") or line.get("forbid"))
    spoken = rank == 0 or told_of(reply, line["codes"])
    facts = facts_hold(line, reply.text) and spoken if wanted else None
    case = _case(line, reply, started, rank=rank, ranked=True, facts=facts)
    return _with_cause(case, lambda: causes.of_procedure(line, reply, rank=rank))


def dialogues(lines: Iterable[Line], asker: Asker) -> list[Case]:
    """One case a turn: right when the procedure is right and the facts hold, or when it asks back as wanted."""
    cases = []
    for line in lines:
        asker.start(line.get("area", ""))
        for number, turn in enumerate(line["turns"], 1):
            cases.append(_turn({**turn, "id": f"{line['id']}.{number}"}, asker, number=number))
    return cases


def _turn(turn: Line, asker: Asker, *, number: int) -> Case:
    reply, started = _ask(asker, turn["q"])
    if turn.get("clarify"):
        right = reply.status == "clarify"
    else:
        spoke = reply.procedure.code if reply.procedure else ""
        right = (spoke in turn["codes"] or not turn["codes"]) and facts_hold(turn, reply.text)
    case = _case(turn, reply, started, right=right)
    return _with_cause(case, lambda: causes.of_turn(turn, reply, number=number))


def plans(lines: Iterable[Line], asker: Asker) -> list[Case]:
    return [_plan(line, asker) for line in lines]


def _plan(line: Line, asker: Asker) -> Case:
    asker.start(line.get("area", ""))
    reply, started = _ask(asker, line["q"])
    if line.get("expect"):
        right = meets(line["expect"], reply)
    else:  # a refusal may name the document, and with it the words asked for
        right = reply.status not in ABSTAINED and facts_hold(line, reply.text)
    case = _case(line, reply, started, right=right, expected=line.get("expect", "facts"))
    return _with_cause(case, lambda: causes.of_plan(line, reply))


def traps(lines: Iterable[Line], asker: Asker) -> list[Case]:
    return [_trap(line, asker) for line in lines]


def _trap(line: Line, asker: Asker) -> Case:
    asker.start(line.get("area", ""))
    reply, started = _ask(asker, line["q"])
    right = _answers(line, reply) if line["expect"] == "answer" else meets(line["expect"], reply)
    case = _case(line, reply, started, right=right, expected=line["expect"])
    return _with_cause(case, lambda: causes.of_trap(line, reply))


def _answers(line: Line, reply: Reply) -> bool:
    """Whether what only sounds like a trap is answered as any question is."""
    of_it = reply.procedure is not None and reply.procedure.code in line["codes"]
    return of_it and reply.status not in ABSTAINED and facts_hold(line, reply.text)


def portal_faq(lines: Iterable[Line], asker: Asker) -> list[Case]:
    """Each question twice: as written, and without diacritics (style `nodiac`)."""
    return [
        _faq({**line, "q": text, "style": style}, asker)
        for line in lines
        for style, text in (("", line["q"]), ("nodiac", line.get("q_nodiac", "")))
        if text
    ]


def _faq(line: Line, asker: Asker) -> Case:
    asker.start(line.get("area", ""))
    reply, started = _ask(asker, line["q"])
    unanswerable = line["answerable"] == "no"
    rank = None if unanswerable else rank_of(_found(reply), line["codes"])
    right = meets("abstain", reply) if unanswerable else None
    case = _case(
        line, reply, started, rank=rank, ranked=not unanswerable, right=right, expected=line["answerable"]
    )
    return _with_cause(case, lambda: causes.of_faq(line, reply, rank=rank))


def meets(expect: str, reply: Reply) -> bool:
    """Whether the reply does what a trap or an unanswerable question calls for."""
    if expect == "abstain":
        return reply.status in ABSTAINED or (reply.status == "clarify" and not claims(reply))
    if expect == "feedback":
        return reply.status in {"report_started", "report_filed"}
    return reply.status == expect


def claims(reply: Reply) -> bool:
    """Whether a reply states a sum or a length of time, outside the titles it offers."""
    text = reply.text
    for title in [*(choice.title for choice in reply.choices), *(one.title for one in reply.candidates)]:
        text = text.replace(title, " ") if title else text
    return bool(_CLAIM.search(text))


KINDS: dict[str, Callable[[Iterable[Line], Asker], list[Case]]] = {
    "procedures": procedures,
    "dialogues": dialogues,
    "plans": plans,
    "traps": traps,
    "portal_faq": portal_faq,
}
