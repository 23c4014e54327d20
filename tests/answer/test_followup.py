"""What a message takes from the turn before."""

from __future__ import annotations

import pytest

from bot.answer.followup import (
    bare_figure,
    goes_on_with,
    in_fees,
    is_next,
    named,
    names_a_thing,
    own_words,
    picked,
    points_back,
    spared,
    thing_of,
    without_done,
    without_meanwhile,
)
from knowledge.documents import Fee, How, Procedure, SubmissionChannel
from knowledge.text.corrections import corrected
from knowledge.text.diacritics import fold
from tests.answer.world import MARRIAGE, Talk

CHOICES = ["1.000001", "1.000002", "1.000003"]
GLIDER = Procedure(code="1.000009", title="Thủ tục cấp lại giấy phép tàu lượn cho cá nhân (cấp tỉnh)")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("2", 1),
        ("số 3", 2),
        ("cái đầu tiên", 0),
        ("em chọn cái thứ hai nhé", 1),
        ("cái cuối", 2),
        ("số ba ạ", 2),
        ("loại 2", 1),
        ("trường hợp 3 nha", 2),
        ("cái đầu, bao lâu có", 0),
    ],
)
def test_a_choice_is_picked_by_its_place(text: str, place: int) -> None:
    assert picked(text, CHOICES) == picked(fold(text), CHOICES) == CHOICES[place]


@pytest.mark.parametrize(
    "text", ["4", "hai vợ chồng tôi", "đầu năm", "cái ba tôi để lại", "9 ngày", "2,5 triệu"]
)
def test_other_numbers_pick_nothing(text: str) -> None:
    assert picked(text, CHOICES) == ""


def test_a_choice_is_picked_by_the_word_that_tells_it_apart() -> None:
    titles = {"a": "Cấp đổi thẻ căn cước", "b": "Thu hồi thẻ căn cước"}
    assert named("thu hồi", titles) == "b"
    assert named("thẻ căn cước", titles) == ""
    assert named("đổi thẻ đã cũ bị gãy làm đôi", titles) == ""


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("không, ý tôi là làm lại bằng lái", "làm lại bằng lái"),
        ("không phải cái đó, em hỏi đổi sổ", "đổi sổ"),
        ("nhầm rồi, mình cần khai tử", "khai tử"),
        ("không có giấy chứng sinh thì sao", "không có giấy chứng sinh thì sao"),
        ("à nhầm, cho con ở nước ngoài cơ", "cho con ở nước ngoài cơ"),
        ("hổng phải, làm lại bằng lái", "làm lại bằng lái"),
        ("hong phai, lam lai bang lai", "lam lai bang lai"),
        ("không, không", "không, không"),
    ],
)
def test_a_correction_says_what_is_meant(text: str, meant: str) -> None:
    assert corrected(text) == meant


def test_a_thing_is_named_without_what_is_done_to_it() -> None:
    assert thing_of(GLIDER) == "giấy phép tàu lượn"


@pytest.mark.parametrize(
    "text", ["gia hạn cái đó mấy ngày", "thế thẻ bị gãy thì sao", "sổ cũ thì tính sao", "the giay do bao lau"]
)
def test_a_message_may_only_point(text: str) -> None:
    assert points_back(text)


@pytest.mark.parametrize("text", ["đăng ký kết hôn ở đâu", "bằng lái xe máy bị mất", "sổ đỏ sang tên"])
def test_a_message_that_names_its_paper_does_not_point(text: str) -> None:
    assert not points_back(text)


@pytest.mark.parametrize(
    "text",
    ["nộp tận nơi mấy ngày", "còn phí?", "bao lâu?", "nộp ở mô", "vậy online đc k", "mỗi bản bao nhiêu",
     "ra công an xã được ko", "giờ thứ bảy có làm không", "gửi bưu điện lâu hông"],
)  # fmt: skip
def test_what_is_said_of_handling_any_procedure_names_none(text: str) -> None:
    assert own_words(text) == ""


@pytest.mark.parametrize("text", ["làm hộ chiếu bao lâu", "còn bằng lái xe thì sao", "giá vàng bao nhiêu"])
def test_what_names_something_has_words_of_its_own(text: str) -> None:
    assert own_words(text)


def test_a_bare_figure_is_the_one_asked_before_or_the_fee() -> None:
    assert bare_figure("mất thẻ thì bao nhiêu", [], {}) == ["fee"]
    assert bare_figure("thế ở xã bao nhiêu vậy", [], {"aspect": "time_limit"}) == ["time_limit"]
    assert bare_figure("thời hạn bao nhiêu", ["time_limit"], {"aspect": "fee"}) == []
    assert bare_figure("cần giấy gì", [], {"aspect": "fee"}) == []


def test_being_spared_is_about_the_fee_just_spoken_of() -> None:
    assert spared("hộ nghèo có được miễn không", {"aspect": "fee"})
    assert not spared("hộ nghèo có được miễn không", {"aspect": "documents"})


