"""Screens of offices: enrolled, known by their token, arranged, revoked, and each act written down."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from desk import auditing, devices
from desk.database import Conn, Pool
from desk.devices import Kind
from knowledge.errors import BadDevice, DeviceNotFound, UnknownArea

pytestmark = pytest.mark.postgres
WHO = {"actor": "quantri"}


async def enrolled(conn: Conn, now: datetime, kind: Kind = Kind.KIOSK) -> tuple[devices.Device, str]:
    return await devices.enrol(
        conn, kind=kind, name="Sảnh  một cửa", area="lam-dong/bac-binh", unit_id="", now=now, **WHO
    )


async def test_known_by_its_token_until_it_is_revoked_and_again_by_another(pool: Pool, now: datetime) -> None:
    async with pool.connection() as conn:
        made, token = await enrolled(conn, now)
        assert made.name == "Sảnh một cửa"
        assert (await devices.by_token(conn, token)).id == made.id
        await devices.revoke(conn, made, now=now, **WHO)
        for wrong in (token, "", token[:-1]):
            with pytest.raises(DeviceNotFound):
                await devices.by_token(conn, wrong)
        again = await devices.new_token(conn, made, now=now, **WHO)
        assert (await devices.by_token(conn, again)).revoked_at is None
        with pytest.raises(DeviceNotFound):
            await devices.by_token(conn, token)
        cursor = await conn.execute(
            "SELECT action, actor, details::text FROM audit WHERE object_kind = 'device'"
        )
        lines = await cursor.fetchall()
        assert [one["action"] for one in lines] == ["device.enrolled", "device.revoked", "device.new_token"]
        assert token not in str(lines) and again not in str(lines)
        assert await auditing.broken_lines(conn) == []


async def test_it_is_silent_when_it_has_not_spoken_for_five_minutes(pool: Pool, now: datetime) -> None:
    async with pool.connection() as conn:
        made, _ = await enrolled(conn, now)
        assert made.silent(now)
        await devices.heard(conn, made, version="7" * 99, told={"voice": "server"}, now=now)
        found = await devices.find(conn, made.id)
        assert (len(found.version), found.told) == (40, {"voice": "server"})
        assert not found.silent(now + devices.SILENT_AFTER)
        assert found.silent(now + devices.SILENT_AFTER + timedelta(seconds=1))


async def test_what_it_shows_is_changed_and_written_down(pool: Pool, now: datetime) -> None:
    async with pool.connection() as conn:
        made, _ = await enrolled(conn, now, Kind.BOARD)
        changed = await devices.arrange(
            conn, made, {"procedures": ["1.001193"], "seconds": 20}, now=now, **WHO
        )
        assert changed.settings.procedures == ("1.001193",) and changed.settings.events
        assert (await devices.find(conn, made.id)).settings == changed.settings
        for wrong in ({"seconds": 4}, {"seconds": 121}, {"paper": "a5"}, {"notice": "x" * 201}):
            with pytest.raises(BadDevice):
                await devices.arrange(conn, made, wrong, now=now, **WHO)


@pytest.mark.parametrize(
    ("name", "area", "error"),
    [(" ", "", BadDevice), ("x" * 101, "", BadDevice), ("x", "sao-hoa", UnknownArea)],
)
async def test_a_screen_needs_a_name_and_a_place_there_is(
    pool: Pool, now: datetime, name: str, area: str, error: type[Exception]
) -> None:
    async with pool.connection() as conn:
        with pytest.raises(error):
            await devices.enrol(conn, kind=Kind.KIOSK, name=name, area=area, unit_id="", now=now, **WHO)
