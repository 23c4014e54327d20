"""The web application: `create_app` is the only place where its parts meet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from bot.gateway import logs, pages, problems
from bot.gateway.metrics import Measured
from bot.gateway.ports import Parts
from bot.gateway.routes import (
    actions,
    content,
    content_record,
    conversations,
    desk_files,
    desk_page,
    desk_reports,
    desk_saved,
    desk_tickets,
    devices,
    files,
    health,
    records,
    staff_channels,
    staff_factor,
    staff_outside,
    staff_people,
    staff_talk,
    tickets,
)
from bot.gateway.routes import channels as channel_routes
from bot.gateway.routes import continuing as continuing_routes
from bot.gateway.routes import hooks as hook_routes
from bot.gateway.routes import open311 as open311_routes
from bot.gateway.routes import pages as page_routes
from bot.gateway.routes import public as public_routes
from bot.gateway.routes import quality as quality_routes
from bot.gateway.routes import screens as screen_routes
from bot.gateway.routes import staff as staff_routes
from bot.gateway.routes import widget as widget_routes
from bot.gateway.routes import zalo as zalo_routes
from bot.gateway.security import BodyLimit, SecurityHeaders
from bot.gateway.settings import Settings
from bot.gateway.wiring import open_parts

Opener = Callable[[Settings], AbstractAsyncContextManager[Parts]]
DESCRIPTION = """
Answers about Vietnamese administrative procedures, and reports that reach the unit responsible.

Errors are RFC 9457 problem+json; their `detail` is Vietnamese and may be shown to a person as it is.
"""


def create_app(settings: Settings, *, opener: Opener = open_parts) -> FastAPI:
    """The app over the parts that `opener` opens at start and closes at the end."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with opener(settings) as parts:
            app.state.parts = parts
            yield
            parts.photos.close()

    app = FastAPI(
        title="Một Cửa", version="0.1.0", description=DESCRIPTION, lifespan=lifespan, redoc_url=None
    )
    problems.install(app)
    app.router.routes.append(actions.route)
    for module in (conversations, files, records, tickets, health, quality_routes, page_routes):
        app.include_router(module.router)
    app.include_router(channel_routes.router)
    app.include_router(zalo_routes.router)
    app.include_router(hook_routes.router)
    app.include_router(open311_routes.router)
    app.include_router(public_routes.router)
    for screens in (screen_routes.router, screen_routes.calls, continuing_routes.router):
        app.include_router(screens)
    app.include_router(widget_routes.router)
    for desk in (desk_saved, desk_files, desk_tickets):
        app.include_router(desk.router)
    staff = (
        staff_routes.entrance,
        staff_routes.begun,
        staff_factor.router,
        staff_outside.router,
        staff_factor.whole,
        staff_routes.router,
        staff_people.router,
        devices.router,
        content.router,
        content_record.router,
        staff_talk.router,
        staff_channels.router,
        desk_page.router,
        desk_reports.router,
    )
    for router in (*staff, staff_routes.rest):  # the rest last: it takes every address below theirs
        app.include_router(router)
    assets = pages.WEB_DIST / "assets"
    if assets.is_dir():
        app.mount("/assets", StaticFiles(directory=assets), name="assets")
    # The last added is the outermost: every answer has the headers, the refused one too.
    app.add_middleware(BodyLimit, actions_token=settings.actions_token.get_secret_value())
    app.add_middleware(Measured)
    app.add_middleware(SecurityHeaders)
    return app


def from_environment() -> FastAPI:
    """For `uvicorn --factory bot.gateway.app:from_environment`."""
    settings = Settings.from_env()
    logs.configure(settings.log_level)
    return create_app(settings)
