"""What the actions need from the app, handed in when the executor is built: they import nothing of it."""

from __future__ import annotations

from typing import Any, Protocol


class Services(Protocol):
    """The app as the dialogue sees it. Every reply is the JSON of `bot.answer.reply.Reply`."""

    async def answer(self, *, text: str, payload: str, act: str, metadata: dict[str, Any]) -> dict[str, Any]:
        """The answer to a question, a choice or a bare yes after choices were offered."""
        ...

    async def file_report(self, *, report: dict[str, Any], metadata: dict[str, Any]) -> dict[str, Any]:
        """Files the report once per `metadata["inbox_id"]`; the reply carries the ticket."""
        ...

    async def ticket_status(self, *, code: str, secret: str, metadata: dict[str, Any]) -> dict[str, Any]:
        """Where a ticket stands, for whoever holds its code and secret."""
        ...

    def message(self, key: str, **values: str) -> str:
        """A citizen's text by key, its placeholders filled."""
        ...
