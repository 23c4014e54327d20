"""What every page of the content desk needs: the version it speaks of, and who asks."""

from __future__ import annotations

import math
from typing import Annotated, Any

from fastapi import Depends

from bot.gateway.content import queries
from bot.gateway.content.listing import prepare
from bot.gateway.content.queries import PER_PAGE, Standing
from bot.gateway.ports import Parts
from bot.gateway.routes.common import Wired
from bot.gateway.security import STAFF_PREFIX
from bot.gateway.staff_pages import words
from desk.database import statement
from desk.staff import Role, Staff
from knowledge.documents import area_covers
from knowledge.gazetteer.names import gazetteer

HOME = f"{STAFF_PREFIX}/noi-dung"
_PREPARED: set[tuple[str, int]] = set()  # versions whose rows were made; versions never change


async def standing(parts: Wired) -> Standing:
    """The version staged last, its rows made ready to be listed."""
    async with statement(parts.pool) as conn:
        found = await queries.standing(conn)
    asked = (dsn_of(parts), found.staged_number)
    if found.staged_number and asked not in _PREPARED:
        await prepare(parts.pool, found.staged_number)
        _PREPARED.add(asked)
    return found


Standing_ = Annotated[Standing, Depends(standing)]


def dsn_of(parts: Parts) -> str:
    return str(parts.pool.conninfo)


def may_change(staff: Staff, area: str) -> bool:
    """Whoever is responsible for a place changes its records and those below, not the nation's."""
    return staff.may(Role.ADMIN) or not staff.area or (bool(area) and area_covers(staff.area, area))


def area_name(slug: str) -> str:
    """What a place is called; "" is the whole country."""
    if not slug:
        return str(words()["nation"])
    place = gazetteer().by_slug.get(slug)
    return place.name if place else slug


def paging(page: int, total: int) -> dict[str, Any]:
    """Numbers for the links below a list."""
    pages = max(1, math.ceil(total / PER_PAGE))
    first = (page - 1) * PER_PAGE + 1
    return {
        "page": page,
        "pages": pages,
        "total": total,
        "first": min(first, total),
        "last": min(first + PER_PAGE - 1, total),
    }
