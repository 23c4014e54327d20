"""Screens that stand in offices: enrolled by an administrator, known by a token, heard from every minute."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID, uuid4

from psycopg.types.json import Jsonb
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from desk.database import Conn, storable
from desk.service import audit
from knowledge.errors import BadDevice, DeviceNotFound, UnknownArea
from knowledge.gazetteer.names import gazetteer

SILENT_AFTER = timedelta(minutes=5)  # a screen speaks every minute
LEFT_ALONE = timedelta(minutes=10)  # a kiosk wipes after 90 seconds; what it could not, the server does
LONGEST_NAME = 100
_COLUMNS = (
    "id, kind, name, area, unit_id, settings, enrolled_at, enrolled_by, revoked_at, seen_at, version, told"
)


class Kind(StrEnum):
    KIOSK = "kiosk"
    BOARD = "board"


class DeviceSettings(BaseModel):
    """What officials choose for a screen. `paper` to `speech_in` are a kiosk's, the rest a board's."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    paper: Literal["none", "thermal", "a4"] = "none"
    speech_in: bool = False  # the browser's maker hears what is said
    procedures: tuple[str, ...] = Field(default=(), max_length=40)  # codes; none = the usual ones
    events: bool = True
    paying: bool = True
    notice: str = Field(default="", max_length=200)  # shown between the others
    seconds: int = Field(default=12, ge=5, le=120)  # so long a page stands


class Device(BaseModel):
    model_config = ConfigDict(frozen=True)

    id: UUID
    kind: Kind
    name: str
    area: str = ""
    unit_id: str = ""
    settings: DeviceSettings = DeviceSettings()
    enrolled_at: datetime
    enrolled_by: str
    revoked_at: datetime | None = None
    seen_at: datetime | None = None
    version: str = ""
    told: dict[str, Any] = Field(default_factory=dict)

    def silent(self, now: datetime) -> bool:
        return self.seen_at is None or now - self.seen_at > SILENT_AFTER


def token_hash(token: str) -> bytes:
    """A token is 256 random bits, so a plain fast hash is enough."""
    return hashlib.sha256(token.encode("utf-8", "replace")).digest()


