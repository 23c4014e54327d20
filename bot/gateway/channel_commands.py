"""`motcua channel …`: the channels' page at the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rich.table import Table

from bot.gateway import channel_overview, channel_states, outbox
from bot.gateway.desk_users import ACTOR, with_database
from bot.gateway.settings import Settings
from bot.gateway.terminal import table_console
from desk.database import Conn


def rows(settings: Settings) -> list[dict[str, Any]]:
    """Every channel's state. Which are set up is the settings' to say: here all that left a trace."""

    async def read(conn: Conn) -> list[dict[str, Any]]:
        found = [asdict(one) for one in await channel_overview.overview(conn, ())]
        return [_plain({key: value for key, value in one.items() if key != "set_up"}) for one in found]

    return with_database(settings, read)


def parked(settings: Settings) -> list[dict[str, Any]]:
    async def read(conn: Conn) -> list[dict[str, Any]]:
        return [_plain(one) for one in await channel_overview.parked(conn)]

    return with_database(settings, read)


def close(settings: Settings, name: str, *, reason: str) -> None:
    async def do(conn: Conn) -> None:
        await channel_states.close(conn, name, reason=reason, actor=ACTOR, now=datetime.now(UTC))

    with_database(settings, do)


def reopen(settings: Settings, name: str) -> None:
    async def do(conn: Conn) -> None:
        await channel_states.reopen(conn, name, actor=ACTOR, now=datetime.now(UTC))

    with_database(settings, do)


def release(settings: Settings, outbox_id: UUID) -> bool:
    async def do(conn: Conn) -> bool:
        return await outbox.release(conn, outbox_id, actor=ACTOR, now=datetime.now(UTC))

    return with_database(settings, do)


def show(found: Sequence[dict[str, Any]]) -> None:
    if not found:
        table_console().print("nothing")
        return
    table = Table(*found[0])
    for one in found:
        table.add_row(*(str(value if value is not None else "") for value in one.values()))
    table_console().print(table)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON takes it."""
    return {
        key: value.isoformat(timespec="seconds")
        if isinstance(value, datetime)
        else _plain(value)
        if isinstance(value, dict)
        else str(value)
        if isinstance(value, UUID)
        else value
        for key, value in row.items()
    }
