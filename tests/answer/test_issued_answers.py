"""Answers from documents read by the parser: the part asked for, the heading alone, scans only pointed at."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.answer.compose.plan import asked_part, is_scan, statement_line
from bot.answer.context import Question
from bot.answer.reply import Reply
from bot.answer.service import Answerer
from index.build import build
from index.dense import HashEncoder
from index.search import Search
from index.snapshot import Snapshot, current
from knowledge.areas import Areas
from knowledge.corpus import Knowledge
from knowledge.documents import Statement
from knowledge.parsers.issued import parse
from tests.answer.world import NOW, acts
from tests.answer.world import ask as in_packs
from tests.knowledge.issued_texts import (
    DECISION,
    PLAN_FIRST,
    PLAN_SECOND,
    SCAN,
    SCHEDULE,
    SCHEDULE_REST,
    document,
)


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    home: Path = tmp_path_factory.mktemp("issued")
    texts = [(DECISION,), (PLAN_FIRST, PLAN_SECOND), (SCHEDULE, SCHEDULE_REST), (SCAN,)]
    plans = [parse(document(*pages), name=f"{n}.pdf") for n, pages in enumerate(texts)]
    build(Knowledge(plans=plans), home=home, encoder=HashEncoder())
    folder = current(home)
    assert folder is not None
    return Answerer(Search(Snapshot(folder), HashEncoder()), Areas.from_pack(), acts())


def ask(answerer: Answerer, text: str, area: str) -> Reply:
    return answerer.answer(Question(text, area=area, act="ask", now=NOW))


def test_who_does_it_by_when(answerer: Answerer) -> None:
    reply = ask(
        answerer, "Kế hoạch truyền thông phòng bệnh: tài liệu phải soạn xong trước ngày nào?", "lam-dong"
    )
    assert reply.status == "answered"
    assert "Phòng Nghiệp vụ tổng hợp" in reply.text and "15/4/2026" in reply.text
    assert "III.1.a" in reply.sources[0].section


def test_number_and_day_of_a_document_alone(answerer: Answerer) -> None:
    reply = ask(answerer, "quyết định ban hành quy chế quản lý bảng tin điện tử số mấy, ai ký", "dak-lak")
    assert reply.status == "answered"
    assert "45/2026/QĐ-UBND" in reply.text and "09/02/2026" in reply.text and "Trần Văn Minh" in reply.text
    assert "hằng quý" not in reply.text


def test_a_schedule_that_is_no_dialogue(answerer: Answerer) -> None:
    reply = ask(answerer, "lịch tiếp công dân theo kế hoạch tháng 6 năm 2026 ngày nào", "quang-tri")
    assert "12/06/2026" in reply.text and "13:30" in reply.text


def test_a_scan_is_named_with_its_place_and_nothing_of_it_is_told(answerer: Answerer) -> None:
    reply = ask(answerer, "kế hoạch kiểm tra hồ chứa nước của Chi cục Thủy lợi số mấy, ngày nào", "dak-lak")
    assert reply.status == "no_information"
    assert "văn bản quét, chưa đối chiếu" in reply.text and "trang 1" in reply.text
    assert "71" not in reply.text and "02/3" not in reply.text and "15/4" not in reply.text
    assert reply.sources[0].title.startswith("Kế hoạch")


def test_a_scan_of_another_province_is_not_shown(answerer: Answerer) -> None:
    reply = ask(answerer, "kế hoạch kiểm tra hồ chứa nước của Chi cục Thủy lợi số mấy", "quang-tri")
    assert "quét" not in reply.text


LONG = (
    "Sở Xây dựng rà soát các tuyến đường hư hỏng trên địa bàn và lập danh mục sửa chữa theo thứ tự ưu tiên; "
    "phối hợp với Công an tỉnh đặt biển báo tạm tại những nơi nguy hiểm trong mùa mưa bão; "
    "vận động nhân dân hiến đất mở rộng đường thôn theo quy định của pháp luật về đất đai; "
    "bố trí xe và vật tư dự phòng tại từng khu vực để khắc phục sạt lở trong vòng một ngày; "
    "tổng hợp kết quả, khó khăn, vướng mắc và đề xuất giải pháp trong báo cáo hằng quý gửi Ủy ban nhân dân tỉnh; "
    "công bố số điện thoại đường dây nóng để người dân báo tin về đường hỏng và cầu yếu; "
    "phân công lãnh đạo trực trong những ngày mưa lớn để chỉ đạo xử lý, "
    "không để tuyến đường nào bị chia cắt quá nửa ngày mà không có phương án đi lại cho người dân."
)


def test_a_long_piece_is_cut_to_the_part_asked_for() -> None:
    part = asked_part(LONG, "ai đặt biển báo tạm nơi nguy hiểm")
    assert "đặt biển báo tạm" in part and len(part) < len(LONG) and "…" in part
    assert asked_part("Ngắn thôi.", "gì cũng được") == "Ngắn thôi."


def test_the_office_and_the_time_are_said_once() -> None:
    statement = Statement(
        unit="Sở Nội vụ", text="Giao Sở Nội vụ báo cáo hằng quý.", frequency="hằng quý", verbatim=True
    )
    assert statement_line(statement) == "• Giao Sở Nội vụ báo cáo hằng quý."
    other = Statement(unit="Sở Nội vụ", text="In tờ gấp.", schedule="Quý II/2026", verbatim=True)
    assert statement_line(other) == "• Sở Nội vụ: In tờ gấp. (Thời gian: Quý II/2026)"


def test_what_counts_as_a_scan() -> None:
    assert is_scan(parse(document(SCAN), name="x.pdf", area="x"))
    assert not is_scan(parse(document(DECISION), name="x.pdf", area="x"))


def test_the_plan_of_the_office_named_speaks_first() -> None:
    reply = in_packs(
        "Ở Sở Xây dựng Đắk Lắk, bộ phận nào đôn đốc và tổng hợp việc tuyên truyền năm 2026?", area="dak-lak"
    )
    assert reply.status == "answered"
    assert "Văn phòng Sở Xây dựng" in reply.text.partition("\n")[0]


@pytest.mark.parametrize("tail", ["ra hôm nào, số mấy", "ban hành ngày nào, số hiệu gì"])
def test_what_follows_an_offices_name_is_no_part_of_it(tail: str) -> None:
    reply = in_packs(
        f"kế hoạch tuyên truyền cải cách hành chính của Sở Xây dựng Đắk Lắk {tail}", area="dak-lak"
    )
    assert "26/KH-SXD" in reply.text and "13/01/2026" in reply.text
