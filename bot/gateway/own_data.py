"""A person's own data in chat: erased after a yes, with a receipt; counted when they ask for it.

The words and what is answered are in own_data.yml. A yes counts only directly after our question.
"""

from __future__ import annotations

import re
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from bot.answer.reply import Choice, Reply
from desk import erasure
from desk.calendar import LOCAL_TIME
from desk.database import Conn, Pool, statement
from knowledge.text.diacritics import fold

if TYPE_CHECKING:
    from bot.gateway.turn import Waiting

YES, NO = "#MC:ERASE", "#MC:KEEP"
CONFIRM = "erase_confirm"
_WORD = re.compile(r"[^\W_]+")
LONGEST = 14  # words of a command
_COUNTED = "SELECT (SELECT count(*) FROM messages WHERE conversation_id = %(id)s) AS messages,"
_COUNTED += " (SELECT count(*) FROM tickets WHERE conversation_id = %(id)s) AS tickets,"
_COUNTED += " (SELECT count(*) FROM ticket_voices WHERE conversation_id = %(id)s) AS ticket_voices,"
_COUNTED += " (SELECT count(*) FROM feedback WHERE conversation_id = %(id)s) AS feedback,"
_COUNTED += " (SELECT count(*) FROM subscriptions WHERE conversation_id = %(id)s AND ended_at IS NULL) AS subscriptions"


@cache
def words() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return loaded


async def respond(waiting: Waiting, *, pool: Pool, now: datetime) -> Reply | None:
    """Our reply when the message is about one's own data, else None."""
    if waiting.payload == NO:
        return _reply(waiting, "smalltalk", words()["kept"])
    if await _means_yes(waiting, pool):
        return await _erase(waiting, pool=pool, now=now)
    if waiting.payload == YES:
        return _reply(waiting, "smalltalk", words()["expired"])
    command = "" if waiting.payload else command_in(waiting.text)
    if command == "erase":
        choices = [
            Choice(title=words()["button_yes"], payload=YES),
            Choice(title=words()["button_no"], payload=NO),
        ]
        return _reply(waiting, CONFIRM, words()["confirm"], choices=choices)
    if command == "export":
        return await _counted(waiting, pool)
    return None


def command_in(text: str) -> str:
    """`erase` or `export`; nothing when the text is neither, or asks about it."""
    said = [fold(word).lower() for word in _WORD.findall(text)]
    if not 2 <= len(said) <= LONGEST or "?" in text:
        return ""
    line = _without_polite(" ".join(said))
    return next((name for name in ("erase", "export") if line in words()[name]), "")


def _without_polite(line: str) -> str:
    """Without polite words at its ends and "hết", "toàn bộ" inside."""
    polite = sorted(words()["polite"], key=len, reverse=True)
    commands = {*words()["erase"], *words()["export"]}
    changed = True
    while changed and line not in commands:
        before = line
        for word in polite:
            line = line.removeprefix(f"{word} ").removesuffix(f" {word}")
        line = re.sub(r"\b(?:het|toan bo|tat ca|moi|giup toi|giup em|giup minh|giup) ", "", line)
        changed = line != before
    return line


async def _means_yes(waiting: Waiting, pool: Pool) -> bool:
    said = " ".join(fold(word).lower() for word in _WORD.findall(waiting.text))
    pressed = waiting.payload == YES
    if not (pressed or (not waiting.payload and (not said or said in words()["yes"]))):
        return False
    async with statement(pool) as conn:
        if await erasure.was_erased_by(conn, waiting.conversation_id, answering=waiting.id):
            return True
        return bool(said or pressed) and await _just_asked(conn, waiting)


async def _just_asked(conn: Conn, waiting: Waiting) -> bool:
    cursor = await conn.execute(
        "SELECT status FROM messages WHERE conversation_id = %s AND direction = 'out' ORDER BY seq DESC LIMIT 1",
        (waiting.conversation_id,),
    )
    row = await cursor.fetchone()
    return row is not None and row["status"] == CONFIRM


async def _erase(waiting: Waiting, *, pool: Pool, now: datetime) -> Reply:
    async with pool.connection() as conn:
        done = await erasure.erase_all_said(conn, waiting.conversation_id, answering=waiting.id, now=now)
    what = told(done.removed) if done else ""
    at = (done.done_at if done else now).astimezone(LOCAL_TIME).strftime("%H:%M ngày %d/%m/%Y")
    # What was said is kept with the answer for replay (bot/gateway/turn.py): there is nothing left to keep.
    left = {"erased": done.code, "by": str(waiting.id)} if done else {}
    waiting.context.clear()
    text = words()["erased"].format(at=at, code=done.code if done else "", what=what or words()["nothing"])
    return Reply(status="data_erased", text=text, context=left)


async def _counted(waiting: Waiting, pool: Pool) -> Reply:
    async with statement(pool) as conn:
        row = await (await conn.execute(_COUNTED, {"id": waiting.conversation_id})).fetchone()
    text = words()["exported"].format(what=told(row or {}) or words()["nothing"])
    return _reply(waiting, "data_export", text)


def told(counts: dict[str, int]) -> str:
    """What was removed or is kept, in words: "12 tin nhắn, 1 ảnh"."""
    return ", ".join(
        form.format(n=counts[name]) for name, form in words()["counted"].items() if counts.get(name)
    )


def _reply(waiting: Waiting, status: str, text: str, *, choices: list[Choice] | None = None) -> Reply:
    return Reply(status=status, text=text.strip(), choices=choices or [], context=waiting.context)
