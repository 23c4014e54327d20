"""The officers' API for what they keep: reply templates and saved filters."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Path

from bot.gateway.console import saved
from bot.gateway.console.deeds import uuid_of
from bot.gateway.console.entry import AtDesk, desk_router
from bot.gateway.console.saved import Filter, Template
from bot.gateway.problems import Problem
from desk.calendar import LOCAL_TIME

router = desk_router()
FilterName = Annotated[str, Path(max_length=60)]


@router.get("/templates")
async def templates(desk: AtDesk) -> dict[str, Any]:
    """The reply templates, each with how the records it quotes stand today."""
    today = desk.parts.clock().astimezone(LOCAL_TIME).date()
    async with desk.bounded() as conn:
        return {"templates": await saved.templates(conn, desk.staff, library=desk.parts.library, today=today)}


@router.post("/templates", status_code=201)
async def add(new: Template, desk: AtDesk) -> dict[str, str]:
    async with desk.bounded() as conn:
        made = await saved.add_template(conn, new, staff=desk.staff, now=desk.parts.clock())
    return {"id": str(made)}


@router.put("/templates/{template}", status_code=204)
async def change(template: str, new: Template, desk: AtDesk) -> None:
    async with desk.bounded() as conn:
        there = await saved.change_template(
            conn, uuid_of(template), new, staff=desk.staff, now=desk.parts.clock()
        )
    if not there:
        raise Problem(404, "not_found")


@router.delete("/templates/{template}", status_code=204)
async def drop(template: str, desk: AtDesk) -> None:
    async with desk.bounded() as conn:
        there = await saved.drop_template(conn, uuid_of(template), staff=desk.staff)
    if not there:
        raise Problem(404, "not_found")


@router.get("/filters")
async def filters(desk: AtDesk) -> dict[str, Any]:
    async with desk.bounded() as conn:
        return {"filters": await saved.filters(conn, desk.staff)}


@router.put("/filters", status_code=204)
async def keep(kept: Filter, desk: AtDesk) -> None:
    """Keep a filter, in place of the one of that name."""
    async with desk.bounded() as conn:
        if not await saved.keep_filter(conn, kept, desk.staff):
            raise Problem(409, "desk_too_many_filters")


@router.delete("/filters/{name:path}", status_code=204)
async def forget(name: FilterName, desk: AtDesk) -> None:
    async with desk.bounded() as conn:
        await saved.drop_filter(conn, name, desk.staff)
