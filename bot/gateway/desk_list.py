"""`motcua desk list`: the register at a glance."""

from __future__ import annotations

import asyncio
from typing import Any

from rich.table import Table

from bot.gateway.joined import joined
from bot.gateway.settings import Settings
from bot.gateway.terminal import table_console
from desk import service, views
from desk.calendar import LOCAL_TIME
from desk.database import migrate, open_pool
from desk.models import TicketState

_COLUMNS = {
    "code": "Mã",
    "received": "Nhận lúc",
    "state_text": "Tình trạng",
    "category": "Lĩnh vực",
    "area": "Địa bàn",
    "unit": "Nơi xử lý",
    "what": "Nội dung",
}


def rows(settings: Settings, *, state: str, area: str, limit: int) -> list[dict[str, Any]]:
    """Tickets newest first. The embedded database is joined when it runs, and started when it does not."""
    with joined(settings) as dsn:
        migrate(dsn)
        return asyncio.run(_read(dsn, state=state, area=area, limit=limit))


async def _read(dsn: str, *, state: str, area: str, limit: int) -> list[dict[str, Any]]:
    async with await open_pool(dsn, min_size=1, max_size=1) as pool, pool.connection() as conn:
        tickets = await service.list_tickets(
            conn, state=TicketState(state) if state else None, area=area, limit=limit
        )
    return [
        {
            "code": ticket.code,
            "received": ticket.received_at.astimezone(LOCAL_TIME).strftime("%d/%m/%Y %H:%M"),
            "state": ticket.state.value,
            "state_text": views.state_text(ticket.state),
            "category": ticket.category_name,
            "area": ticket.area,
            "unit": ticket.unit_name,
            "what": ticket.what,
        }
        for ticket in tickets
    ]


def show(found: list[dict[str, Any]]) -> None:
    table = Table()
    for name, title in _COLUMNS.items():
        table.add_column(title, no_wrap=name in ("code", "received"))
    for row in found:
        table.add_row(*(str(row[name])[:60] for name in _COLUMNS))
    table_console().print(table)
