"""Offices' systems: sent to at set times by a worker, and named, tried and removed at the command line."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from rich.table import Table

from bot.gateway.desk_users import ACTOR, with_database
from bot.gateway.periodic import Timed
from bot.gateway.sealing import sealer_of
from bot.gateway.settings import Settings
from bot.gateway.terminal import table_console
from desk import webhook_sending, webhooks
from desk.database import Conn, Pool
from desk.routing import Router
from knowledge.errors import BadWebhook

log = logging.getLogger(__name__)


def timed(settings: Settings) -> Timed:
    """What a worker does each minute: send what is due."""
    sealer = sealer_of(settings)

    async def send(pool: Pool, now: datetime) -> None:
        done = await webhook_sending.send_due(
            pool, sealer=sealer, now=now, allow_private=settings.webhook_allow_private
        )
        if any(done.values()):
            log.info("webhooks: %s", ", ".join(f"{count} {what}" for what, count in done.items() if count))

    return Timed("motcua.send_webhooks", "* * * * *", send)


def add(
    settings: Settings, url: str, *, unit: str, events: Sequence[str], deeds: Sequence[str]
) -> dict[str, Any]:
    """Name a system; its line, with the secret, which is shown this once.

    Raises:
        BadWebhook: it cannot be so.
    """
    if unit and Router.from_packs().unit(unit) is None:
        raise BadWebhook(f"no unit {unit!r} in knowledge/packs/units")
    chosen = list(events) or (list(webhooks.EVENTS) if url else [])

    async def work(conn: Conn) -> tuple[webhooks.Webhook, str]:
        return await webhooks.add(
            conn,
            url=url,
            unit_id=unit,
            events=chosen,
            deeds=deeds,
            sealer=sealer_of(settings),
            actor=ACTOR,
            now=_now(),
            allow_private=settings.webhook_allow_private,
        )

    made, secret = with_database(settings, work)
    return {**made.model_dump(mode="json"), "secret": secret}


def rows(settings: Settings) -> list[dict[str, Any]]:
    return with_database(settings, webhooks.every)


def remove(settings: Settings, webhook_id: UUID) -> None:
    with_database(settings, lambda conn: webhooks.remove(conn, webhook_id, actor=ACTOR, now=_now()))


def again(settings: Settings, webhook_id: UUID) -> int:
    return with_database(settings, lambda conn: webhooks.again(conn, webhook_id, actor=ACTOR, now=_now()))


def test(settings: Settings, webhook_id: UUID) -> int:
    """Send a trial now; returns the status it was answered with.

    Raises:
        BadWebhook: it has no address, or may not be sent there.
        WebhookFailed: nobody took it.
        WebhookNotFound: there is none of this id.
    """

    async def work(conn: Conn) -> int:
        hook, secret = await webhooks.find(conn, webhook_id, sealer=sealer_of(settings))
        if not hook.url:
            raise BadWebhook("it has no address: it only sends to us")
        return await webhook_sending.ping(
            hook, secret, now=_now(), allow_private=settings.webhook_allow_private
        )

    return with_database(settings, work)


def show(found: Sequence[dict[str, Any]]) -> None:
    table = Table("id", "url", "unit", "events", "deeds", "waiting", "sent", "parked", "last failure")
    for one in found:
        table.add_row(
            str(one["id"]), one["url"], one["unit_id"], ",".join(one["events"]), ",".join(one["deeds"]),
            str(one["waiting"]), str(one["sent"]), str(one["parked"]), one["error"],
        )  # fmt: skip
    table_console().print(table)


def _now() -> datetime:
    return datetime.now(UTC)
