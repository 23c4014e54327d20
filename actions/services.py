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

    async def similar_reports(
        self, *, report: dict[str, Any], metadata: dict[str, Any]
    ) -> list[dict[str, str]]:
        """Open reports of others that seem to be of the same: code and a masked summary of each."""
        ...

    async def add_voice(self, *, code: str, text: str, metadata: dict[str, Any]) -> bool:
        """Adds this conversation's voice to another's report; False when that takes none any more."""
        ...

    async def forget_photos(self, *, metadata: dict[str, Any]) -> None:
        """Throws away the photos that wait for a report which will not carry them."""
        ...

    async def ticket_status(self, *, code: str, secret: str, metadata: dict[str, Any]) -> dict[str, Any]:
        """Where a ticket stands, for whoever holds its code and secret."""
        ...

    def message(self, key: str, **values: str) -> str:
        """A citizen's text by key, its placeholders filled."""
        ...
