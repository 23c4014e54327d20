"""The draft opens as a letter that says what was late and the new date, and leaves the rest to people."""

from __future__ import annotations

import io
from functools import partial
from pathlib import Path

import docx
import pytest
import yaml
from docx.document import Document

from desk import apology, work
from desk.apology import Letter
from desk.clock_extension import extend
from desk.database import Pool
from desk.models import NewReport, Ticket
from desk.routing import Router
from knowledge.errors import BadTransition
from tests.desk.clock_helpers import BASIS, Filing, at, filing_into, set_deadline
from tests.desk.test_work import COMMUNE, HEAD, LAN, SEALER, do

pytestmark = pytest.mark.postgres
NOW = at("2026-11-23T09:30")


@pytest.fixture
def filing(pool: Pool, report: NewReport, router: Router) -> Filing:
    return filing_into(pool, report, router, SEALER)


async def drafted(pool: Pool, ticket: Ticket, when: str = "", days: int | None = None) -> Letter:
    async with pool.connection() as conn:
        return await apology.draft(conn, ticket, now=at(when) if when else NOW, days=days)


def opened(letter: Letter) -> Document:
    return docx.Document(io.BytesIO(letter.content))


def text(letter: Letter) -> str:
    return "\n".join(paragraph.text for paragraph in opened(letter).paragraphs)


async def test_it_says_what_was_late_and_the_new_date(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_days=1)
    letter = await drafted(pool, await filing("2026-11-19T09:00"))
    said = text(letter)
    assert letter.name == "xin-loi-PA-2026-000001.docx"
    assert letter.until == at("2026-11-25T17:00")  # 24/11 is off
    for part in (
        "PA-2026-000001",
        BASIS,
        "17 giờ 00 ngày 20/11/2026",
        "quá hạn 2 giờ làm việc",
        "17 giờ 00 ngày 25/11/2026",
        "Sở Xây dựng Lâm Đồng xin lỗi",
        "ngày 23 tháng 11 năm 2026",
    ):
        assert part in said


async def test_what_people_must_write_is_marked(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_days=1)
    letter = await drafted(pool, await filing("2026-11-19T09:00"))
    runs = [run for paragraph in opened(letter).paragraphs for run in paragraph.runs]
    marked = [run.text for run in runs if run.font.highlight_color is not None]
    assert any("lý do chậm" in blank for blank in marked)
    assert len(marked) == 6
    assert not any("……" in run.text for run in runs if run.font.highlight_color is None)
    assert "Nguyễn Văn A" not in text(letter)  # the contact is sealed and stays so


async def test_more_days_may_be_asked_for(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_hours="7.5")
    ticket = await filing("2026-11-19T09:00")
    assert (await drafted(pool, ticket)).until == at("2026-11-25T09:30")
    assert (await drafted(pool, ticket, days=5)).until == at("2026-12-01T17:00")


async def test_a_delay_that_is_foreseen_is_not_called_late(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_days=5)
    letter = await drafted(pool, await filing("2026-11-19T09:00"))
    assert "không thể trả lời kịp" in text(letter)
    assert "quá hạn" not in text(letter)
    assert letter.until > at("2026-11-27T17:00")


async def test_a_date_in_a_year_not_set_is_to_be_checked(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_days=1)
    ticket = await filing("2026-12-29T09:00")
    letter = await drafted(pool, ticket, "2026-12-31T08:00")
    assert "lịch nghỉ năm 2027 chưa được nhập" in text(letter)


async def test_the_day_is_the_one_on_which_the_unit_got_it(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_days=1, unit_id=COMMUNE.id)
    ticket = await filing("2026-11-16T09:00")
    moved = await do(pool, ticket, LAN, at("2026-11-18T09:00"), partial(work.forward, to=COMMUNE, reason="x"))
    assert "Ngày 18/11/2026, Phòng Kinh tế xã Bắc Bình" in text(await drafted(pool, moved))


async def test_nothing_is_late_where_nothing_is_set_or_all_is_answered(pool: Pool, filing: Filing) -> None:
    ticket = await filing("2026-11-19T09:00")
    with pytest.raises(BadTransition):
        await drafted(pool, ticket)


async def test_the_new_date_is_set_when_the_letter_is_signed(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_days=1)
    ticket = await filing("2026-11-19T09:00")
    letter = await drafted(pool, ticket)
    longer = await do(pool, ticket, HEAD, NOW, partial(extend, until=letter.until, reason="Mưa lớn."))
    assert longer.due_at == letter.until


async def test_odd_names_neither_break_the_file_nor_make_blanks(pool: Pool, filing: Filing) -> None:
    await set_deadline(pool, working_days=1, basis="QĐ \x0b1 & <w:p> {x} [[ký]]")
    letter = await drafted(pool, await filing("2026-11-19T09:00"))
    assert "QĐ 1 & <w:p> {x}" in text(letter)
    assert "ký]" not in text(letter).replace("chữ ký", "")


def test_every_word_of_the_letter_is_used() -> None:
    words = yaml.safe_load(Path(apology.__file__).with_suffix(".yml").read_text(encoding="utf-8"))
    used = Path(apology.__file__).read_text(encoding="utf-8")
    assert all(f'"{name}"' in used for name in words)
