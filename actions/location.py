"""A place shared as coordinates: `#MC:AT:16.46371,107.59090` from a surface that knows where its person stands."""

from __future__ import annotations

import re

AT = "#MC:AT:"
LOCATE = "#MC:LOCATE"  # the button that asks the surface for it
# Degrees: the mainland and the islands, generously. What lies outside is a device's error.
SOUTH, NORTH, WEST, EAST = 6.0, 24.0, 102.0, 118.0
_PAIR = re.compile(r"(-?\d{1,3}\.\d{1,10}),(-?\d{1,3}\.\d{1,10})")


def coordinates(payload: str) -> tuple[float, float] | None:
    """(latitude, longitude) to about a metre, None when they are not in Vietnam or none at all."""
    match = _PAIR.fullmatch(payload.removeprefix(AT))
    if not match:
        return None
    latitude, longitude = (round(float(one), 5) for one in match.groups())
    return (latitude, longitude) if SOUTH <= latitude <= NORTH and WEST <= longitude <= EAST else None
