"""Sends what is queued for offices' systems: signed, never to an address inside, again and again until parked.

A delivery is leased before it is sent and marked after: a process that dies in between leaves the lease to run out,
and the receiver recognises the second try by `X-Motcua-Delivery`.
"""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import ssl
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID, uuid4

import httpx

from desk import webhooks
from desk.database import Conn, Pool, statement
from desk.sealing import Sealer
from desk.webhooks import SIGNATURE, TIMESTAMP, encoded, sign
from knowledge.errors import BadWebhook, SealBroken, WebhookFailed

MAX_ATTEMPTS = 10  # over about five hours
TIMEOUT_S = 10.0  # from looking up the name to the status line
LEASE = timedelta(seconds=60)
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=2)
_OTHERS_WAIT = timedelta(minutes=5)
KEPT = timedelta(days=30)
_AT_ONCE = 8
# Ways to write an IPv4 address into an IPv6 one; a network behind them is none of ours to know.
_TRANSLATED = tuple(ipaddress.ip_network(one) for one in ("64:ff9b::/32", "2002::/16", "2001::/32"))
_LEASE = """
UPDATE webhook_deliveries AS mine SET attempts = attempts + 1, next_try_at = %(until)s
FROM webhooks WHERE webhooks.id = mine.webhook_id AND mine.id IN (
    SELECT id FROM webhook_deliveries WHERE state = 'pending' AND next_try_at <= %(now)s
    ORDER BY next_try_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
RETURNING mine.id, mine.webhook_id, mine.event, mine.body, mine.attempts, webhooks.url, webhooks.sealed_secret
"""


# What else waits for a system that is down waits a little too, and so holds up no other's. Waits for no lock: the
# failures of one system are marked side by side.
_OTHERS = """
UPDATE webhook_deliveries SET next_try_at = %(until)s WHERE id IN (
    SELECT id FROM webhook_deliveries WHERE webhook_id = %(webhook)s AND state = 'pending' AND next_try_at < %(until)s
    FOR UPDATE SKIP LOCKED
)
"""


@dataclass(frozen=True, kw_only=True)
class Delivery:
    id: UUID
    webhook_id: UUID
    event: str
    body: dict[str, Any]
    attempts: int
    url: str
    sealed_secret: bytes


async def send_due(
    pool: Pool, *, sealer: Sealer, now: datetime, allow_private: bool = False, timeout_s: float = TIMEOUT_S
) -> dict[str, int]:
    """Send everything that is due; returns how many were sent, failed and parked."""
    done = {"sent": 0, "failed": 0, "parked": 0}
    while True:
        async with pool.connection() as conn:
            due = await _lease(conn, now=now)
        if not due:
            break
        sending = [
            _try(pool, one, sealer=sealer, now=now, allow_private=allow_private, timeout_s=timeout_s)
            for one in due
        ]
        for outcome in await asyncio.gather(*sending):
            done[outcome] += 1
    await _forget(pool, now=now)
    return done


async def _lease(conn: Conn, *, now: datetime) -> list[Delivery]:
    cursor = await conn.execute(_LEASE, {"now": now, "until": now + LEASE, "limit": _AT_ONCE})
    return [Delivery(**row) for row in await cursor.fetchall()]


async def _try(
    pool: Pool, one: Delivery, *, sealer: Sealer, now: datetime, allow_private: bool, timeout_s: float
) -> str:
    try:
        secret = sealer.text(one.sealed_secret)
        await post(one, secret=secret, now=now, allow_private=allow_private, timeout_s=timeout_s)
    except (WebhookFailed, BadWebhook, SealBroken) as error:
        return await _failed(pool, one, reason=str(error), now=now, for_good=isinstance(error, BadWebhook))
    async with pool.connection() as conn:
        await conn.execute(
            "UPDATE webhook_deliveries SET state = 'sent', sent_at = %s, error = '' WHERE id = %s",
            (now, one.id),
        )
    return "sent"


async def _failed(pool: Pool, one: Delivery, *, reason: str, now: datetime, for_good: bool) -> str:
    state = "parked" if for_good or one.attempts >= MAX_ATTEMPTS else "pending"
    async with statement(pool) as conn:
        await conn.execute(
            "UPDATE webhook_deliveries SET state = %s, next_try_at = %s, error = %s WHERE id = %s",
            (state, now + pause(one.attempts), reason[:500], one.id),
        )
        if not for_good:
            wait = now + min(pause(one.attempts), _OTHERS_WAIT)
            await conn.execute(_OTHERS, {"webhook": one.webhook_id, "until": wait})
    return "parked" if state == "parked" else "failed"