def test_the_aspect_goes_on() -> None:
    assert goes_on_with("còn làm mới thì sao", {"aspect": "fee"}) == ["fee"]
    assert goes_on_with("làm mới thì sao", {"aspect": "fee"}) == []
    assert goes_on_with("còn làm mới thì sao", {}) == []
    assert goes_on_with("nộp tận nơi cũng vậy hả", {"aspect": "time_limit"}) == ["time_limit"]
    assert goes_on_with("nộp tận nơi cũng vậy hả", {"aspect": "overview"}) == []


def test_what_stands_in_the_fees_is_no_other_procedure() -> None:
    paid = SubmissionChannel(how=How.DIRECT, fees=(Fee(amount=1000, raw="Phí bay thử: 1.000 đồng"),))
    record = GLIDER.model_copy(update={"channels": (paid,)})
    assert in_fees("phí bay thử?", record)
    assert not in_fees("phí hộ chiếu?", record)


def test_a_correction_leaves_the_procedure_before() -> None:
    talk = Talk()
    talk.say("", payload=f"#MC:ASK:{MARRIAGE}:documents")
    reply = talk.say("không phải, ý tôi là làm hộ chiếu mất bao lâu")
    assert reply.procedure is not None and reply.procedure.code == "1.001456"


def test_what_is_to_be_done_alone_names_nothing() -> None:
    for text in ("em muốn xin cấp lại", "thủ tục đăng ký", "xin gia han"):
        assert not names_a_thing(text)
        assert Talk().say(text).status == "clarify"
    assert names_a_thing("đăng ký kết hôn")


@pytest.mark.parametrize(
    ("text", "rest"),
    [
        ("em có sổ đỏ rồi thì mấy ngày", "thì mấy ngày"),
        ("nha toi da co so do roi thi may ngay", "thi may ngay"),
        ("mẹ tôi chưa có sổ đỏ thì sao", "thì sao"),
        ("em mất sổ đỏ rồi thì mấy ngày", "em mất sổ đỏ rồi thì mấy ngày"),  # a case, nothing had meanwhile
        ("có sổ đỏ rồi thì làm hộ chiếu mấy ngày", "có sổ đỏ rồi thì làm hộ chiếu mấy ngày"),
        ("con tôi chưa có căn cước, làm ở đâu", "con tôi chưa có căn cước, làm ở đâu"),
    ],
)
def test_what_is_had_meanwhile_is_no_matter_of_its_own(text: str, rest: str) -> None:
    assert without_meanwhile(text) == rest


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("khai xong xuôi thì mấy cô đưa tờ gì", "mấy cô đưa tờ gì"),
        ("làm khai sinh xong rồi thì mua bảo hiểm ở đâu", "mua bảo hiểm ở đâu"),
        ("sau khi nộp xong bao lâu có kết quả", "bao lâu có kết quả"),
        ("xây nhà xong thì xin số nhà ở đâu", "xây nhà xong thì xin số nhà ở đâu"),  # another thing is done
        ("làm khai sinh xong", "làm khai sinh xong"),
    ],
)
def test_what_is_done_is_told_and_not_asked(text: str, left: str) -> None:
    assert without_done(text, Procedure(code="1.000008", title="Thủ tục đăng ký khai sinh")) == left


@pytest.mark.parametrize(
    ("text", "after"),
    [
        ("trình báo xong thì xin cuốn khác ở phường mất mấy hôm", True),
        ("trình báo xong thì mấy anh đưa giấy gì", False),
        ("nộp xong thì lấy sổ ở đâu", False),
        ("xin cuốn khác ở phường mất mấy hôm", False),
    ],
)
def test_what_comes_next_is_another_matter(text: str, after: bool) -> None:
    assert is_next(text, Procedure(code="1.000008", title="Trình báo mất sổ đỏ")) is after


@pytest.mark.parametrize(
    ("text", "own"),
    [
        ("giá vàng bữa nay bao nhiêu", "vang"),  # no "vâng"
        ("dạ vâng phí sao", ""),
        ("mấy ổng có đưa tờ giấy nào cho tụi mình hông", ""),
        ("tờ khai ghi mẫu số mấy", ""),
        ("tóm lại gọn gọn cả hai cái giùm", ""),
        ("đội bóng đá mấy giờ", "bong da doi"),  # no "đổi"
    ],
)
def test_marks_tell_a_thing_from_what_is_said_of_any(text: str, own: str) -> None:
    left = own_words(text)
    assert set(own.split()) <= set(left.split()) if own else left == ""


@pytest.mark.parametrize(
    "text", ["tờ ấy ai ký", "cái giấy phép đó hư", "cuốn bị mất đó", "tấm ấy bị ướt rồi", "sổ nớ"]
)
def test_a_thing_is_pointed_at_in_every_region(text: str) -> None:
    assert points_back(text) and points_back(fold(text))


def test_a_kind_of_paper_alone_is_no_thing() -> None:
    record = Procedure(code="1.000007", title="Cấp giấy phép cho bến thuyền nan")
    assert "ben thuyen nan" in fold(thing_of(record))
