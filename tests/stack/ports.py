"""Ports for processes that are started later."""

from __future__ import annotations

import random
import socket
from contextlib import suppress
from pathlib import Path

_GIVEN_OUT = Path("/proc/sys/net/ipv4/ip_local_port_range")


def free_ports(count: int) -> list[int]:
    """Free ones below those that the system gives to outgoing connections: none of these takes them meanwhile."""
    found: list[int] = []
    while len(found) < count:
        port = random.randrange(20_000, _first_given_out())  # noqa: S311  # no secret
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            if port not in found:
                found.append(port)
    return found


def _first_given_out() -> int:
    return int(_GIVEN_OUT.read_text().split()[0]) if _GIVEN_OUT.is_file() else 32_768
