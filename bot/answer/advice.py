"""Questions that no procedure's record answers, however near one is: fines, meanings, disputes, one's own file.

Two of three questions that people send to a portal are of these kinds. Each is refused with its own reason and its
own way on, and the nearest procedure is offered as a button, never told as if it were the answer.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from bot.answer.compose.fields import title_of
from bot.answer.compose.standing import holds_today
from bot.answer.context import Turn
from bot.answer.judge import ask_which, base_title, next_steps
from bot.answer.messages import message
from bot.answer.misfit import takes
from bot.answer.phrases import spelled, spoken
from bot.answer.reply import Choice
from index.elsewhere import Elsewhere
from index.search import Search
from knowledge.gazetteer import gazetteer

OFFERED = 2  # procedures offered beside a refusal
NEAR_ENOUGH = 0.2  # confidence from which the nearest procedure is worth offering, as a button only
LOOKED_AT = 3  # procedures, one of which must take what is asked
OFFER_NOTHING = frozenset({"illegal", "abroad", "act_for", "plan_outcome", "rate"})
OF_EITHER = frozenset({"act_for", "plan_outcome"})  # asked of plans too
_SUM = re.compile(r"\d[\d.,]*\s*(?:nghìn|triệu|tỷ|tỉ)?\s*(?:đồng|triệu|tỷ|tỉ)\b")
_FILE = Path(__file__).with_name("advice.yml")


@dataclass(frozen=True)
class _Kind:
    name: str
    hits: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    always: tuple[re.Pattern[str], ...]
    unsure: bool = False  # refused only where no procedure surely answers
    plan: bool = False  # asked of plans, and of nothing else
    story: bool = False  # `unless` is looked for in the whole message, not only in what asks

    def matches(self, said: str, whole: str) -> bool:
        if any(p.search(said) for p in self.always):
            return True
        told = whole if self.story else said
        return any(p.search(said) for p in self.hits) and not any(p.search(told) for p in self.unless)


@cache
def kinds() -> tuple[_Kind, ...]:
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    lands = loaded.pop("lands")

    def compiled(patterns: list[str]) -> tuple[re.Pattern[str], ...]:
        for name, listed in lands.items():
            patterns = [pattern.replace(f"{{{name}}}", listed) for pattern in patterns]
        return tuple(re.compile(spelled(pattern)) for pattern in patterns)

    return tuple(
        _Kind(
            name,
            compiled(rule["any"]),
            compiled(rule.get("unless", [])),
            compiled(rule.get("always", [])),
            unsure=rule.get("unsure", False),
            plan=rule.get("plan", False),
            story=rule.get("story", False),
        )
        for name, rule in loaded.items()
    )


def advice_kind(text: str, *, sure: bool = True, plan: bool = False, whole: str = "") -> str:
    """The kind of advice `text` asks for; "" when a record may answer it, as when one is `sure` to.

    Of a `plan` only what no plan tells is advice. `whole` is the message that `text` is the asking part of.
    """
    said, told = spoken(text), spoken(whole or text)
    asked = (kind for kind in kinds() if kind.plan == plan or kind.name in OF_EITHER)
    return next((kind.name for kind in asked if kind.matches(said, told) and not (kind.unsure and sure)), "")


def decline(turn: Turn) -> None:
    """What would have an officer or a lawyer played is no report and no small talk, whatever it looks like."""
    if turn.act != "ask" and not turn.question.payload and advice_kind(turn.text) == "act_for":
        turn.stop("no_information", message("advice_act_for"), next_steps())


class Advise:
    """Refuses what no record answers, before a procedure is chosen for it."""

    def __init__(self, search: Search) -> None:
        self._search = search
        self._elsewhere = Elsewhere(search)
        self._thresholds = search.snapshot.manifest.confidence["procedures"]

    def __call__(self, turn: Turn) -> None:
        if turn.question.payload or turn.levels:
            return
        if turn.about_plan:
            self._refuse_of_plan(turn)
            return
        if turn.code_typed and turn.procedure is None:
            turn.stop("no_information", message("unknown_code", code=turn.code_typed), next_steps())
            return
        sure = turn.procedures.confidence >= self._thresholds["answer"]
        kind = advice_kind(turn.asked or turn.text, sure=sure, whole=turn.text)
        if kind == "own_file":
            turn.stop("no_information", message("advice_own_file"), next_steps())
        elif kind and turn.procedure is None:
            self._refuse(
                turn, message(f"advice_{kind}"), self._nearest(turn) if kind not in OFFER_NOTHING else []
            )
        elif turn.procedure is None and not self._held_elsewhere(turn) and self._near(turn):
            self._refuse_misfit(turn)

    def _near(self, turn: Turn) -> bool:
        return turn.procedures.confidence >= float(self._thresholds["clarify"])

    def _held_elsewhere(self, turn: Turn) -> bool:
        """Whether a procedure is meant that only another place's records hold: said, with nothing of its content."""
        key = self._elsewhere.meant(turn.asked or turn.text, area=turn.area, day=turn.today)
        record = self._search.snapshot.records.procedure(key) if key else None
        if record is None:
            return False
        place = gazetteer().by_slug.get(record.area)
        if record.listed_only or place is None:
            turn.procedure = record
        else:
            which = "held_elsewhere" if holds_today(turn, record) else "held_elsewhere_before"
            turn.stop("no_information", message(which, title=title_of(record), area=place.name), next_steps())
        return True

    def _refuse_of_plan(self, turn: Turn) -> None:
        kind = advice_kind(turn.asked or turn.text, plan=True)
        if kind and not (kind == "plan_sum" and self._plans_state_sums(turn)):
            turn.stop("no_information", message(f"advice_{kind}"), next_steps())

    def _plans_state_sums(self, turn: Turn) -> bool:
        """Whether any of the plans that were found states a sum of money at all."""
        ids = {hit.id.split(":")[1] for hit in turn.passages.hits if not hit.id.startswith("guide:")}
        plans = (self._search.snapshot.records.plan(one) for one in ids)
        return any(_SUM.search(plan.model_dump_json()) for plan in plans if plan)

    def _refuse(self, turn: Turn, why: str, offered: list[Choice]) -> None:
        lines = [why, *([message("advice_offer")] if offered else [])]
        turn.stop("no_information", "\n".join(lines), [*offered, *next_steps()])

    def _refuse_misfit(self, turn: Turn) -> None:
        """No procedure does what is asked, or another than the first: that is asked back."""
        hits = turn.procedures.hits[:LOOKED_AT]
        taken = takes(self._search, turn.asked or turn.text, [hit.row for hit in hits])
        if not any(taken):
            self._refuse(turn, message("not_this_procedure"), self._nearest(turn))
        elif not taken[0]:
            found = [self._search.snapshot.records.procedure(hit.id) for hit in hits]
            ask_which(turn, message("clarify"), [one for one in found if one])

    def _nearest(self, turn: Turn) -> list[Choice]:
        if turn.procedures.confidence < NEAR_ENOUGH:
            return []
        found = [self._search.snapshot.records.procedure(hit.id) for hit in turn.procedures.hits]
        by_title = {base_title(title_of(one)): one for one in reversed(found) if one is not None}
        nearest = list(reversed(by_title.values()))[:OFFERED]
        return [Choice(title=title_of(one)[:100], payload=f"#MC:PROC:{one.code}") for one in nearest]
