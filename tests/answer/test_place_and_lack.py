"""Where to hand in, read from a long step; what the notes say to who lacks a paper."""

from __future__ import annotations

from bot.answer.compose.papers import documents
from bot.answer.compose.procedure import MAX_PLACE, where
from knowledge.documents import DossierCase, DossierItem, Procedure

LONG = (
    "Nếu chọn nộp trực tiếp, người làm đơn kể rõ "
    + "hoàn cảnh của mình và gia đình, " * 12
    + "rồi nộp hồ sơ xin thẻ "
    "tại Trung tâm Phục vụ hành chính công có thẩm quyền; nộp lệ phí nếu phải nộp."
)
NOTE = "Trường hợp không có giấy báo tin thì nộp đơn có hai người làm chứng."


def record(*steps: str) -> Procedure:
    case = DossierCase(items=(DossierItem(name="Giấy báo tin"),))
    return Procedure(code="9.000001", title="Cấp thẻ đỏ", steps=steps, dossier=(case,), dossier_notes=(NOTE,))


def test_a_long_step_is_cut_to_the_place() -> None:
    told = where(record(LONG), "nộp ở đâu").lines[-1]
    assert "nộp hồ sơ xin thẻ tại Trung tâm Phục vụ hành chính công" in told
    assert "lệ phí" not in told and len(told) < MAX_PLACE


def test_a_short_step_stands_whole() -> None:
    step = "Người dân nộp đơn đến Sở Nội vụ."
    assert step in where(record(step), "nộp ở đâu").lines[-1]


def test_a_step_without_a_place_says_nothing_of_one() -> None:
    assert not where(record("Cán bộ xem đơn đã nộp."), "nộp ở đâu").stated


def test_who_lacks_a_paper_is_told_what_to_bring_instead() -> None:
    assert any(
        "làm chứng" in line for line in documents(record(), "không có giấy báo tin thì nộp gì thay").lines
    )
    assert not any("làm chứng" in line for line in documents(record(), "cần giấy tờ gì").lines)
