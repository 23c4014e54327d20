"""The compose step: which composer speaks, what is lacking, and the next useful buttons."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from datetime import date

from bot.answer.aspects import find_aspects
from bot.answer.compose.abolished import abolished_lines
from bot.answer.compose.closing import closing
from bot.answer.compose.excerpt import excerpts
from bot.answer.compose.fields import current_fees, shorten, title_of, validity_text
from bot.answer.compose.guesses import tell_guesses
from bot.answer.compose.issued import say_passage
from bot.answer.compose.procedure import ASPECTS, conditions
from bot.answer.compose.repeats import told_once, without_repeats
from bot.answer.compose.standing import (
    before,
    disagreeing,
    holds_today,
    listed_only,
    may_speak,
    old_only,
    plan_may_speak,
)
from bot.answer.compose.whether import whether
from bot.answer.context import Also, Turn
from bot.answer.judge import next_steps
from bot.answer.messages import message
from bot.answer.reply import Choice, Source
from bot.answer.twins import name_twins
from index.search import Hit, Search
from knowledge.documents import Procedure
from knowledge.guides import Guide

BUTTONS = ("documents", "time_limit", "fee", "where", "online", "form", "steps")
QUOTED = {
    "overview",
    "conditions",
    "steps",
    "deadline",
    "time_limit",
    "fee",
    "documents",
    "online",
    "payment",
}
_DISTRICT = re.compile(r"\b(cấp|UBND|Ủy ban nhân dân|Công an) huyện\b", re.IGNORECASE)
MAX_TITLE = 150
REMEMBERED = 6  # procedures a person may go back to


class Compose:
    def __init__(self, search: Search) -> None:
        self._search = search

    def __call__(self, turn: Turn) -> None:
        if turn.guesses:
            self._guesses(turn)
        elif turn.procedure is not None:
            self._procedure(turn, turn.procedure)
        elif turn.passage is not None:
            self._passage(turn, turn.passage)
            self._say_past_schedule(turn, turn.passage)

    def _guesses(self, turn: Turn) -> None:
        """The question which procedure is meant, with what the likeliest say; alone when they say nothing."""
        told = tell_guesses(turn)
        if turn.back is None or not told:
            turn.reply = turn.back
            return
        turn.status, turn.choices, turn.procedure = turn.back.status, turn.back.choices, told[0]
        turn.sources += [procedure_source(turn, record) for record in told]

    def _say_past_schedule(self, turn: Turn, hit: Hit) -> None:
        """A schedule has its dates: it may be read out after its plan ended, with that said first."""
        plan = self._search.snapshot.records.plan(hit.id.split(":")[1])
        if plan is None or not turn.lines or not hit.id.startswith("event:") or plan_may_speak(turn, plan):
            return
        title = f"{plan.type} {plan.title}"
        turn.evidence.append(title)
        turn.lines.insert(0, message("old_schedule", title=title))

    def _procedure(self, turn: Turn, record: Procedure) -> None:
        if not may_speak(turn, record):
            self._without_content(turn, record, old_only)
        elif record.listed_only:
            self._without_content(turn, record, listed_only)
        else:
            self._fields(turn, record)
            if turn.also is not None:
                self._also(turn, turn.also)

    def _also(self, turn: Turn, also: Also) -> None:
        """The answer to the second of two questions, below the first; its procedure can be gone on with."""
        record = current_fees(also.procedure, _day_asked(turn))
        turn.asked = also.asked
        turn.lines += before(turn, record)
        stated = [self._aspect(turn, record, one) for one in also.aspects or ("overview",) if one in ASPECTS]
        if not all(stated):
            turn.status = "partial"
        papers = sum(len(case.items) for case in record.dossier)
        turn.evidence += [json.dumps(record.to_json(), ensure_ascii=False), *map(str, range(papers + 1))]
        turn.sources.append(procedure_source(turn, record))
        go_on = Choice(title=title_of(record)[:100], payload=f"#MC:PROC:{record.code}")
        turn.choices = [*turn.choices[:3], go_on]
        recent = [key for key in turn.context.get("recent") or [] if key != record.key]
        turn.context["recent"] = [*recent[:1], record.key, *recent[1:]][:REMEMBERED]

    def _without_content(
        self, turn: Turn, record: Procedure, tell: Callable[[Turn, Procedure], None]
    ) -> None:
        """A reply that names the procedure and states nothing else of it."""
        tell(turn, record)
        turn.sources.append(procedure_source(turn, record))
        turn.choices = next_steps()
        self._remember(turn, record, (turn.aspects or ["overview"])[0])

    def _fields(self, turn: Turn, record: Procedure) -> None:
        aspects = [aspect for aspect in _asked(turn, record) if aspect in ASPECTS] or ["overview"]
        turn.lines += before(turn, record)
        stated = not turn.lines
        if turn.instead:
            turn.lines.append(message("leaning", title=_named(record)))
        record = current_fees(record, _day_asked(turn))
        aspects = without_repeats(record, aspects, turn.text)
        if aspects == ["conditions"] and self._may_close(turn, record):
            aspects += [] if conditions(record, turn.text).stated else ["overview"]
        for aspect in aspects:
            stated &= self._aspect(turn, record, aspect, beside=aspects)
        if self._may_close(turn, record):
            turn.lines += closing(record, aspects)
        turn.lines += _gone("\n".join(turn.lines))
        if not stated:
            turn.lines.append(message("see_portal"))
        turn.status = "answered" if stated else "partial"
        turn.evidence.append(json.dumps(record.to_json(), ensure_ascii=False))
        turn.sources.append(procedure_source(turn, record))
        buttons = [
            Choice(title=message(f"aspect_{aspect}"), payload=f"#MC:ASK:{record.key}:{aspect}")
            for aspect in BUTTONS
            if aspect not in aspects
        ]
        instead = [Choice(title=title_of(one)[:100], payload=f"#MC:PROC:{one.key}") for one in turn.instead]
        turn.choices = [*instead, *self._of_today(turn, record, aspects[0]), *buttons][:4]
        name_twins(turn, record, self._search)
        self._remember(turn, record, aspects[0])

    def _may_close(self, turn: Turn, record: Procedure) -> bool:
        """Whether other facts go below: not where two procedures answer, a button asked, or it was talked about."""
        going_on = turn.question.context.get("procedure") == record.key
        asked_by_button = turn.question.payload.startswith("#MC:ASK:")
        return not (going_on or asked_by_button or turn.also) and holds_today(turn, record)

    def _aspect(self, turn: Turn, record: Procedure, aspect: str, beside: Sequence[str] = ()) -> bool:
        """Add one aspect's lines, less what those `beside` it say; whether the record states it."""
        composed = ASPECTS[aspect](record, turn.text)
        lines = told_once(composed.lines, aspect, beside)
        differs = disagreeing(record, aspect)
        first = "" if differs else whether(record, aspect, turn.asked or turn.text)
        turn.lines += [first] if first else []
        if first != message("whether_free", title=title_of(record)):
            turn.lines += [*_head(turn, record, aspect, bare=not lines), *lines]
        if differs:
            turn.lines.append(message("sources_differ"))
            return False
        if not composed.stated:
            turn.lines.append(message(composed.lack or f"lack_{aspect}"))
        turn.lines += self._quotes(turn, record, aspect, composed.stated)
        return composed.stated

    def _of_today(self, turn: Turn, record: Procedure, aspect: str) -> list[Choice]:
        """After an answer about the past: the same, as it is today, when that is held."""
        if holds_today(turn, record):
            return []
        now = self._search.held(record.code, area=turn.area, day=turn.today)
        found = self._search.snapshot.records.procedure(now)
        if found is None or not holds_today(turn, found):
            return []
        return [Choice(title=message("now_choice"), payload=f"#MC:ASK:{now}:{aspect}")]

    def _remember(self, turn: Turn, record: Procedure, aspect: str) -> None:
        recent = [key for key in turn.context.get("recent") or [] if key != record.key]
        turn.context.update(procedure=record.key, aspect=aspect, recent=[record.key, *recent][:REMEMBERED])
        if turn.period is not None:
            turn.context["period"] = str(turn.period)

    def _quotes(self, turn: Turn, record: Procedure, aspect: str, stated: bool) -> list[str]:
        """A sentence of the record where the fields alone may not reach what was asked."""
        if aspect not in QUOTED or (stated and aspect in {"deadline", "documents"}):
            return []
        figures = {"time_limit": "time", "deadline": "duty", "fee": "fee"}.get(aspect, "")
        hints = {"deadline": "trong thời hạn", "time_limit": "thời hạn giải quyết", "online": "trực tuyến"}
        found = excerpts(
            record,
            turn.asked or turn.text,
            figures=figures,
            hints=hints.get(aspect, "") if not stated else "",
        )
        already = " ".join(turn.lines)
        return [message("quote_lead", quote=quote) for quote in found if quote not in already]

    def _passage(self, turn: Turn, hit: Hit) -> None:
        kind, record_id, _ = hit.id.split(":")
        if kind != "guide":
            say_passage(turn, hit, self._search)
        elif guide := self._search.snapshot.records.guide(record_id):
            self._guide(turn, guide)

    def _guide(self, turn: Turn, guide: Guide) -> None:
        turn.lines = [f"{guide.title}:", *(f"• {line}" for line in guide.lines)]
        turn.evidence.append(guide.model_dump_json())
        for source in guide.sources[:3]:
            turn.sources.append(
                Source(
                    kind="guide",
                    title=source.title,
                    number=source.number,
                    url=source.url,
                    validity=guide.validity.state.value,
                    validity_text=validity_text(guide.validity, None, turn.question.now.date()),
                )  # fmt: skip
            )
        turn.choices = next_steps()[1:]
        turn.status = "answered"


