"""One app over one PostgreSQL for the tests of screens, with a kiosk and a board enrolled."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from bot.gateway.app import create_app
from bot.gateway.ports import Parts
from bot.gateway.settings import Settings
from desk import devices
from desk.database import EmbeddedPostgres, Pool, migrate, open_pool
from desk.devices import Kind
from tests.browser.fake_api import DIST
from tests.browser.server import serving
from tests.gateway.conftest import database_folder
from tests.gateway.harness import clock, opener, settings

AREA = "lam-dong/bac-binh"
TALL, WIDE = (1080, 1920), (1920, 1080)


@dataclass
class Hall:
    """An office with screens: where the app is, and the token of each screen."""

    address: str
    dsn: str
    kiosk: str
    board: str

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.dsn) as conn:
            return conn.execute(statement.encode()).fetchall()

    def arrange(self, kind: Kind, **chosen: Any) -> None:
        async def change(pool: Pool) -> None:
            async with pool.connection() as conn:
                (found,) = [one for one in await devices.all_of(conn) if one.kind is kind]
                await devices.arrange(conn, found, chosen, actor="t", now=clock())

        beside(self.dsn, change)


def beside(dsn: str, deed: Callable[[Pool], Awaitable[None]]) -> None:
    """Playwright keeps an event loop in this thread: what we run ourselves needs another."""

    async def work() -> None:
        async with await open_pool(dsn, min_size=1, max_size=1) as pool:
            await deed(pool)

    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, work()).result()


@contextmanager
def hall_open(*, dialogue: Any = None, library: Any = None) -> Iterator[Hall]:
    if not (DIST / "assets" / "kiosk.js").is_file():
        pytest.skip("web/dist is absent: build it with `npm --prefix web ci && npm --prefix web run build`")
    expect.set_options(timeout=15_000)  # a busy machine is no failure
    with database_folder() as home, EmbeddedPostgres(home / "pg", settings={"fsync": "off"}) as postgres:
        dsn, tokens = postgres.dsn, dict[Kind, str]()
        migrate(dsn)

        async def enrol(pool: Pool) -> None:
            async with pool.connection() as conn:
                for kind in Kind:
                    _, tokens[kind] = await devices.enrol(
                        conn, kind=kind, name=f"Sảnh {kind}", area=AREA, unit_id="", actor="t", now=clock()
                    )

        beside(dsn, enrol)

        @asynccontextmanager
        async def open_parts(chosen: Settings) -> Any:
            async with (
                await open_pool(dsn, min_size=1, max_size=6) as pool,
                opener(pool, dsn, dialogue=dialogue)(chosen) as parts,
            ):
                parts.library = library or parts.library
                yield parts

        chosen = settings(web_rate_per_minute=6000, zalo_link="https://zalo.me/1")
        with serving(create_app(chosen, opener=open_parts)) as address:
            yield Hall(address, dsn, tokens[Kind.KIOSK], tokens[Kind.BOARD])


def window(browser: Browser, hall: Hall, size: tuple[int, int], **more: Any) -> BrowserContext:
    context = browser.new_context(
        base_url=hall.address, viewport={"width": size[0], "height": size[1]}, locale="vi-VN",
        reduced_motion="reduce", **more,
    )  # fmt: skip
    context.set_default_timeout(8000)
    return context


def complaints_of(page: Page) -> list[str]:
    """What the browser says is wrong, refused requests apart: they are part of the tests."""
    found: list[str] = []
    page.on("pageerror", lambda error: found.append(str(error)))
    page.on(
        "console",
        lambda line: (
            found.append(line.text)
            if line.type == "error" and "Failed to load resource" not in line.text and "ERR_" not in line.text
            else None
        ),
    )
    return found


__all__ = ["AREA", "TALL", "WIDE", "Hall", "Parts", "complaints_of", "hall_open", "window"]
