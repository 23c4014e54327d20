"""What the routes need and `wiring` provides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol
from uuid import UUID

import httpx
from rasa_sdk.executor import ActionExecutor

from bot.channels.base import Channel
from bot.gateway.receiving import PersonGate
from bot.gateway.schemas import SearchResult
from bot.gateway.screens.voice import Voice
from bot.gateway.security import RateGuard
from bot.gateway.sessions import StoredMessage
from bot.gateway.settings import Settings
from bot.gateway.tickets import Tickets
from desk.database import Pool
from desk.photos import PhotoReader
from knowledge.areas import Areas
from knowledge.documents import Plan, Procedure
from knowledge.guides import Guide

if TYPE_CHECKING:
    from desk.unanswered_groups import Encode


class Waiter(Protocol):
    async def wait(self, inbox_id: UUID, timeout: float) -> StoredMessage | None: ...  # noqa: ASYNC109


class Library(Protocol):
    """The published records, as the search and record routes read them."""

    def search(self, query: str, *, area: str, k: int) -> list[SearchResult]: ...

    def procedure(self, code: str) -> Procedure | None: ...

    def guide(self, guide_id: str) -> Guide | None: ...

    def plans(self) -> list[Plan]: ...

    @property
    def encoder(self) -> Encode | None: ...

    @property
    def snapshot(self) -> str: ...


@dataclass(kw_only=True)
class Parts:
    """Everything one app process holds."""

    settings: Settings
    pool: Pool
    waiter: Waiter
    library: Library
    areas: Areas
    rates: RateGuard
    executor: ActionExecutor
    tickets: Tickets
    http: httpx.AsyncClient
    clock: Callable[[], datetime]
    photos: PhotoReader = field(default_factory=PhotoReader)
    voice: Voice = field(default_factory=Voice)
    channels: Mapping[str, Channel] = field(default_factory=dict)  # those that are set up and must be called
    gate: PersonGate | None = None  # how much one person may send through them
    answered_once: bool = field(default=False)
