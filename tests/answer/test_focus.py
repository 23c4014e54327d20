"""What was spoken of before, in what follows: cases, sisters, corrections, returns, and questions left open."""

from __future__ import annotations

import json

import pytest

from bot.answer.cases import cases_said
from bot.answer.focus import MAX_TOPIC
from bot.answer.memory import MAX_CHOICES, MAX_RECENT, bounded
from bot.answer.reply import Reply
from knowledge.text.corrections import takes_back, takes_back_a_part
from knowledge.text.diacritics import fold
from tests.answer.world import BIRTH, MARRIAGE, Talk

DEATH = "1.000656"
FOREIGN = "2.000806"  # marriage with a foreign element
REMADE = "1.004884"  # birth registered again


def code_of(reply: Reply) -> str:
    return reply.procedure.code if reply.procedure else ""


def about(code: str, aspect: str = "documents") -> Talk:
    talk = Talk()
    assert code_of(talk.say("", payload=f"#MC:ASK:{code}:{aspect}")) == code
    return talk


@pytest.mark.parametrize(
    "text",
    [
        "còn phí?",
        "mấy bữa có",
        "nộp ở mô rứa",
        "onl đc hông",
        "gửi bưu điện được ko",
        "ra xã nộp bao lâu",
        "bao nhiêu 1 bản",
    ],
)
def test_two_words_are_enough_to_go_on(text: str) -> None:
    for said in (text, fold(text)):
        assert code_of(about(BIRTH).say(said)) == BIRTH


@pytest.mark.parametrize("courtesy", ["ok cảm ơn bạn nha", "dạ", "chào bạn", "thank ad", "bye nhé"])
def test_courtesy_loses_nothing(courtesy: str) -> None:
    talk = about(MARRIAGE, "fee")
    before = dict(talk.context)
    after = talk.say(courtesy).context
    assert {key: after.get(key) for key in before} == before
    assert code_of(talk.say("thế bao lâu")) == MARRIAGE


def test_courtesy_keeps_the_choices_too() -> None:
    talk = Talk()
    offered = talk.say("giấy phép").context["choices"]
    talk.say("cảm ơn bạn")
    assert code_of(talk.say("cái đầu")) == offered[0]


@pytest.mark.parametrize("text", ["cảm ơn nhé, thế còn lệ phí", "ok bạn, cho mình hỏi thêm nộp ở đâu"])
def test_a_question_after_courtesy_is_a_question(text: str) -> None:
    assert code_of(about(BIRTH).say(text)) == BIRTH


def test_the_case_named_is_the_sister_of_the_procedure_at_hand() -> None:
    assert code_of(about(BIRTH).say("thế đăng ký lại thì sao")) == REMADE
    assert code_of(about(MARRIAGE).say("còn với người nước ngoài thì sao")) == FOREIGN


def test_the_sister_is_asked_what_was_asked_before() -> None:
    reply = about(MARRIAGE, "fee").say("còn với người nước ngoài thì sao")
    assert reply.context["aspect"] == "fee"


@pytest.mark.parametrize(
    "text", ["không, ý mình là khai tử", "à nhầm, đăng ký khai tử", "hổng phải, khai tử cho ba tui"]
)
def test_a_correction_changes_the_procedure(text: str) -> None:
    assert takes_back(text) and takes_back(fold(text))
    assert code_of(about(BIRTH, "fee").say(text)) == DEATH


def test_a_part_may_be_taken_back() -> None:
    assert takes_back_a_part("không phải xe máy, ô tô cơ")
    assert not takes_back_a_part("không phải, ô tô cơ")
    assert not takes_back("không có giấy chứng sinh thì sao")


def test_a_person_goes_back_without_the_name() -> None:
    talk = about(BIRTH)
    talk.say("", payload=f"#MC:ASK:{MARRIAGE}:fee")
    assert code_of(talk.say("quay lại cái hồi nãy, bao lâu")) == BIRTH


def test_an_open_question_is_read_with_what_follows() -> None:
    talk = Talk()
    asked = talk.say("thủ tục đăng ký")
    assert asked.status == "clarify" and asked.context["topic"]
    assert code_of(talk.say("khai tử")) == DEATH
    assert "topic" not in talk.context


def test_the_aspect_asked_survives_being_asked_back() -> None:
    talk = Talk()
    talk.context = {"choices": [BIRTH, MARRIAGE], "aspect": "fee"}
    assert talk.say("loại 2").context["aspect"] == "fee"


def test_what_is_off_topic_is_not_taken_for_the_procedure_at_hand() -> None:
    for text in ("giá vàng sáng nay bao nhiêu", "quán phở nào ngon", "mấy giờ đá banh"):
        assert code_of(about(BIRTH).say(text)) != BIRTH


@pytest.mark.parametrize(
    ("text", "cases"),
    [
        ("mất bao lâu", set()),
        ("mat bao nhieu tien", set()),
        ("đối với công trình trên mặt đất", set()),
        ("hoạt động công đoàn", set()),
        ("gia hạn mấy ngày", {"gia_han"}),
        ("lỡ làm mất thì sao", {"lai"}),
    ],
)
def test_cases_are_told_from_words_that_look_alike(text: str, cases: set[str]) -> None:
    assert cases_said(text) == cases


def test_the_context_never_grows_without_bound() -> None:
    talk = Talk()
    long = "không phải, ý tôi là xin giấy tờ " + "rất dài " * 400
    said = [
        "giấy phép",
        "thế cái khác thì sao",
        long,
        "đăng ký",
        "loại 9",
        "giấy xác nhận gì đó cho việc này",
    ]
    said += ["khai sinh", "còn khai tử", "bao nhiêu", "quay lại cái trước"]
    for text in said * 4:
        talk.say(text)
        assert len(json.dumps(talk.context, ensure_ascii=False)) < 3000
        assert len(talk.context.get("topic", "")) <= MAX_TOPIC
        assert json.loads(json.dumps(talk.context)) == talk.context


def test_the_limits_cut_lists_and_texts() -> None:
    kept = bounded({"choices": ["a"] * 50, "recent": ["b"] * 50, "aspect": "c" * 5000, "area": ""})
    assert (len(kept["choices"]), len(kept["recent"])) == (MAX_CHOICES, MAX_RECENT)
    assert len(kept["aspect"]) < 500
