"""What a messaging app brings besides words, made into words for the dialogue or answered at once.

A tapped button, a typed number, a photo, a place, a shared contact, a first visit. Buttons arrive as text that anybody
can type, so a payload counts only where it was offered in this conversation.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

import yaml

from bot.answer.guard import screen
from bot.answer.reply import Choice, Reply
from bot.channels.base import RESERVED, Attachment
from bot.channels.shaping import SAY, payload_of
from bot.gateway.citizen_desk import BACK
from bot.gateway.outbox import PULL_CHANNELS
from bot.gateway.problems import texts as problem_texts
from desk import continuing, files
from desk.database import Conn, Pool, statement
from desk.photos import Photo
from desk.sealing import Sealer
from desk.subscriptions import STOP
from knowledge.errors import CodeSpent, MediaRefused, PhotoRefused, TooManyAttempts

if TYPE_CHECKING:
    from bot.gateway.turn import Waiting

AT, REPORT = f"{RESERVED}AT:", f"{RESERVED}REPORT"
# What a standing menu or a link may carry at any time: it opens something and decides nothing.
STANDING = frozenset(f"{RESERVED}{name}" for name in ("REPORT", "STATUS", "HANDOVER", "START", "BOT", "HELP"))
_REMEMBERED = 30  # replies whose buttons still work
_LAST = (  # without the rest of their bodies: every message passes here
    "SELECT text, body->'choices' AS choices FROM messages WHERE conversation_id = %s AND direction = 'out'"
    " ORDER BY seq DESC LIMIT %s"
)


class Fetcher(Protocol):
    async def fetch(self, url: str) -> bytes:
        """The content of an attachment; raises MediaRefused."""
        ...


class Photos(Protocol):
    async def take(self, content: bytes) -> Photo:
        """A clean photo; raises PhotoRefused."""
        ...


@cache
def words() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load(Path(__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    return loaded


@dataclass(frozen=True, kw_only=True)
class Arrivals:
    """Meets every message of the channels that must be called; those of the others pass as they are."""

    pool: Pool
    fetcher: Fetcher
    photos: Photos
    sealer: Sealer

    async def meet(self, waiting: Waiting, *, now: datetime) -> Waiting | Reply | None:
        """The message as the dialogue should hear it, or our reply to it, or None: an official answers elsewhere."""
        if waiting.channel in PULL_CHANNELS:
            return waiting
        if waiting.outside and waiting.payload != BACK and screen(waiting.text).stop is None:
            return None
        said = await self._said(waiting.conversation_id)
        reply_or_waiting = await self._understood(waiting, said, now=now)
        if isinstance(reply_or_waiting, Reply):
            return reply_or_waiting if said else introduced(reply_or_waiting)
        return replace(reply_or_waiting, first=not said)

    async def _understood(
        self, waiting: Waiting, said: list[dict[str, Any]], *, now: datetime
    ) -> Waiting | Reply:
        kind = str(waiting.arrived.get("kind") or "message")
        if kind == "follow":
            return replace(waiting, text=words()["follow_says"])
        if kind == "contact":
            return _contact(waiting)
        if code := continuing.code_in(waiting.payload or waiting.text):
            return await self._continued(waiting, code, now=now)
        attachments = [Attachment(**one) for one in waiting.arrived.get("attachments") or ()]
        if attachments:
            return await self._attached(waiting, attachments, said, now=now)
        return _tapped(waiting, said)

    async def _said(self, conversation_id: UUID) -> list[dict[str, Any]]:
        async with statement(self.pool) as conn:
            return await (await conn.execute(_LAST, (conversation_id, _REMEMBERED))).fetchall()

    async def _continued(self, waiting: Waiting, code: str, *, now: datetime) -> Reply:
        """What was begun on a shared screen goes on here; its last reply is said again."""
        async with statement(self.pool) as conn:
            person = str((await _held(conn, waiting.conversation_id))["person"] or "")
        try:
            await continuing.redeem(
                self.pool,
                code,
                channel=waiting.channel,
                person=person,
                asker=f"{waiting.channel} {person}",
                now=now,
            )
        except (CodeSpent, TooManyAttempts):
            return _reply(waiting, continuing.texts()["spent"])
        said = await self._said(waiting.conversation_id)
        async with statement(self.pool) as conn:
            context = (await _held(conn, waiting.conversation_id))["context"]
        text = "\n\n".join([continuing.texts()["moved"], *(one["text"] for one in said[:1])])
        choices = [Choice(**choice) for one in said[:1] for choice in _choices(one)]
        return Reply(status="smalltalk", text=text, choices=choices, context=context)

    # -------------------------------------------------------------- attachments

    async def _attached(
        self,
        waiting: Waiting,
        attachments: Sequence[Attachment],
        said: list[dict[str, Any]],
        *,
        now: datetime,
    ) -> Waiting | Reply:
        images = [one for one in attachments if one.kind == "image"]
        if images:
            return await self._with_photos(waiting, images, said, now=now)
        if waiting.text:
            return _tapped(waiting, said)
        place = next((one for one in attachments if one.latitude is not None), None)
        if place is not None:
            return _placed(waiting, place)
        cannot: Mapping[str, str] = words()["cannot"]
        return _reply(waiting, cannot.get(attachments[0].kind, cannot["other"]))

    async def _with_photos(
        self, waiting: Waiting, images: Sequence[Attachment], said: list[dict[str, Any]], *, now: datetime
    ) -> Waiting | Reply:
        kept, why = 0, ""
        for image in images[: files.MOST]:
            try:
                await self._keep(waiting, image, now=now)
                kept += 1
            except PhotoRefused as error:
                why = problem_texts()[f"photo_{error.reason}"]["detail"]
            except MediaRefused:
                why = ""
        waiting = replace(waiting, photos=waiting.photos + kept)
        if kept and waiting.text:
            return _tapped(waiting, said)
        phrases = words()["photos"]
        if not kept:
            return _reply(waiting, phrases["refused"].format(why=why) if why else phrases["unfetched"])
        got = phrases["one"] if kept == 1 else phrases["many"].format(count=kept)
        if _form(waiting) and said:
            return _again(waiting, got, said[0])
        return _reply(waiting, f"{got} {phrases['what_for']}", choices=[_report_button()])

    async def _keep(self, waiting: Waiting, image: Attachment, *, now: datetime) -> None:
        photo = await self.photos.take(await self.fetcher.fetch(image.url))
        async with self.pool.connection() as conn:
            await files.keep(
                conn, photo, conversation_id=waiting.conversation_id, sealer=self.sealer, now=now
            )


async def _held(conn: Conn, conversation_id: UUID) -> dict[str, Any]:
    """Person and context of a conversation; neither when it was erased meanwhile."""
    cursor = await conn.execute("SELECT person, context FROM conversations WHERE id = %s", (conversation_id,))
    return await cursor.fetchone() or {"person": None, "context": {}}


def introduced(reply: Reply) -> Reply:
    """The first reply to a person says that it is a machine's, unless its own words do."""
    if words()["machine"] in reply.text.lower():
        return reply
    return reply.model_copy(update={"text": f"{words()['first']}\n\n{reply.text}"})


