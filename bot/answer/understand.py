"""What the person wants: a button or number chosen, an aspect, an area, or the procedure of the turn before."""

from __future__ import annotations

import re
from typing import Any, Protocol

from bot.answer.aspects import find_aspects
from bot.answer.context import Turn
from bot.answer.followup import (
    SHORT,
    bare_figure,
    goes_on_with,
    own_words,
    picked,
    points_back,
    spared,
    supposes,
)
from bot.answer.phrases import Phrases, spoken
from bot.answer.sisters import circumstances
from bot.answer.story import asking
from bot.answer.times import says_now, time_asked
from knowledge.gazetteer import Naming
from knowledge.periods import Period
from knowledge.text.acts import cues
from knowledge.text.corrections import takes_back

TAKEN_BACK = {"deny", "correct", "affirm", "cancel"}  # "không, ý tôi là đổi sổ" asks, whatever it looks like
COURTESY = {
    "greet",
    "thanks",
    "goodbye",
}  # beside a question about the procedure at hand: "ok cảm ơn, phí sao"
FOR_TALK = {
    "deny",
    "affirm",
    "chitchat",
    "capability",
    "skip",
    "correct",
}  # nothing, where it names nothing else
REPORTS = frozenset({"report_word", "want_report", "new_report"})  # families of words of `act_cues.yml`
_CODE = re.compile(r"(?<![\d.])(\d\.\d{6})(?!\d)")
_PLAN = Phrases(
    (
        "kế hoạch", "tuyên truyền", "cải cách hành chính", "cchc", "đối thoại", "chủ đề", "phát động thi đua",
        "thi đua", "chỉ tiêu", "par index", "sipas", "papi", "pci", "tin bài", "truyền thanh", "phát thanh",
        "chatbot", "màn hình led", "nghị quyết", "chỉ thị", "phân công", "chủ trì", "phối hợp", "văn bản số",
        "đơn vị nào chủ trì", "báo cáo định kỳ", "cuộc thi tìm hiểu", "pano", "áp phích", "khẩu hiệu",
        "chuyên trang", "chuyên mục", "phóng sự", "kinh phí", "người ký", "sửa đổi bởi nghị định",
        "phương châm", "06 rõ", "6 rõ", "chuyển đổi số quốc gia", "tập huấn", "khảo sát hài lòng",
    )
)  # fmt: skip


class AreaFinder(Protocol):
    """`knowledge.areas.Areas`."""

    def find(self, text: str) -> str | None: ...

    def elsewhere(self, text: str) -> Naming | None: ...


class ActGuesser(Protocol):
    """`knowledge.text.acts.ActClassifier`."""

    def predict(self, text: str) -> tuple[str, float]: ...


class Understand:
    """Fills act, aspects, area and a chosen procedure. Decides nothing about which record is right."""

    def __init__(self, areas: AreaFinder, acts: ActGuesser | None) -> None:
        self._areas = areas
        self._acts = acts

    def __call__(self, turn: Turn) -> None:
        question = turn.question
        turn.asked = " ".join(asking(turn.text))
        said = find_aspects(turn.asked) or find_aspects(turn.text)
        turn.aspects = said or goes_on_with(turn.text, question.context)
        turn.aspects = [*bare_figure(turn.asked, turn.aspects, question.context), *turn.aspects]
        if spared(turn.text, question.context):
            turn.aspects = ["fee"]
        elsewhere = self._areas.elsewhere(turn.text)
        turn.elsewhere = elsewhere is not None
        turn.area = elsewhere.slug if elsewhere else self._area(turn)
        turn.context = {k: v for k, v in question.context.items() if k in {"procedure", "aspect", "recent"}}
        turn.about_plan = bool(_PLAN.find(spoken(turn.text)))
        turn.period = time_asked(turn.text, turn.today, bare_year=turn.about_plan)
        turn.context["area"] = turn.area
        self._choice(turn)
        turn.act = self._act(turn)

    def _area(self, turn: Turn) -> str:
        """The served area named in the question, if any; else the conversation's."""
        asked = turn.question.area or str(turn.question.context.get("area", ""))
        named = self._areas.find(turn.text)
        if named and not asked.startswith(named):
            return named
        return asked

    def _choice(self, turn: Turn) -> None:
        payload = turn.question.payload
        if payload.startswith("#MC:PROC:"):
            turn.chosen = payload.removeprefix("#MC:PROC:")
            turn.aspects = turn.aspects or _last_aspects(turn.question.context)
        elif payload.startswith("#MC:ASK:"):
            turn.chosen, _, aspect = payload.removeprefix("#MC:ASK:").partition(":")
            turn.aspects = [aspect] if aspect else []
        elif code := _CODE.search(turn.text):
            turn.chosen = turn.code_typed = code.group(1)
        elif option := picked(turn.text, list(turn.question.context.get("choices") or [])):
            turn.chosen = option
            turn.aspects = turn.aspects or _last_aspects(turn.question.context)
        if "|" in turn.chosen:
            turn.levels, turn.chosen = turn.chosen.split("|"), ""

    def _act(self, turn: Turn) -> str:
        if turn.chosen or turn.levels:
            return "ask"
        act = turn.question.act or (self._acts.predict(turn.text)[0] if self._acts else "ask")
        if self._goes_on(turn, act):
            return "ask"
        return "ask" if act in TAKEN_BACK and takes_back(turn.text) else act

    def _goes_on(self, turn: Turn, act: str) -> bool:
        """Whether what looks like another act asks something of the procedure that is spoken of: "mấy hôm xong"."""
        context = turn.question.context
        talked_of = bool(context.get("procedure"))
        open_question = talked_of or bool(context.get("choices"))
        if act in COURTESY:
            return talked_of and bool(turn.aspects)
        if act in FOR_TALK:
            asks = bool(turn.aspects) and not own_words(turn.text)
            return open_question and (asks or bool(circumstances(turn.text)))
        if act == "report" and talked_of and supposes(turn.text):
            return True
        asks = bool(turn.aspects) or len(turn.text.split()) <= SHORT
        return act == "report" and open_question and asks and not _tells_trouble(turn.text)


def carried_period(turn: Turn) -> Period | None:
    """The time a message about the procedure before is about: the one it says, else that of the turn before."""
    kept = turn.question.context.get("period")
    if turn.period is not None or not isinstance(kept, str) or says_now(turn.text):
        return turn.period
    return Period.from_text(kept)


def _tells_trouble(text: str) -> bool:
    """Whether a message speaks of a report, or of trouble that is not a paper's: "thẻ hỏng" is none."""
    found = set(cues(text))
    return bool(found & REPORTS) or (
        "group:trouble" in found and "group:paper" not in found and not points_back(text)
    )


def _last_aspects(context: dict[str, Any]) -> list[str]:
    aspect = context.get("aspect")
    return [str(aspect)] if aspect else []
