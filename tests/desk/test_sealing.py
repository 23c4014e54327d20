"""Personal data at rest is noise, and keys can be changed while the desk works."""

from __future__ import annotations

import stat
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import sealing, service
from desk.database import Pool
from desk.models import NewReport
from desk.routing import Router
from desk.sealing import Sealer, new_key
from knowledge.errors import SealBroken

OLD, NEW = new_key(), new_key()


@given(st.text() | st.binary())
def test_what_is_sealed_comes_back_and_is_not_seen(content: str | bytes) -> None:
    sealer = Sealer([OLD])
    sealed = sealer.seal(content)
    raw = content.encode() if isinstance(content, str) else content
    assert sealer.open(sealed) == raw
    assert len(raw) < 4 or raw not in sealed


def test_any_key_opens_the_first_one_seals() -> None:
    sealed = Sealer([OLD]).seal("số điện thoại")
    both = Sealer([NEW, OLD])
    assert both.text(sealed) == "số điện thoại"
    assert Sealer([NEW]).text(both.again(sealed)) == "số điện thoại"
    assert both.text(None) == ""


@pytest.mark.parametrize(
    "broken",
    [b"", b"gAAAA", Sealer([NEW]).seal("x"), Sealer([OLD]).seal("x")[:-2] + b"AA"],
    ids=["empty", "cut", "of another key", "changed"],  # the same names in every process that collects them
)
def test_the_wrong_key_and_a_changed_byte_open_nothing(broken: bytes) -> None:
    for attempt in (Sealer([OLD]).open, Sealer([OLD]).again):
        with pytest.raises(SealBroken):
            attempt(broken)


@pytest.mark.parametrize("keys", [["ngắn"], ["a" * 44], [""]])
def test_a_key_that_is_none_is_said_at_start(keys: list[str]) -> None:
    with pytest.raises(SealBroken, match="DATA_KEYS"):
        Sealer(keys)


def test_without_a_setting_the_machine_has_its_own_key_and_keeps_it(tmp_path: Path) -> None:
    sealed = Sealer.of("", tmp_path / "home").seal("x")
    assert Sealer.of("", tmp_path / "home").text(sealed) == "x"
    assert stat.S_IMODE((tmp_path / "home" / sealing.KEY_FILE).stat().st_mode) == 0o600
    with pytest.raises(SealBroken):
        Sealer.of(f"{NEW}, {OLD}", tmp_path / "home").open(sealed)


@pytest.mark.postgres
async def test_keys_are_changed_with_the_data_in_place(
    pool: Pool, report: NewReport, router: Router, now: datetime
) -> None:
    async with pool.connection() as conn:
        for number in range(3):
            filed = await service.file_report(
                conn, report, origin=f"o{number}", router=router, sealer=Sealer([OLD]), now=now
            )
        # One from before contacts were sealed.
        await conn.execute(
            "UPDATE ticket_contacts SET contact = %s, sealed = NULL WHERE ticket_id = %s",
            (report.contact, filed.ticket.id),
        )
        cursor = await conn.execute("SELECT sealed FROM ticket_contacts WHERE sealed IS NOT NULL")
        assert all(b"0900" not in row["sealed"] for row in await cursor.fetchall())
    with pytest.raises(SealBroken):
        await sealing.reseal(pool, Sealer([NEW]))
    done = await sealing.reseal(pool, Sealer([NEW, OLD]))
    assert (done["contacts in clear"], done["ticket_contacts"]) == (
        0,
        3,
    )  # sealed by the run that then stopped
    async with pool.connection() as conn:
        for number in range(3):
            code = f"PA-2026-{number + 1:06d}"
            read = await service.contact_of(conn, code=code, sealer=Sealer([NEW]), actor="x", now=now)
            assert read == report.contact
        cursor = await conn.execute("SELECT count(*) AS n FROM ticket_contacts WHERE contact IS NOT NULL")
        assert (await cursor.fetchone() or {})["n"] == 0