async def enrol(
    conn: Conn, *, kind: Kind, name: str, area: str, unit_id: str, actor: str, now: datetime
) -> tuple[Device, str]:
    """A screen, and its token, which is nowhere else.

    Raises:
        BadDevice: without a name, or with a very long one.
        UnknownArea: the area is in no pack.
    """
    name = " ".join(storable(name).split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise BadDevice
    if area and area not in gazetteer().by_slug:
        raise UnknownArea(f"no area {area!r}")
    token = secrets.token_urlsafe(32)
    cursor = await conn.execute(
        "INSERT INTO devices (id, kind, name, area, unit_id, token_hash, enrolled_at, enrolled_by)"  # noqa: S608
        f" VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING {_COLUMNS}",
        (uuid4(), kind, name, area, unit_id, token_hash(token), now, actor),
    )
    row = await cursor.fetchone()
    assert row is not None  # noqa: S101  # RETURNING
    made = Device(**row)
    details = {"kind": kind, "name": name, "area": area, "unit": unit_id}
    await _record(conn, made, "device.enrolled", actor=actor, now=now, details=details)
    return made, token


async def all_of(conn: Conn) -> list[Device]:
    """Every screen, those in use first."""
    cursor = await conn.execute(
        f"SELECT {_COLUMNS} FROM devices ORDER BY revoked_at IS NOT NULL, kind, name, id"  # noqa: S608  # our columns
    )
    return [Device(**row) for row in await cursor.fetchall()]


async def find(conn: Conn, device_id: UUID) -> Device:
    """A screen, revoked ones too.

    Raises:
        DeviceNotFound: there is none.
    """
    cursor = await conn.execute(f"SELECT {_COLUMNS} FROM devices WHERE id = %s", (device_id,))  # noqa: S608
    return _found(await cursor.fetchone())


async def by_token(conn: Conn, token: str) -> Device:
    """The screen whose token this is.

    Raises:
        DeviceNotFound: nobody's, or revoked; never says which.
    """
    cursor = await conn.execute(
        f"SELECT {_COLUMNS} FROM devices WHERE token_hash = %s AND revoked_at IS NULL",  # noqa: S608
        (token_hash(token),),
    )
    return _found(await cursor.fetchone())


async def heard(conn: Conn, device: Device, *, version: str, told: dict[str, Any], now: datetime) -> None:
    """A sign of life, with what the screen tells of itself."""
    await conn.execute(
        "UPDATE devices SET seen_at = %s, version = %s, told = %s WHERE id = %s",
        (now, storable(version)[:40], Jsonb(storable(told)), device.id),
    )


async def revoke(conn: Conn, device: Device, *, actor: str, now: datetime) -> None:
    """Its token opens nothing any more. A revoked screen stays in the list."""
    cursor = await conn.execute(
        "UPDATE devices SET revoked_at = %s WHERE id = %s AND revoked_at IS NULL", (now, device.id)
    )
    if cursor.rowcount:
        await _record(conn, device, "device.revoked", actor=actor, now=now)


async def new_token(conn: Conn, device: Device, *, actor: str, now: datetime) -> str:
    """Another token, also for a screen that was revoked; the one before opens nothing any more."""
    token = secrets.token_urlsafe(32)
    await conn.execute(
        "UPDATE devices SET token_hash = %s, revoked_at = NULL, seen_at = NULL, told = '{}' WHERE id = %s",
        (token_hash(token), device.id),
    )
    await _record(conn, device, "device.new_token", actor=actor, now=now)
    return token


async def arrange(conn: Conn, device: Device, chosen: dict[str, Any], *, actor: str, now: datetime) -> Device:
    """Change what a screen shows or does; it takes it up with its next sign of life.

    Raises:
        BadDevice: one of the values cannot be.
    """
    try:
        changed = DeviceSettings.model_validate({**device.settings.model_dump(), **storable(chosen)})
    except ValidationError as error:
        raise BadDevice from error
    values = changed.model_dump(mode="json")
    await conn.execute("UPDATE devices SET settings = %s WHERE id = %s", (Jsonb(values), device.id))
    details = {"before": device.settings.model_dump(mode="json"), "after": values}
    await _record(conn, device, "device.arranged", actor=actor, now=now, details=details)
    return device.model_copy(update={"settings": changed})


async def _record(
    conn: Conn,
    device: Device,
    action: str,
    *,
    actor: str,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    await audit(
        conn,
        actor=actor,
        action=action,
        object_kind="device",
        object_id=str(device.id),
        now=now,
        details=details,
    )


def _found(row: dict[str, Any] | None) -> Device:
    if row is None:
        raise DeviceNotFound
    return Device(**row)


# ------------------------------------------------------------------ what was said at a kiosk


async def wipe(conn: Conn, conversation_id: UUID) -> bool:
    """Erase what was said at a kiosk, when the person has gone. True when nothing is left.

    Where a report came of it, the conversation stays with the report, as in every channel, and no token opens it.
    """
    await conn.execute("SELECT 1 FROM conversations WHERE id = %s FOR UPDATE", (conversation_id,))
    cursor = await conn.execute(
        f"DELETE FROM conversations c WHERE id = %s AND channel = 'kiosk' AND {_WITHOUT_REPORT}",  # noqa: S608
        (conversation_id,),
    )
    if cursor.rowcount:
        return True
    await conn.execute(
        "UPDATE conversations SET token_hash = NULL WHERE id = %s AND channel = 'kiosk'", (conversation_id,)
    )
    return False


async def used(conn: Conn, conversation_id: UUID, *, token: str, now: datetime) -> None:
    """Somebody still reads at the kiosk, though nothing is said."""
    await conn.execute(
        "UPDATE conversations SET updated_at = %s WHERE id = %s AND channel = 'kiosk' AND token_hash = %s",
        (now, conversation_id, token_hash(token)),
    )


async def sweep(conn: Conn, *, now: datetime) -> int:
    """What a kiosk that lost its line or its power could not wipe itself; conversations erased."""
    cursor = await conn.execute(
        "DELETE FROM conversations c WHERE channel = 'kiosk' AND updated_at < %(before)s"  # noqa: S608
        f" AND {_WITHOUT_REPORT} AND NOT EXISTS (SELECT FROM inbox i WHERE i.conversation_id = c.id"
        " AND i.received_at >= %(before)s)",
        {"before": now - LEFT_ALONE},
    )
    await conn.execute(
        "UPDATE conversations SET token_hash = NULL WHERE channel = 'kiosk' AND token_hash IS NOT NULL"
        " AND updated_at < %s",
        (now - LEFT_ALONE,),
    )
    return cursor.rowcount


_WITHOUT_REPORT = (
    "NOT EXISTS (SELECT FROM tickets t WHERE t.conversation_id = c.id)"
    " AND NOT EXISTS (SELECT FROM ticket_voices v WHERE v.conversation_id = c.id)"
    " AND NOT EXISTS (SELECT FROM handovers h WHERE h.conversation_id = c.id AND h.ended_at IS NULL)"
)
