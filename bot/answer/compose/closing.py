"""One line after the answer: the other facts people ask next, where each fits in a few words with its condition."""

from __future__ import annotations

from collections.abc import Collection

from bot.answer.compose.fields import fee_text, quantity_text
from bot.answer.compose.standing import disagreeing
from bot.answer.messages import message
from knowledge.documents import Procedure, SubmissionChannel

MAX_LINE = 240
MAX_FACT = 110  # letters of one fact; a longer one is asked for
# What an answer about one of these has told already.
_TELLS = {
    "overview": {"time_limit", "fee", "where"},
    "online": {"time_limit", "fee"},
    "payment": {"fee"},
    "contact": {"where"},
    "deadline": set[str](),
}


def closing(record: Procedure, asked: Collection[str]) -> list[str]:
    """The line, or [] when nothing is left that the record states in a few words, the same for everybody."""
    told = set(asked).union(*(_TELLS.get(one, set()) for one in asked))
    facts = brief(record, told)
    while facts and len("; ".join(facts)) > MAX_LINE:
        facts.pop()
    return [message("closing", facts="; ".join(facts))] if facts else []


def brief(record: Procedure, told: Collection[str] = ()) -> list[str]:
    """Time limit, fees and place, each in a few words and only where the record states it without ifs."""
    return [
        fact
        for aspect, tell in (("time_limit", _limit), ("fee", _fees), ("where", _place))
        if aspect not in told and not disagreeing(record, aspect) and (fact := tell(record))
    ]


def _limit(record: Procedure) -> str:
    """The time limit, when every way of handing in has the same and no note says otherwise."""
    said = {_plain_limit(channel) for channel in record.channels}
    text = said.pop() if len(said) == 1 else ""
    return message("closing_time_limit", text=text) if text else ""


def _plain_limit(channel: SubmissionChannel) -> str:
    text = quantity_text(channel.time_limit) if channel.time_limit else ""
    own = channel.note.lstrip("0").lower().startswith(text.lower())
    return text if text and (not any(character.isdigit() for character in channel.note) or own) else ""


def _fees(record: Procedure) -> str:
    """The fees with their conditions, when they are the same for every way of handing in and few."""
    lists = {tuple(fee_text(fee) for fee in channel.fees) for channel in record.channels}
    known = all(fee.amount is not None for channel in record.channels for fee in channel.fees)
    texts = list(dict.fromkeys(lists.pop())) if len(lists) == 1 and known else []
    if texts == [message("fee_free")]:
        return message("closing_free")
    text = "; ".join(texts)
    return message("closing_fee", text=text) if text and len(text) <= MAX_FACT else ""


def _place(record: Procedure) -> str:
    if len(record.receiving_places) == 1 and len(record.receiving_places[0]) <= MAX_FACT:
        return message("closing_place", text=record.receiving_places[0].rstrip(" ."))
    if record.agency and len(record.agency) <= MAX_FACT:
        return message("closing_agency", text=record.agency.rstrip(" ."))
    return ""
