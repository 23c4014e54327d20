"""Whether two reports seem to be of the same thing, and what joining one writes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from desk import duplicates, service
from desk.database import Pool
from desk.duplicates import NEAR_M, WordOverlap, metres, overlap
from desk.models import NewReport, Ticket
from desk.routing import Router
from desk.sealing import Sealer, new_key

HERE = {"latitude": 11.20001, "longitude": 108.40001}
places = st.tuples(st.floats(8, 24), st.floats(102, 110))


async def file(pool: Pool, report: NewReport, router: Router, now: datetime, **changes: Any) -> Ticket:
    async with pool.connection() as conn:
        filed = await service.file_report(
            conn,
            report.model_copy(update=changes),
            origin=str(uuid4()),
            router=router,
            sealer=Sealer([new_key()]),
            now=now,
        )
    return filed.ticket


async def found(
    pool: Pool, report: NewReport, now: datetime, *, category: str = "duong", **values: Any
) -> list[str]:
    similarity = values.pop("similarity", None)
    asked = report.model_copy(update=values)
    async with pool.connection() as conn:
        ones = await duplicates.find(conn, asked, category=category, now=now, similarity=similarity)
    return [one.code for one in ones]


async def test_the_same_hole_is_found_and_the_summary_tells_no_more_than_it_must(
    pool: Pool, router: Router, report: NewReport, now: datetime
) -> None:
    where = "trước số 12/3 chợ Lương Sơn, nhà ông Nguyễn Văn An 0905 123 456"
    ticket = await file(pool, report, router, now, where=where)
    async with pool.connection() as conn:
        (one,) = await duplicates.find(
            conn, report.model_copy(update={"what": "ổ gà sâu ở tỉnh lộ"}), category="duong", now=now
        )
    assert one.code == ticket.code
    assert "Đường sá" in one.summary and "20/11/2026" in one.summary and "chợ Lương Sơn" in one.summary
    assert "Nguyễn" not in one.summary and "456" not in one.summary
    assert "12" not in one.summary.replace("20/11/2026", "") and "Mặt đường" not in one.summary


@pytest.mark.parametrize(
    "other",
    [
        {"area": "lam-dong"},
        {"where": "cầu Sông Lũy"},
        {"what": "đường vào trường bị chặn bởi vật liệu xây dựng"},
        {"area": ""},
    ],
)
async def test_another_place_area_or_matter_is_not_found(
    pool: Pool, router: Router, report: NewReport, now: datetime, other: dict[str, str]
) -> None:
    await file(pool, report, router, now)
    assert await found(pool, report, now, **other) == []


async def test_another_field_an_old_a_closed_and_ones_own_report_are_not_found(
    pool: Pool, router: Router, report: NewReport, now: datetime
) -> None:
    own = uuid4()
    async with pool.connection() as conn:
        await conn.execute(
            "INSERT INTO conversations (id, channel, created_at, updated_at) VALUES (%s, 'web', now(), now())",
            (own,),
        )
    ticket = await file(pool, report, router, now, conversation_id=own)
    assert await found(pool, report, now) == [ticket.code]
    assert await found(pool, report, now, category="rac") == []
    assert await found(pool, report, now, conversation_id=own) == []
    assert await found(pool, report, now + timedelta(days=31)) == []
    async with pool.connection() as conn:
        await conn.execute("UPDATE tickets SET state = 'DA_TRA_LOI'")
    assert await found(pool, report, now) == []


async def test_on_the_map_distance_decides_and_not_the_words(
    pool: Pool, router: Router, report: NewReport, now: datetime
) -> None:
    ticket = await file(pool, report, router, now, **HERE)
    near: dict[str, Any] = {"latitude": 11.2021, "longitude": 108.4001, "where": "đâu đó"}
    assert await found(pool, report, now, **near) == [ticket.code]
    assert await found(pool, report, now, **{**near, "latitude": 11.2031}) == []


async def test_a_model_measures_instead_of_words(
    pool: Pool, router: Router, report: NewReport, now: datetime
) -> None:
    class Fixed:
        async def compare(self, text: str, others: Sequence[str]) -> list[float]:
            return [0.1 if "sụp" in text else -0.1 for _ in others]

    ticket = await file(pool, report, router, now)
    assert await found(pool, report, now, what="nền bị sụp", similarity=Fixed()) == [ticket.code]
    assert await found(pool, report, now, similarity=Fixed()) == []


async def test_the_likest_come_first_and_no_more_than_three(
    pool: Pool, router: Router, report: NewReport, now: datetime
) -> None:
    for number in range(4):
        await file(pool, report, router, now, what=f"Mặt đường tỉnh lộ có ổ gà {number}")
    best = await file(pool, report, router, now - timedelta(days=2))
    codes = await found(pool, report, now)
    assert len(codes) == 3 and codes[0] == best.code


async def test_a_voice_is_added_once_and_only_to_an_open_report(
    pool: Pool, router: Router, report: NewReport, now: datetime
) -> None:
    ticket, mine = await file(pool, report, router, now), uuid4()

    async def add(code: str, conversation: UUID) -> bool:
        async with pool.connection() as conn:
            return await duplicates.add_voice(
                conn, code=code, conversation_id=conversation, text="tôi cũng thấy\x00", now=now
            )

    async with pool.connection() as conn:
        await conn.execute(
            "INSERT INTO conversations (id, channel, created_at, updated_at) VALUES (%s, 'web', now(), now())",
            (mine,),
        )
    assert await add(ticket.code, mine) and await add(ticket.code, mine)
    assert not await add("PA-2026-999999", mine)
    async with pool.connection() as conn:
        voices = await (await conn.execute("SELECT ticket_id, text FROM ticket_voices")).fetchall()
        assert voices == [{"ticket_id": ticket.id, "text": "tôi cũng thấy"}]
        await conn.execute("UPDATE tickets SET state = 'KHONG_TIEP_NHAN'")
    assert not await add(ticket.code, mine)


async def test_what_the_form_collected_is_on_the_ticket(
    pool: Pool, router: Router, report: NewReport, now: datetime
) -> None:
    ticket = await file(pool, report, router, now, **HERE, kind="quy_dinh", may_publish=True)
    assert (ticket.latitude, ticket.longitude, ticket.kind, ticket.may_publish) == (
        HERE["latitude"],
        HERE["longitude"],
        "quy_dinh",
        True,
    )


@pytest.mark.parametrize(
    "place",
    [
        {"latitude": 11.2},
        {"longitude": 108.4},
        {"latitude": 48.8, "longitude": 108.0},
        {"latitude": 11.0, "longitude": 2.3},
        {"latitude": float("nan"), "longitude": 108.0},
        {"kind": "khieu_nai"},
    ],
)
def test_a_report_takes_no_half_place_none_abroad_and_no_other_kind(
    report: NewReport, place: dict[str, Any]
) -> None:
    with pytest.raises(ValidationError):
        NewReport.model_validate({**report.model_dump(), **place})


@given(places, places)
def test_distance_is_symmetric_and_nothing_to_oneself(
    one: tuple[float, float], other: tuple[float, float]
) -> None:
    assert metres(one, one) == 0
    assert abs(metres(one, other) - metres(other, one)) < 1e-3


def test_a_thousandth_of_a_degree_is_some_hundred_metres() -> None:
    assert 110 < metres((16.0, 107.0), (16.001, 107.0)) < 112
    assert metres((16.0, 107.0), (16.0027, 107.0)) > NEAR_M


@given(st.sets(st.text()), st.sets(st.text()))
def test_overlap_is_a_share(one: set[str], other: set[str]) -> None:
    assert 0 <= overlap(one, other) == overlap(other, one) <= 1


async def test_words_are_compared_without_marks() -> None:
    same, other = await WordOverlap().compare("ổ gà sâu", ["o ga rat sau", "đèn tắt"])
    assert same > 0 > other
