"""What an administrator of accounts may reach: everybody, or whoever works in the administrator's own area."""

from __future__ import annotations

from collections.abc import Iterable

from desk.routing import Router
from desk.staff import Role, Staff
from knowledge.documents import area_covers
from knowledge.errors import NotAllowed, UnknownUnit

UNIT_WORK = frozenset({Role.DESK, Role.HEAD})  # without a unit they would see no ticket


def check_unit(router: Router, unit_id: str) -> None:
    """Raise UnknownUnit for an id that no unit has; "" is none."""
    if unit_id and router.unit(unit_id) is None:
        raise UnknownUnit(f"no unit {unit_id!r}: see the id fields under knowledge/packs/units")


def lacks_unit(roles: Iterable[Role], unit_id: str) -> bool:
    return not unit_id and bool(UNIT_WORK & {*roles})


def reaches(admin: Staff, area: str) -> bool:
    return not admin.area or (bool(area) and area_covers(admin.area, area))


def check_reach(admin: Staff, area: str) -> None:
    """Raise NotAllowed for accounts outside the administrator's area, the whole country's among them."""
    if not reaches(admin, area):
        raise NotAllowed


def check_unit_reach(admin: Staff, router: Router, unit_id: str) -> None:
    """Raise NotAllowed for a unit of a place outside the administrator's area; common units have none."""
    unit = router.unit(unit_id)
    if unit is not None and unit.area:
        check_reach(admin, unit.area)
