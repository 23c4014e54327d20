"""The dialogue as the gateway sees it: one message in, one reply out, whether Rasa is up or not.

Rasa decides when it can. When it is down, too slow, or answers nothing, the same forms and the same words run
here (`actions.direct`). The conversation's context holds the whole state, so a change of hands loses nothing.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol

import httpx

from actions.direct import converse
from actions.replies import Reply, merge
from actions.services import Services
from actions.turns import Turn, act_of_payload
from bot.answer.guard import GuardResult, screen
from bot.answer.messages import message
from knowledge.errors import DialogueDown
from knowledge.text.normalise import one_line

log = logging.getLogger(__name__)

# Rasa's own command: forget the conversation. What the context holds is not forgotten.
RESET = "/restart"
# In the context while Rasa has not heard the last messages.
MISSED = "rasa_missed"
_PROBE_S = 1.0
_PROBE_EVERY_S = 2.0

Metadata = dict[str, Any]


class Dialogue(Protocol):
    async def turn(self, text: str, metadata: Metadata) -> Reply:
        """The reply to one message, as the JSON of `bot.answer.reply.Reply`."""
        ...


class Classifier(Protocol):
    def predict(self, text: str) -> tuple[str, float]: ...


class _NoReply(DialogueDown):
    """Rasa answered, though not with a reply: its action broke off, as when an app is killed in the middle of one."""


def said_to_rasa(text: str, payload: str) -> str:
    """What Rasa is sent: an intent of ours for a button, else the text, which may not look like one.

    Rasa takes a text that starts with "/" for a command; from citizens it is only text.
    """
    if payload:
        return f"/{act_of_payload(payload)}"
    return one_line(text).lstrip("/ ") or "/chitchat"


class RasaDialogue:
    """Rasa's REST channel."""

    def __init__(self, base_url: str, http: httpx.AsyncClient, timeout: float = 8.0) -> None:
        self._base_url, self._http, self._timeout = base_url.rstrip("/"), http, timeout

    async def turn(self, text: str, metadata: Metadata) -> Reply:
        """One turn.

        Raises:
            DialogueDown: when Rasa is unreachable, too slow, or answers `[]` or anything but our replies.
        """
        message = said_to_rasa(text, str(metadata.get("payload") or ""))
        uttered = await self._post(message, {**metadata, "text": text})
        replies = [
            item["custom"] for item in uttered if isinstance(item, dict) and _is_reply(item.get("custom"))
        ]
        if not replies or len(replies) != len(uttered):
            raise _NoReply(f"Rasa answered {len(uttered)} utterances, {len(replies)} of them ours")
        return merge(replies)

    async def reset(self, metadata: Metadata) -> None:
        """Let Rasa forget a conversation whose last messages it did not hear."""
        await self._post(RESET, metadata)

    async def alive(self) -> bool:
        try:
            return (await self._http.get(f"{self._base_url}/", timeout=_PROBE_S)).is_success
        except httpx.HTTPError:
            return False

    async def _post(self, message: str, metadata: Metadata) -> list[Any]:
        body = {"sender": metadata["conversation_id"], "message": message, "metadata": metadata}
        try:
            response = await self._http.post(
                f"{self._base_url}/webhooks/rest/webhook", json=body, timeout=self._timeout
            )
            uttered = response.raise_for_status().json()
        except (httpx.HTTPError, ValueError) as error:
            raise DialogueDown(type(error).__name__) from error
        if not isinstance(uttered, list):
            raise DialogueDown("Rasa answered no list")
        return uttered


def _is_reply(custom: object) -> bool:
    return isinstance(custom, dict) and {"status", "text"} <= custom.keys()


class DirectDialogue:
    """The dialogue without Rasa: the act from the shared classifier, then the same forms and answers."""

    def __init__(self, services: Services, classifier: Classifier) -> None:
        self._services, self._classifier = services, classifier

    async def turn(self, text: str, metadata: Metadata) -> Reply:
        payload = str(metadata.get("payload") or "")
        if payload:
            act, confidence = act_of_payload(payload), 1.0
        else:
            act, confidence = await asyncio.to_thread(self._classifier.predict, text)
        return await converse(Turn(text, act, confidence, payload, metadata), self._services)


class _Probed(Protocol):
    async def turn(self, text: str, metadata: Metadata) -> Reply: ...

    async def reset(self, metadata: Metadata) -> None: ...

    async def alive(self) -> bool: ...


class ResilientDialogue:
    """Rasa while it answers, else the direct dialogue; emergencies before either.

    While Rasa is known to be down nobody waits for it: a look every two seconds notices when it is back.
    A conversation that it missed turns of is reset first, and an open form is finished where it was opened.
    """

    def __init__(
        self, rasa: _Probed, direct: Dialogue, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._rasa, self._direct, self._monotonic = rasa, direct, monotonic
        self._down = False
        self._looked = 0.0

    async def turn(self, text: str, metadata: Metadata) -> Reply:
        context = dict(metadata.get("context") or {})
        found = GuardResult(text) if metadata.get("payload") else screen(text)
        if stop := _stopped(found, form_open=bool(context.get("form"))):
            return {**stop, "context": context}
        reply = await self._answered(text, metadata, context)
        return _cautioned(reply) if found.caution else reply

    async def _answered(self, text: str, metadata: Metadata, context: Metadata) -> Reply:
        missed = bool(context.pop(MISSED, False))
        known = {**metadata, "context": context}
        if not (missed and context.get("form")) and await self._is_up():
            try:
                return await self._ask_rasa(text, known, missed=missed)
            except DialogueDown as error:
                self._note_down(error)
        reply = await self._direct.turn(text, known)
        return {**reply, "context": {**reply.get("context", {}), MISSED: True}}

    async def _ask_rasa(self, text: str, metadata: Metadata, *, missed: bool) -> Reply:
        """Once more when only the action broke off: another app does it, sooner than this process would learn to."""
        if not missed:
            try:
                return await self._rasa.turn(text, metadata)
            except _NoReply:
                if metadata["context"].get("form"):
                    raise
        await self._rasa.reset(metadata)
        return await self._rasa.turn(text, metadata)

    def _note_down(self, error: DialogueDown) -> None:
        log.warning("dialogue falls back: %s", error)
        self._down, self._looked = True, self._monotonic()

    async def _is_up(self) -> bool:
        if not self._down:
            return True
        if self._monotonic() - self._looked < _PROBE_EVERY_S:
            return False
        self._looked = self._monotonic()
        self._down = not await self._rasa.alive()
        return not self._down


def _cautioned(reply: Reply) -> Reply:
    """Whom to call comes first; a report form goes on below, with the words it was given."""
    first = {"status": reply["status"], "text": message("report.danger"), "context": reply.get("context", {})}
    return merge([first, reply])


def _stopped(found: GuardResult, *, form_open: bool) -> Reply | None:
    """What must come before any dialogue: danger, denunciations, secrets. The open form stays open."""
    stop = found.stop
    if stop is None or (form_open and stop.status == "clarify"):
        return None  # inside a form, an empty answer gets the form's own hint
    return stop.model_dump(mode="json", exclude={"context"})
