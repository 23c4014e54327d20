"""Acts that are not questions: greetings, a yes or no to choices offered, a report, an officer asked for."""

from __future__ import annotations

from bot.answer.context import Turn
from bot.answer.judge import ask_which, flat, next_steps
from bot.answer.messages import message
from bot.answer.reply import Choice
from index.search import Search

TALK = {"greet", "thanks", "goodbye", "capability", "affirm", "deny", "cancel", "correct", "skip"}


class AnswerAct:
    """Gives acts that are not questions their fixed reply; everything else is searched."""

    def __init__(self, search: Search) -> None:
        self._search = search

    def __call__(self, turn: Turn) -> None:
        offered = list(turn.question.context.get("choices") or [])
        if turn.act == "report":
            turn.stop("report_started", message("report_started"), [_report_choice()])
        elif turn.act == "handover":
            turn.stop("handed_over", message("talk.handover"), [*next_steps()[:1], _report_choice()])
        elif turn.act == "chitchat":
            turn.stop("out_of_scope", message("out_of_scope"))
        elif turn.act == "affirm" and offered:
            self._which(turn, offered)
        elif turn.act == "deny" and offered:
            turn.stop("no_information", message("not_this_procedure"), next_steps())
        elif turn.act in TALK:
            turn.stop("smalltalk", message(f"talk.{turn.act}"))

    def _which(self, turn: Turn, offered: list[str]) -> None:
        """A "yes" to one choice takes it; a "yes" to several does not say which."""
        search, area, day, period = self._search, turn.area, turn.today, turn.period
        keys = [search.held(code, area=area, day=day, period=period) or code for code in flat(offered)]
        found = [search.snapshot.records.procedure(key) for key in keys]
        records = [record for record in found if record]
        turn.aspects = turn.aspects or [str(turn.question.context.get("aspect") or "overview")]
        if len(records) == 1:
            turn.chosen = records[0].code
        elif records:
            ask_which(turn, message("clarify"), records)


def _report_choice() -> Choice:
    return Choice(title=message("report_choice"), payload="#MC:REPORT")