def _tapped(waiting: Waiting, said: Sequence[Mapping[str, Any]]) -> Waiting | Reply:
    """A button's payload where it was offered, a typed number as the choice it stands for, else the words."""
    if not waiting.payload and waiting.text.strip().isdecimal() and said:
        return _numbered(waiting, said[0])
    if not waiting.payload:
        return waiting
    offered = {payload_of(choice) for one in said for choice in _choices(one)}
    if waiting.payload not in offered | STANDING and not waiting.payload.startswith(STOP):
        return _reply(waiting, words()["old_button"])
    return _chosen(waiting, waiting.payload)


def _numbered(waiting: Waiting, last: Mapping[str, Any]) -> Waiting:
    choices, number = _choices(last), int(waiting.text.strip()[:4])
    if not 1 <= number <= len(choices):
        return waiting
    return _chosen(waiting, payload_of(choices[number - 1]))


def _chosen(waiting: Waiting, payload: str) -> Waiting:
    if payload.startswith(SAY):
        return replace(waiting, text=payload.removeprefix(SAY), payload="")
    return replace(waiting, text="", payload=payload) if payload else waiting


def _choices(said: Mapping[str, Any]) -> list[dict[str, Any]]:
    return list(said["choices"] or ())


def _placed(waiting: Waiting, place: Attachment) -> Waiting | Reply:
    if _form(waiting):
        return replace(waiting, payload=f"{AT}{place.latitude:.5f},{place.longitude:.5f}")
    return _reply(waiting, words()["location"], choices=[_report_button()])


def _contact(waiting: Waiting) -> Waiting | Reply:
    shared = waiting.arrived.get("contact") or {}
    said = ", ".join(part for part in (shared.get("name"), shared.get("phone")) if part)
    if said and _form(waiting).get("asked") == "contact":
        return replace(waiting, text=said)
    return _reply(waiting, words()["contact"])


def _form(waiting: Waiting) -> Mapping[str, Any]:
    form: Mapping[str, Any] = waiting.context.get("form") or {}
    return form if form.get("name") == "report" else {}


def _again(waiting: Waiting, got: str, last: Mapping[str, Any]) -> Reply:
    """What was asked last, once more: the photo was no answer to it."""
    choices = [Choice(**choice) for choice in _choices(last)]
    return Reply(
        status="report_started", text=f"{got}\n{last['text']}", choices=choices, context=waiting.context
    )


def _report_button() -> Choice:
    return Choice(title=words()["button_report"], payload=REPORT)


def _reply(waiting: Waiting, text: str, *, choices: Sequence[Choice] = ()) -> Reply:
    return Reply(status="smalltalk", text=text, choices=list(choices), context=waiting.context)