def _head(turn: Turn, record: Procedure, aspect: str, *, bare: bool) -> list[str]:
    """The heading of an aspect, with the title unless a line above has said it; a `bare` one needs none then."""
    title = _named(record)
    if not any(title.lower() in line.lower() for line in turn.lines):
        title = title[:1].lower() + title[1:] if title.startswith("Thủ tục ") else title
        return [message(f"head_{aspect}", title=title, code=record.code)]
    return [] if bare else [message(f"short_{aspect}", code=record.code)]


def _named(record: Procedure) -> str:
    """The title as long as a heading bears; the source line has more of it."""
    return shorten(title_of(record), MAX_TITLE).rstrip(" :;.")


def _asked(turn: Turn, record: Procedure) -> list[str]:
    """The aspects asked for; words that are part of the procedure's title do not ask."""
    if turn.aspects != find_aspects(turn.asked):
        return turn.aspects  # from a button, or from the turn before
    return find_aspects(turn.asked, title=record.title)


def _day_asked(turn: Turn) -> date:
    """The day on which conditions with a date are read: today, or a day of the time asked about."""
    period = turn.period
    return (period.start or period.end or turn.today) if period else turn.today


def procedure_source(turn: Turn, record: Procedure) -> Source:
    fetched = record.provenance.fetched
    return Source(
        kind="procedure", title=shorten(record.title), code=record.code, decision=record.decision,
        url=record.portal_url, validity=record.validity.on(turn.today).value,
        validity_text=validity_text(record.validity, fetched, turn.today),
        fetched=fetched.isoformat() if fetched else "",
    )  # fmt: skip


def _gone(text: str) -> list[str]:
    """What to say when the published text names offices, or a level, that no longer exist."""
    return abolished_lines(text) or ([message("level_note")] if _DISTRICT.search(text) else [])
