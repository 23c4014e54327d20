"""An office with two units, its officials and tickets, and an official's client of the desk's API."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx

from desk import service
from desk.database import Pool
from desk.models import Consent, NewReport, Ticket
from desk.routing import Router
from desk.sealing import Sealer, new_key
from desk.staff import Role
from tests.gateway import staff_helpers

ROADS, SORTERS = "lam-dong-so-xay-dung", "lam-dong-phan-loai"
PEOPLE: dict[str, tuple[str, str, tuple[Role, ...], str]] = {
    "lan": ("Nguyễn Thị Lan", ROADS, (Role.DESK,), ""),
    "minh": ("Trần Văn Minh", ROADS, (Role.DESK,), ""),
    "truong": ("Lê Thị Trưởng", ROADS, (Role.HEAD,), ""),
    "ba": ("Phạm Văn Ba", "lam-dong-so-y-te", (Role.DESK,), ""),
    "loc": ("Võ Thị Lọc", SORTERS, (Role.TRIAGE,), "lam-dong"),
    "soat": ("Đỗ Văn Soát", "", (Role.AUDITOR,), "lam-dong"),
    "noi": ("Hồ Thị Nội", "", (Role.CONTENT,), ""),
    "quan": ("Bùi Quản Trị", "", (Role.ADMIN,), ""),
}


async def people(pool: Pool, *logins: str) -> None:
    for login in logins or PEOPLE:
        name, unit, roles, area = PEOPLE[login]
        await staff_helpers.add(pool, login, *roles, name=name, unit_id=unit, area=area)


async def file(pool: Pool, what: str = "Mặt đường tỉnh lộ có ổ gà rất sâu", **changes: Any) -> Ticket:
    """A ticket at the roads' unit, unless `unit` says otherwise. `sealer` seals its contact."""
    unit, sealer = changes.pop("unit", ROADS), changes.pop("sealer", None)
    now = datetime.now(UTC)
    values = {
        "what": what,
        "where": "trước chợ Lương Sơn",
        "when": "sáng nay",
        "contact": "Nguyễn Văn A, 0900 000 000" if sealer else "",
        "area": "lam-dong/bac-binh",
        "consent": Consent(version="1", text_id="report", at=now, channel="web"),
        **changes,
    }
    async with pool.connection() as conn:
        filed = await service.file_report(
            conn,
            NewReport.model_validate(values),
            origin=f"test:{what}:{now.isoformat()}",
            router=Router.from_packs(),
            sealer=sealer or Sealer([new_key()]),
            now=now,
        )
        found = Router.from_packs().unit(unit)
        name = found.name if found else unit
        await conn.execute(
            "UPDATE tickets SET (unit_id, unit_name) = (%s, %s) WHERE id = %s", (unit, name, filed.ticket.id)
        )
        return await service.get(conn, code=filed.ticket.code)


class Official:
    """A signed-in official's requests."""

    def __init__(self, client: httpx.AsyncClient, csrf: str) -> None:
        self.client, self.headers = client, {**staff_helpers.OWN, "X-CSRF-Token": csrf}

    async def get(self, path: str, **params: Any) -> httpx.Response:
        return await self.client.get(f"/api/v1/desk{path}", params=params)

    async def send(self, method: str, path: str, body: Any = None) -> httpx.Response:
        return await self.client.request(method, f"/api/v1/desk{path}", json=body, headers=self.headers)

    async def do(self, ticket: Ticket | str, deed: str, **fields: Any) -> httpx.Response:
        """Do a deed from the version there is now, unless `version` is given."""
        code = ticket if isinstance(ticket, str) else ticket.code
        if "version" not in fields:
            there = await self.get(f"/tickets/{code}")
            fields["version"] = there.json().get("version", 1)
        return await self.send("POST", f"/tickets/{code}/{deed}", fields)


def sealer_of(client: httpx.AsyncClient) -> Sealer:
    """The app's own keys."""
    app: Any = getattr(client._transport, "app")  # noqa: B009  # the app runs in this process
    sealer: Sealer = app.state.parts.tickets.sealer
    return sealer


@asynccontextmanager
async def official(client: httpx.AsyncClient, login: str) -> AsyncIterator[Official]:
    """Sign in; the cookie goes when the block ends, so that another may sign in."""
    await staff_helpers.sign_in(client, login)
    me = (await client.get("/api/v1/desk/me")).json()
    yield Official(client, me.get("csrf", ""))
    client.cookies.clear()
