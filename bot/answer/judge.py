"""Answer, ask back, or say no: decided from how sure the rankings are, by thresholds in the manifest."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from bot.answer.aspects import content
from bot.answer.compose.fields import title_of
from bot.answer.context import Turn
from bot.answer.messages import message
from bot.answer.reply import Choice
from index.search import Ranking, Search
from knowledge.documents import Procedure

PLAN_BONUS = 0.15  # a question that speaks of plans is a plan question unless a procedure fits far better
GUIDE_LEAD = 0.1  # a general guide speaks only when it is clearly nearer than any procedure
HARDLY = 0.05  # confidence below which nothing near was found, so there is nothing to choose from
CERTAIN = 0.9  # of a guide, when the question names nothing
FEW_WORDS = 5  # below which a question that names nothing is only half a question
MAX_CHOICES = 4
NEAR = 0.86  # share of the best score at which another procedure is as likely
SURE = 0.75  # confidence at which even two words say enough
VAGUE = 2  # content words up to which a question names a kind of paper, not a procedure
PORTAL = "https://dichvucong.gov.vn/tim-kiem-thu-tuc-hanh-chinh"


_VARIANT = re.compile(r"\s*\((?:thực hiện|áp dụng|cấp|tại|đối với)[^)]*\)", re.IGNORECASE)


def base_title(title: str) -> str:
    """A title without the level or place it is carried out at: three levels are one thing to a citizen."""
    return _VARIANT.sub("", title).strip().lower()


def next_steps() -> list[Choice]:
    """The other ways offered with every "no"."""
    return [
        Choice(title=message("portal_choice"), url=PORTAL),
        Choice(title=message("handover_choice"), payload="#MC:HANDOVER"),
        Choice(title=message("report_choice"), payload="#MC:REPORT"),
    ]


def say_no(turn: Turn) -> None:
    """Nothing here answers: said, with the other ways."""
    turn.stop("no_information", f"{message('no_information')} {message('no_information_next')}", next_steps())


def ask_which(turn: Turn, text: str, records: Sequence[Procedure]) -> None:
    """Ask back with a numbered list; the codes are kept, so that a typed number or "no" is understood."""
    shown = records[:MAX_CHOICES]
    turn.context.update(choices=[record.key for record in shown], aspect=(turn.aspects or [""])[0])
    turn.context.pop("procedure", None)
    numbered = "\n".join(f"{n}. {title_of(record)}" for n, record in enumerate(shown, 1))
    choices = [Choice(title=title_of(r)[:100], payload=f"#MC:PROC:{r.code}") for r in shown]
    turn.stop("clarify", f"{text}\n{numbered}", choices)


class Judge:
    def __init__(self, search: Search) -> None:
        self._search = search
        self._thresholds: Mapping[str, Mapping[str, float]] = search.snapshot.manifest.confidence

    def __call__(self, turn: Turn) -> None:
        if turn.procedure is not None:
            return
        if turn.about_plan and turn.elsewhere:
            turn.stop("out_of_area", message("out_of_area"), next_steps())
            return
        if turn.about_plan and self._search.unknown_year(turn.text):
            turn.stop("no_information", message("no_plan_of_year"), next_steps())
            return
        if not turn.about_plan and not content(turn.text):
            self._nothing_named(turn)
            return
        procedures = turn.procedures.confidence
        passages = turn.passages.confidence + (PLAN_BONUS if turn.about_plan else 0.0)
        if not turn.about_plan and procedures >= HARDLY and self._vague(turn):
            self._clarify(turn, message("clarify_what"))
        elif passages >= self._at("passages", "answer") and self._passage_wins(turn, passages):
            turn.passage = turn.passages.best
        elif procedures >= self._at("procedures", "answer"):
            turn.procedure = self._record(turn.procedures)
        elif procedures >= self._at("procedures", "clarify"):
            self._clarify(turn, message("clarify"))
        else:
            self._refuse(turn)

    def _nothing_named(self, turn: Turn) -> None:
        """Ask which procedure, for "mấy ngày có?" with none at hand. A general guide may still know."""
        codes: list[str] = list(turn.question.context.get("choices") or [])
        offered = [self._search.snapshot.records.procedure(code) for code in codes]
        if records := [record for record in offered if record]:
            ask_which(turn, message("clarify"), records)
        elif turn.passages.confidence >= CERTAIN and len(turn.folded.split()) >= FEW_WORDS:
            turn.passage = turn.passages.best
        else:
            turn.stop("clarify", message("which_procedure"), next_steps())

    def _passage_wins(self, turn: Turn, passages: float) -> bool:
        if turn.about_plan:
            return True
        sure = turn.procedures.confidence >= self._at("procedures", "answer")
        return not sure and passages > turn.procedures.confidence + GUIDE_LEAD

    def _at(self, name: str, threshold: str) -> float:
        return float(self._thresholds[name][threshold])

    def _record(self, ranking: Ranking) -> Procedure | None:
        return self._search.snapshot.records.procedure(ranking.hits[0].id) if ranking.hits else None

    def _vague(self, turn: Turn) -> bool:
        """Few words and many equals: "đăng ký làm sao" could be any of a dozen procedures."""
        hits = turn.procedures.hits
        near = {base_title(hit.title) for hit in hits if hit.score >= NEAR * hits[0].score}
        words = len(content(turn.text).split())
        unsure = words <= 1 or turn.procedures.confidence < SURE
        return 0 < words <= VAGUE and unsure and len(near) >= 3

    def _clarify(self, turn: Turn, text: str) -> None:
        found = [self._search.snapshot.records.procedure(hit.id) for hit in turn.procedures.hits]
        ask_which(turn, text, [record for record in found if record])

    def _refuse(self, turn: Turn) -> None:
        if not turn.procedures.hits or turn.procedures.evidence.body_coverage < 0.45:
            turn.stop("out_of_scope", message("out_of_scope"), next_steps())
        else:
            say_no(turn)
