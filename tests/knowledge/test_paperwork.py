"""What ends in a question about papers, and what such an end changes for the alarms."""

from __future__ import annotations

import pytest

from bot.answer.guard import screen
from knowledge.text.diacritics import fold
from knowledge.text.paperwork import asks_of_papers


@pytest.mark.parametrize(
    "text",
    [
        "nhà cháy mất hết giấy tờ, làm lại khai sinh nộp ở đâu",
        "đổi bằng lái thu bao nhiêu tiền vậy ạ",
        "nộp rồi thì mấy ngày có kết quả",
        "tờ khai đó là mẫu số mấy",
        "bao lâu thì được cấp sổ?",
    ],
)
def test_a_question_of_papers(text: str) -> None:
    assert asks_of_papers(text)
    assert asks_of_papers(fold(text))


@pytest.mark.parametrize(
    "text",
    ["cháy rồi, cứu với", "nó uống nhầm thuốc, phải làm sao", "có người đuổi theo tôi, báo ai bây giờ", ""],
)
def test_a_call_for_help_is_none(text: str) -> None:
    assert not asks_of_papers(text)


@pytest.mark.parametrize(
    "text",
    [
        "tối mai có hai người bà con ra ở lại một đêm, khai với công an trước mấy giờ để không bị phạt",
        "cụ nhà tôi vừa mất tối qua, ra phường khai rồi thì được đưa tờ giấy gì",
        "Ba má mất không để lại chữ nào, có căn nhà nhỏ với khoảnh đất. Tôi ở riêng đã lâu, cũng đủ ăn, nên tính không "
        "lấy phần mình mà để cho thằng em út lo giỗ chạp. Mấy chị em còn lại chưa bàn xong. Tôi chỉ hỏi tờ giấy nói "
        "mình không nhận thì ra xã ký trước mặt cán bộ, họ thu bao nhiêu tiền?",
        "Tôi mua lô đất giấy tay từ lâu, trả đủ tiền, người bán hẹn hoài không sang tên rồi dọn đi mất. Tôi cất nhà ở "
        "đó hơn mười năm. Nay muốn được đứng tên thì nộp hồ sơ ở cơ quan nào?",
    ],
)
def test_sorrow_and_wrongs_before_such_a_question_are_its_story(text: str) -> None:
    assert screen(text).stop is None


def test_who_says_goodbye_is_heard_whatever_paper_they_ask_for() -> None:
    stop = screen("Em không muốn sống nữa, làm giấy để nhà lại cho con thì cần gì").stop
    assert stop is not None and stop.status == "emergency"
