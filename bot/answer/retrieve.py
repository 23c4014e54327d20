"""Which records could answer: procedures and passages ranked, the procedure of the turn before carried over."""

from __future__ import annotations

from bot.answer.cases import cases_said
from bot.answer.context import Turn
from bot.answer.differences import words_of_choices
from bot.answer.focus import Focus
from bot.answer.followup import in_cases, in_fees, named, own_words, without_done, without_meanwhile
from bot.answer.sisters import Sisters
from bot.answer.steering import goes_back, points_at_other, without_steering
from bot.answer.story import views
from bot.answer.times import without_time
from bot.answer.together import together
from bot.answer.understand import carried_period
from index.search import Ranking, Search, code_of
from knowledge.documents import Procedure, area_covers
from knowledge.periods import of_today
from knowledge.text.corrections import corrected


class Retrieve:
    def __init__(self, search: Search) -> None:
        self._search = search
        self._focus = Focus(search)
        self._sisters = Sisters(search)

    def __call__(self, turn: Turn) -> None:
        turn.query = without_steering(corrected(turn.text))
        if turn.levels:
            turn.period = carried_period(turn)
            return
        if turn.chosen and self._take(turn, turn.chosen):
            return
        if (choice := self._choice_named(turn)) and self._take(turn, choice):
            return
        before = str(turn.context.get("procedure", ""))
        spoken_of = self._search.snapshot.records.procedure(before) if before else None
        field = spoken_of.field if spoken_of else ""
        if spoken_of:
            turn.query = without_done(without_meanwhile(turn.query), spoken_of)
        search, area, day, period = self._search, turn.area, turn.today, turn.period
        asked = without_time(turn.query) if period else turn.query

        def rank(view: str) -> Ranking:
            return search.procedures(view, area=area, field=field, day=day, period=period)

        def held(code: str) -> str:
            return search.held(code, area=area, day=day, period=period)

        if (earlier := self._pointed_at(turn)) and self._take(turn, earlier):
            return
        if spoken_of and not own_words(turn.query) and not turn.about_plan:
            case = in_cases(asked, spoken_of)
            meant = "" if case else self._focus.sister_or_twin(turn, asked, spoken_of, rank)
            if case or meant:
                turn.aspects = turn.aspects or _aspects_before(turn)
            if self._take(
                turn, self._sisters.meant(turn.text, meant or before, self._title(meant or before))
            ):
                return
        turn.procedures = self._sisters.fitting(asked, together([rank(view) for view in views(asked)]), held)
        turn.passages = search.passages(turn.query, area=area, day=day, period=period)
        if returned := self._returned_to(turn):
            self._take(turn, returned)
        elif not turn.about_plan:
            about_fees = spoken_of and turn.aspects == ["fee"] and in_fees(turn.query, spoken_of)
            meant = before if about_fees else self._focus(turn, asked, spoken_of, rank)
            meant = (
                self._sisters.meant(turn.text, meant, self._title(meant))
                if meant
                else self._called(turn, before)
            )
            if meant and self._take(turn, meant) and meant != before:
                turn.aspects = turn.aspects or _aspects_before(turn)

    def _choice_named(self, turn: Turn) -> str:
        """The one of the choices just offered that a short message names."""
        offered = [str(one) for one in turn.question.context.get("choices") or [] if "|" not in str(one)]
        records = {one: self._search.snapshot.records.procedure(one) for one in offered}
        titles = words_of_choices({one: record for one, record in records.items() if record})
        choice = named(turn.text, titles) if len(titles) > 1 else ""
        if choice:
            turn.aspects = turn.aspects or [str(turn.question.context.get("aspect") or "overview")]
        return choice

    def _take(self, turn: Turn, key: str) -> Procedure | None:
        """Make it the turn's procedure: the record of its code that holds at the place and time asked about."""
        period = turn.period if self._shown_as_of_today(turn, key) else carried_period(turn)
        held = self._search.held(code_of(key), area=turn.area, day=turn.today, period=period)
        record = self._search.snapshot.records.procedure(held or key)
        if record is None or not (held or area_covers(record.area, turn.area)):
            return None
        turn.period, turn.procedure = period, record
        return record

    def _shown_as_of_today(self, turn: Turn, key: str) -> bool:
        """Whether a button under a reply asks for the record that holds today, whatever was spoken of before."""
        record = self._search.snapshot.records.procedure(key)
        button = turn.question.payload.startswith("#MC:ASK:")
        return button and record is not None and of_today(record.validity, turn.today, variant=record.variant)

    def _pointed_at(self, turn: Turn) -> str:
        """The procedure spoken of earlier that is pointed at without its name: "quay lại cái mất hồi nãy"."""
        recent = [str(key) for key in turn.context.get("recent") or []]
        if len(recent) < 2 or own_words(turn.query):
            return ""
        if goes_back(turn.text):
            cases = cases_said(turn.query)
            titles = {key: self._title(key) for key in recent}
            return next((key for key in recent if cases & cases_said(titles[key])), recent[1])
        return recent[1] if points_at_other(turn.text) else ""

    def _called(self, turn: Turn, before: str) -> str:
        """The sister of the one before that a circumstance told calls for: "còn lấy người Nhật thì sao"."""
        called = self._sisters.meant(turn.text, before, self._title(before)) if before else ""
        best = turn.procedures.best
        return called if called != before and best is not None and best.id == called else ""

    def _title(self, key: str) -> str:
        record = self._search.snapshot.records.procedure(key)
        return record.title if record else ""

    def _returned_to(self, turn: Turn) -> str:
        """The procedure spoken of earlier that a person who goes back means: the nearest of them."""
        if not goes_back(turn.text):
            return ""
        recent = {code_of(key) for key in turn.context.get("recent") or []}
        return next((hit.id for hit in turn.procedures.hits if hit.code in recent), "")


def _aspects_before(turn: Turn) -> list[str]:
    """What was asked of the procedure before is asked of its sister, or of the one chosen."""
    aspect = str(turn.question.context.get("aspect") or "")
    return [aspect] if aspect else []
