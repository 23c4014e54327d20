"""Reports on their way to the desk, from the chat and from the API, and what their reporters read back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from bot.answer.reply import Reply, TicketRef
from bot.gateway.problems import texts as problem_texts
from bot.gateway.turn import filed_reply
from desk import duplicates, files, replies, service, views
from desk.database import Pool, statement
from desk.duplicates import Similar, Similarity
from desk.models import FiledTicket, NewReport
from desk.routing import Router
from desk.sealing import Sealer
from knowledge.errors import DeskError, TicketNotFound


@dataclass(frozen=True, kw_only=True)
class Tickets:
    """The desk as a citizen may use it."""

    pool: Pool
    router: Router
    sealer: Sealer
    clock: Callable[[], datetime]
    similarity: Similarity | None = None

    async def file(self, report: NewReport, *, origin: str) -> FiledTicket:
        """File once for each origin: a job tried again finds its own ticket."""
        async with self.pool.connection() as conn:
            filed = await service.file_report(
                conn, report, origin=origin, router=self.router, sealer=self.sealer, now=self.clock()
            )
            if report.conversation_id and report.photos and not filed.again:
                await files.attach(conn, filed.ticket.id, conversation_id=report.conversation_id)
            return filed

    async def find(self, code: str, *, secret: str, asker: str) -> TicketRef:
        ticket, events = await service.find(
            self.pool, code=code, secret=secret, asker=asker, now=self.clock()
        )
        return TicketRef(**views.ticket_view(ticket, events))

    async def add(self, code: str, *, secret: str, asker: str, text: str) -> TicketRef:
        """What the reporter adds to a ticket that is still open."""
        ticket, _ = await service.find(self.pool, code=code, secret=secret, asker=asker, now=self.clock())
        async with self.pool.connection() as conn:
            await replies.add(conn, ticket, text=text, now=self.clock())
        return await self.find(ticket.code, secret=secret, asker=asker)

    async def report_reply(self, report: dict[str, Any], *, metadata: dict[str, Any]) -> Reply:
        """File what the report form collected, and say so."""
        filed = await self.file(_new(report, metadata), origin=str(metadata["inbox_id"]))
        return filed_reply(filed, context=metadata.get("context") or {})

    async def similar(self, report: dict[str, Any], *, metadata: dict[str, Any]) -> list[Similar]:
        """Open reports of others that seem to be of the same as this one, not yet filed."""
        new = _new(report, metadata)
        new = new.model_copy(
            update={"area": self.router.area_of(new.where, area=new.area)}
        )  # as it will be filed
        route = self.router.route(new.what, where=new.where, area=new.area, category=new.category)
        async with statement(self.pool) as conn:
            return await duplicates.find(
                conn, new, category=route.category, now=self.clock(), similarity=self.similarity
            )

    async def add_voice(self, code: str, *, text: str, metadata: dict[str, Any]) -> bool:
        """Add this conversation's voice to another's report; False when that takes none any more."""
        async with self.pool.connection() as conn:
            return await duplicates.add_voice(
                conn, code=code, conversation_id=_conversation(metadata), text=text, now=self.clock()
            )

    async def forget_photos(self, *, metadata: dict[str, Any]) -> None:
        """Throw away what waits for a report that will not carry it."""
        async with statement(self.pool) as conn:
            await files.remove_waiting(conn, _conversation(metadata))

    async def status_reply(self, code: str, *, secret: str, metadata: dict[str, Any]) -> Reply:
        """Where a ticket stands, or a kind word that the two codes do not fit."""
        try:
            ticket, events = await service.find(
                self.pool,
                code=code,
                secret=secret,
                asker=str(metadata.get("conversation_id", "")),
                now=self.clock(),
            )
        except DeskError as error:
            code = "ticket_not_found" if isinstance(error, TicketNotFound) else "too_many_secrets"
            return Reply(status="ticket_status", text=problem_texts()[code]["detail"])
        ref = TicketRef(**views.ticket_view(ticket, events))
        return Reply(
            status="ticket_status", text=views.status_text(ticket, events, now=self.clock()), ticket=ref
        )


def _new(report: dict[str, Any], metadata: dict[str, Any]) -> NewReport:
    channel = str(metadata.get("channel") or "web")
    return NewReport(**report, channel=channel, conversation_id=_conversation(metadata))


def _conversation(metadata: dict[str, Any]) -> UUID:
    return UUID(str(metadata["conversation_id"]))
