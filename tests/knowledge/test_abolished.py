from datetime import date

import pytest

from knowledge.abolished import abolished_bodies
from knowledge.documents import Procedure


@pytest.mark.parametrize(
    ("text", "today"),
    [
        ("Nộp tại Sở Thông tin và Truyền thông tỉnh", "Sở Khoa học và Công nghệ"),
        ("Uỷ ban nhân dân cấp huyện nơi cư trú", "UBND cấp xã"),
        ("so giao thong van tai o dau", "Sở Xây dựng"),
        ("SỞ KẾ HOẠCH VÀ ĐẦU TƯ", "Sở Tài chính"),
        ("Phòng Tư pháp huyện", "UBND cấp xã"),
        ("Sở TN&MT", "Sở Nông nghiệp và Môi trường"),
    ],
)
def test_a_body_that_is_gone_is_named_with_todays(text: str, today: str) -> None:
    assert today in abolished_bodies().named(text)[0].today


@pytest.mark.parametrize(
    "text",
    [
        "Sở Xây dựng",
        "Công an quản lý xuất nhập cảnh",
        "theo Thông tư số 12/2017/TT-BGTVT ngày 15/4/2017 của Bộ Giao thông vận tải",
        "Bộ Tài chính",
        "Ủy ban nhân dân cấp xã",
    ],
)
def test_living_bodies_and_old_issuers_are_not_flagged(text: str) -> None:
    assert abolished_bodies().named(text) == []


def test_each_body_once_and_since_when() -> None:
    found = abolished_bodies().named("Công an cấp huyện nhận, Công an cấp huyện trả")
    assert [(body.said, body.since) for body in found] == [("Công an cấp huyện", date(2025, 3, 1))]


def test_a_procedure_that_sends_people_there_is_doubtful() -> None:
    record = Procedure(
        code="1.000001",
        title="Cấp giấy",
        agency="Sở Giao thông vận tải",
        steps=("Nộp tại UBND huyện.", "Nhận kết quả."),
    )
    doubts = abolished_bodies().doubts(record)
    assert [(doubt.field, doubt.raw) for doubt in doubts] == [
        ("agency", "Sở Giao thông vận tải"),
        ("steps", "UBND huyện"),
    ]
    assert "Sở Xây dựng" in doubts[0].reason