def pause(attempts: int) -> timedelta:
    """How long after a failure the next try is: twice as long each time."""
    doubled: timedelta = _FIRST_PAUSE * 2 ** max(attempts - 1, 0)
    return min(doubled, _LONGEST_PAUSE)


async def _forget(pool: Pool, *, now: datetime) -> None:
    async with pool.connection() as conn:
        await conn.execute(
            "DELETE FROM webhook_deliveries WHERE state = 'sent' AND sent_at < %s", (now - KEPT,)
        )
        await conn.execute("DELETE FROM webhook_messages WHERE at < %s", (now - KEPT,))


async def ping(
    hook: webhooks.Webhook, secret: str, *, now: datetime, allow_private: bool, timeout_s: float = TIMEOUT_S
) -> int:
    """Send a trial at once; returns the status it was answered with.

    Raises:
        BadWebhook: it may not be sent there.
        WebhookFailed: nobody took it.
    """
    body = {"event": "ping", "at": now.isoformat()}
    one = Delivery(
        id=uuid4(), webhook_id=hook.id, event="ping", body=body, attempts=1, url=hook.url, sealed_secret=b""
    )
    return await post(one, secret=secret, now=now, allow_private=allow_private, timeout_s=timeout_s)


# ------------------------------------------------------------------ one request


async def post(
    one: Delivery, *, secret: str, now: datetime, allow_private: bool, timeout_s: float = TIMEOUT_S
) -> int:
    """Send a delivery to the address its name has now, and to no other; returns the status.

    Raises:
        BadWebhook: it may not be sent there.
        WebhookFailed: not reached, too slow, or not answered with 2xx.
    """
    webhooks.check_url(one.url, allow_private=allow_private)
    try:
        async with asyncio.timeout(timeout_s):
            address = await resolved(one.url, allow_private=allow_private)
            status = await _post(one, address, secret=secret, now=now)
    except TimeoutError as error:
        raise WebhookFailed(f"no answer within {timeout_s:g} s") from error
    except (httpx.HTTPError, httpx.InvalidURL, ssl.SSLError, OSError) as error:
        raise WebhookFailed(f"{type(error).__name__}: {error}".strip(": ")) from error
    if not 200 <= status < 300:
        kind = "a redirect, which is not followed" if 300 <= status < 400 else "not 2xx"
        raise WebhookFailed(f"answered {status}, {kind}")
    return status


async def _post(one: Delivery, address: str, *, secret: str, now: datetime) -> int:
    body, timestamp = encoded({"id": str(one.id), **one.body}), str(int(now.timestamp()))
    url = httpx.URL(one.url)
    headers = {
        "Host": url.netloc.decode("ascii"),
        "Content-Type": "application/json",
        "User-Agent": "motcua-webhook/1",
        "X-Motcua-Event": one.event,
        "X-Motcua-Delivery": str(one.id),
        TIMESTAMP: timestamp,
        SIGNATURE: sign(secret, timestamp=timestamp, body=body),
    }
    # Connected to the address that was looked at; the certificate is still checked against the name.
    async with httpx.AsyncClient(trust_env=False, follow_redirects=False, timeout=TIMEOUT_S) as client:
        request = client.build_request(
            "POST", url.copy_with(host=address), content=body, headers=headers,
            extensions={"sni_hostname": url.host},
        )  # fmt: skip
        response = await client.send(request, stream=True)  # its body is of no interest, however long
        await response.aclose()
        return response.status_code


async def resolved(url: str, *, allow_private: bool) -> str:
    """The address a URL's name has, asked once.

    Raises:
        BadWebhook: one of its addresses is not of the public internet.
        WebhookFailed: the name has none.
    """
    parts = urlsplit(url)
    try:
        found = await asyncio.get_running_loop().getaddrinfo(
            parts.hostname, parts.port or (443 if parts.scheme == "https" else 80), type=socket.SOCK_STREAM
        )
    except (socket.gaierror, UnicodeError) as error:
        raise WebhookFailed(f"{parts.hostname} has no address") from error
    addresses = [str(info[4][0]) for info in found]
    inside = next((address for address in addresses if not is_public(address)), None)
    if inside and not allow_private:
        raise BadWebhook(f"{parts.hostname} is {inside}, which is not of the public internet")
    return addresses[0]


def is_public(address: str) -> bool:
    """Whether an address is one of the open internet: not this machine, its network, or a way around that."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        if ip.ipv4_mapped:
            return is_public(str(ip.ipv4_mapped))
        if any(ip in network for network in _TRANSLATED) or ip.is_site_local:
            return False
    return ip.is_global and not ip.is_multicast and not ip.is_reserved
