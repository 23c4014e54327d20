"""What is asked besides papers, fee and time: by which way, what comes of it, who signs, how much at least."""

from __future__ import annotations

import pytest

from bot.answer.aspects import find_aspects
from bot.answer.compose.procedure import ways
from bot.answer.messages import message
from bot.answer.story import asking
from knowledge.documents import How, Procedure, SubmissionChannel


@pytest.mark.parametrize(
    ("text", "aspects"),
    [
        ("xin phép quảng cáo thì nộp bằng cách nào", ["ways"]),
        ("nop bang cach nao", ["ways"]),
        ("nộp đơn xin cấp phép ấy bằng cách nào", ["ways"]),
        ("đơn này gửi qua bưu điện được không", ["ways"]),
        ("nộp qua bưu điện thì mấy ngày có", ["time_limit"]),
        ("lệ phí nộp bằng cách nào", ["payment"]),
        ("dạy lái xe phải nộp bằng cấp gì", ["documents"]),
        ("văn bản xin phép phải nêu những gì", ["documents"]),
        ("phải có ít nhất bao nhiêu thành viên", ["conditions"]),
        ("ít nhất bao nhiêu ngày thì xong", ["time_limit"]),
        ("khai lệ phí trước bạ trong mấy ngày", ["deadline"]),
        ("khai xong trong mấy ngày thì có giấy", ["time_limit"]),
        ("phải ra phường báo lại việc chuyển chỗ ở mới trong vòng mấy ngày", ["deadline"]),
        ("giấy ấy ai ký", ["where"]),
        ("xong thì được cấp gì", ["result"]),
        ("cai nghiện tại nhà thì đơn theo mẫu số mấy", ["form"]),
    ],
)
def test_the_aspect_asked(text: str, aspects: list[str]) -> None:
    assert [one for one in find_aspects(text) if one in aspects] == aspects[-1:] or find_aspects(
        text
    ) == aspects


@pytest.mark.parametrize(
    "text", ["sửa mặt tiền nhà thì sao", "xin tiền mai táng cho bà", "miễn học phí cho con"]
)
def test_money_that_is_no_fee(text: str) -> None:
    assert "fee" not in find_aspects(text)


def test_a_sentence_with_several_questions_is_the_one_that_asks() -> None:
    told = "Tôi chạy lên chạy xuống mấy ngày rồi mà chưa ai nhận hồ sơ cho tôi. "
    asks = "Giờ phải nộp ở đâu và tốn bao nhiêu tiền, tôi sốt ruột lắm rồi anh chị ơi."
    assert asking(told + asks) == [asks]


def with_ways(*hows: How) -> Procedure:
    return Procedure(
        code="9.000001", title="Cấp thẻ đỏ", channels=tuple(SubmissionChannel(how=how) for how in hows)
    )


def test_whether_by_post_is_said_first() -> None:
    asked = "gửi bưu điện được không"
    assert ways(with_ways(How.POST, How.DIRECT), asked).lines[0] == message("by_post")
    assert ways(with_ways(How.DIRECT), asked).lines[0] == message("by_post_unsaid")
    assert not ways(with_ways(), asked).stated
