"""Another code of the same title: named below the answer when what it holds differs."""

from __future__ import annotations

from bot.answer.compose.fields import title_of
from bot.answer.context import Turn
from bot.answer.messages import message
from bot.answer.reply import Choice
from index.search import Search
from knowledge.documents import Procedure
from knowledge.periods import of_today

FACTS = {"levels", "agency", "channels", "dossier", "conditions", "results", "receiving_places"}
"""Fields in which a difference matters to the person; where it was read from, and which ministry lists it, do not."""


def name_twins(turn: Turn, record: Procedure, search: Search) -> None:
    """Say that the title has another code too, and offer it; nothing when all of them say the same."""
    other = _differing(turn, record, search)
    if other is None:
        return
    which = other.field if other.field.lower() != record.field.lower() else ""
    key = "twin_field" if which else "twin"
    turn.lines.append(message(key, field=which, code=other.code))
    turn.evidence.append(other.code)
    title = message("twin_choice", title=title_of(other), which=which or f"mã {other.code}")
    turn.choices = [Choice(title=title[-100:], payload=f"#MC:PROC:{other.key}"), *turn.choices][:4]


def _differing(turn: Turn, record: Procedure, search: Search) -> Procedure | None:
    hit = next((hit for hit in turn.procedures.hits if hit.id == record.key), None)
    found = [search.snapshot.records.procedure(key) for key in (hit.twins if hit else ())]
    held = [one for one in found if one and not one.listed_only and one.code != record.code]
    live = [one for one in held if of_today(one.validity, turn.today, variant=one.variant)]
    own = record.model_dump(include=FACTS)
    return next((one for one in live if one.model_dump(include=FACTS) != own), None)
