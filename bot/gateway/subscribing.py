"""What a person asks to be told later, and to be told no more, in chat.

The words are in subscribing.yml; what is told, when and to whom in desk/subscriptions.py.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import yaml

from bot.answer.reply import Choice, Reply
from bot.gateway.outbox import PULL_CHANNELS
from desk import service, subscriptions
from desk.database import Pool
from desk.subscriptions import EVENT, STOP, TICKET
from knowledge.errors import TicketNotFound, TooManyAttempts
from knowledge.text.diacritics import fold

if TYPE_CHECKING:
    from bot.gateway.turn import Waiting

NOTIFY = "#MC:NOTIFY:"  # in front of a report's code, when one is to be chosen
KIOSK = "kiosk"
LONGEST = 22  # words of a command, without a code
_WORD = re.compile(r"[^\W_]+")
_CODE = re.compile(r"\bPA[- ]?(\d{4})[- ]?(\d{1,6})\b", re.IGNORECASE)
_SECRET = re.compile(r"\b[A-Z2-9]{4}-?[A-Z2-9]{4}\b", re.IGNORECASE)  # no syllable of Vietnamese is so long


@cache
def words() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return loaded


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The commands, ending first: "đừng báo tôi khi có kết quả nữa" asks for nothing."""
    parts: dict[str, str] = {}
    for name, written in words()["parts"].items():
        parts[name] = written.format(**parts)
    return tuple(
        (name, re.compile(line.format(**parts))) for name in ("stop", TICKET, EVENT) for line in words()[name]
    )


def command_in(text: str) -> str:
    """`ticket`, `event` or `stop`; "" when the text asks for none of them, or asks about it."""
    if "?" in text:
        return ""
    bare = _SECRET.sub(" ", _CODE.sub(" ", text))
    said = [fold(word).lower() for word in _WORD.findall(bare)]
    if not 2 <= len(said) <= LONGEST:
        return ""
    for line in _without_polite(" ".join(said)):
        for name, pattern in _patterns():
            if pattern.fullmatch(line):
                return name
    return ""


def _without_polite(line: str) -> list[str]:
    """The line, and what is left when polite words at its ends go, one after the other."""
    found = [line]
    polite = sorted(words()["polite"], key=len, reverse=True)
    for word in [*polite, *polite]:
        shorter = found[-1].removeprefix(f"{word} ").removesuffix(f" {word}")
        if shorter != found[-1]:
            found.append(shorter)
    return found


async def respond(waiting: Waiting, *, pool: Pool, now: datetime) -> Reply | None:
    """Our reply when something is to be told later, or no more; else None."""
    if waiting.payload.startswith(STOP):
        return await _stop(waiting, waiting.payload.removeprefix(STOP), pool=pool, now=now)
    if waiting.payload.startswith(NOTIFY):
        return await _ticket(waiting, waiting.payload.removeprefix(NOTIFY), pool=pool, now=now)
    command = "" if waiting.payload or waiting.with_officer else command_in(waiting.text)
    if command == "stop":
        return await _stop(waiting, "", pool=pool, now=now)
    if command and waiting.channel == KIOSK:
        return _reply(waiting, words()["shared_screen"])
    if command == TICKET:
        return await _ticket(waiting, code_in(waiting.text), pool=pool, now=now)
    if command == EVENT:
        return await _event(waiting, pool=pool, now=now)
    return None


def code_in(text: str) -> str:
    found = _CODE.search(text)
    return f"PA-{found[1]}-{found[2].zfill(6)}" if found else ""


async def _ticket(waiting: Waiting, code: str, *, pool: Pool, now: datetime) -> Reply:
    proved = await _proved(waiting, code, pool=pool, now=now)
    async with pool.connection() as conn:
        codes = await subscriptions.may_hear(conn, waiting.conversation_id, proved=proved, only=code)
        if not codes:
            return _reply(waiting, words()["no_ticket"])
        if len(codes) > 1:
            choices = [Choice(title=one, payload=f"{NOTIFY}{one}") for one in codes]
            return _reply(waiting, words()["which"], choices=choices)
        began = await subscriptions.begin(conn, waiting.conversation_id, topic=TICKET, key=codes[0], now=now)
    text = words()["ticket_begun"].format(code=codes[0], where=_where(waiting))
    return _begun(waiting, text, began, choices=[])


async def _proved(waiting: Waiting, code: str, *, pool: Pool, now: datetime) -> list[str]:
    """The report whose secret stands in the message beside its code; wrong secrets are counted."""
    rest = _CODE.sub(" ", waiting.text)
    secret = _SECRET.search(rest)
    if not (code and secret):
        return []
    try:
        ticket, _ = await service.find(
            pool, code=code, secret=secret[0], asker=str(waiting.conversation_id), now=now
        )
    except (TicketNotFound, TooManyAttempts):
        return []
    return [ticket.code]


async def _event(waiting: Waiting, *, pool: Pool, now: datetime) -> Reply:
    area = str(waiting.context.get("area") or waiting.area)
    if not area:
        return _reply(waiting, words()["no_area"])
    async with pool.connection() as conn:
        began = await subscriptions.begin(conn, waiting.conversation_id, topic=EVENT, area=area, now=now)
    text = words()["event_begun"].format(where=_where(waiting))
    asked = Choice(title=words()["button_schedule"], text=words()["asks_schedule"])
    return _begun(waiting, text, began, choices=[asked])


def _begun(waiting: Waiting, text: str, began: UUID | None, *, choices: list[Choice]) -> Reply:
    if began is None:
        return _reply(waiting, words()["too_many"])
    stop = Choice(title=subscriptions.words()["stop"], payload=f"{STOP}{began}")
    return _reply(waiting, text, choices=[*choices, stop])


async def _stop(waiting: Waiting, which: str, *, pool: Pool, now: datetime) -> Reply:
    """End what the button stood under, or everything."""
    async with pool.connection() as conn:
        ended = await subscriptions.end(conn, waiting.conversation_id, now=now, only=_id(which))
    if _id(which) is not None:
        return _reply(waiting, words()["stopped"])
    return _reply(waiting, words()["stopped_all" if ended else "none"])


def _id(said: str) -> UUID | None:
    try:
        return UUID(said) if said else None
    except ValueError:
        return None


def _where(waiting: Waiting) -> str:
    return str(words()["here" if waiting.channel in PULL_CHANNELS else "there"])


def _reply(waiting: Waiting, text: str, *, choices: list[Choice] | None = None) -> Reply:
    return Reply(status="smalltalk", text=text.strip(), choices=choices or [], context=waiting.context)
