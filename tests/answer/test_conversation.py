"""Several turns: follow-ups stay with their procedure, new topics leave it, and what is off topic is refused."""

from __future__ import annotations

import pytest

from bot.answer.judge import MAX_CHOICES
from bot.answer.reply import Reply
from tests.answer.world import BAC_BINH, BIRTH, MARRIAGE, Talk, ask, search

ABSTAINED = {"no_information", "out_of_scope", "out_of_area"}
OFF_TOPIC = [
    "giá vàng hôm nay bao nhiêu một lượng",
    "kết quả xổ số hôm nay",
    "viết giúp bài thơ tình",
    "dự báo thời tiết ngày mai",
]


def about(code: str, aspect: str = "documents") -> Talk:
    """A conversation that has just answered about a procedure."""
    talk = Talk()
    reply = talk.say("", payload=f"#MC:ASK:{code}:{aspect}")
    assert code_of(reply) == code
    return talk


def code_of(reply: Reply) -> str:
    return reply.procedure.code if reply.procedure else ""


@pytest.mark.parametrize(
    ("text", "aspect"),
    [
        ("thế lệ phí bao nhiêu", "fee"),
        ("the le phi bao nhieu", "fee"),
        ("còn nộp ở đâu", "where"),
        ("vậy mất bao lâu ạ", "time_limit"),
        ("có làm online được không", "online"),
        ("cần giấy tờ gì", "documents"),
        ("mẫu tờ khai nào", "form"),
        ("các bước làm thế nào", "steps"),
        ("căn cứ pháp lý", "legal"),
    ],
)
def test_a_follow_up_is_about_the_procedure_before(text: str, aspect: str) -> None:
    for code in (BIRTH, MARRIAGE):
        reply = about(code).say(text)
        assert code_of(reply) == code
        assert reply.context["procedure"] == code
        assert reply.context["aspect"] == aspect


def test_follow_ups_go_on_for_many_turns() -> None:
    talk = about(BIRTH)
    for text in ("thế lệ phí bao nhiêu", "còn nộp ở đâu", "bao lâu có", "làm online được không") * 3:
        assert code_of(talk.say(text)) == BIRTH


def test_a_new_topic_leaves_the_procedure_before() -> None:
    talk = about(BIRTH)
    assert code_of(talk.say("đổi bằng lái xe hết bao nhiêu tiền")) not in ("", BIRTH)
    assert code_of(talk.say("thế nộp ở đâu")) not in ("", BIRTH)


@pytest.mark.parametrize("text", OFF_TOPIC)
def test_off_topic_in_the_middle_of_a_conversation_is_refused(text: str) -> None:
    reply = about(BIRTH).say(text)
    assert reply.status in ABSTAINED
    assert code_of(reply) == ""


def test_after_a_refusal_the_procedure_is_still_at_hand() -> None:
    talk = about(BIRTH)
    talk.say("giá vàng hôm nay bao nhiêu một lượng")
    assert code_of(talk.say("thế lệ phí bao nhiêu")) == BIRTH


def test_after_small_talk_the_procedure_is_still_at_hand() -> None:
    talk = about(BIRTH)
    talk.say("cảm ơn bạn nhé")
    assert code_of(talk.say("còn nộp ở đâu")) == BIRTH


def test_an_emergency_in_the_middle_is_an_emergency_and_forgets_nothing() -> None:
    talk = about(BIRTH)
    assert talk.say("cháy nhà rồi cứu với").status == "emergency"
    assert code_of(talk.say("thế lệ phí bao nhiêu")) == BIRTH


@pytest.mark.parametrize("typed", ["2", " 2 ", "2.", "2)", "số 2", "so 2", "chọn 2", "cái 2", "Số 2."])
def test_a_typed_number_chooses(typed: str) -> None:
    talk = Talk()
    talk.context = {"choices": [BIRTH, MARRIAGE], "aspect": "fee"}
    reply = talk.say(typed)
    assert code_of(reply) == MARRIAGE
    assert reply.context["aspect"] == "fee"


@pytest.mark.parametrize("typed", ["3", "0", "9", "22", "2 con", "tầng 2"])
def test_another_number_chooses_nothing(typed: str) -> None:
    talk = Talk()
    talk.context = {"choices": [BIRTH, MARRIAGE], "aspect": "fee"}
    assert code_of(talk.say(typed)) not in (BIRTH, MARRIAGE)


def test_a_button_chooses_and_keeps_the_aspect_asked() -> None:
    talk = Talk()
    talk.context = {"choices": [BIRTH, MARRIAGE], "aspect": "where"}
    reply = talk.say("Đăng ký kết hôn", payload=f"#MC:PROC:{MARRIAGE}")
    assert code_of(reply) == MARRIAGE
    assert reply.context["aspect"] == "where"


def test_a_code_typed_is_the_procedure() -> None:
    assert code_of(ask(f"thủ tục {BIRTH} lệ phí bao nhiêu")) == BIRTH
    assert code_of(ask("mã 1.001193.000.00.00.H15")) == BIRTH
    assert code_of(ask("giá 11.0011934 đồng")) == ""


def test_what_is_asked_too_generally_is_asked_back_with_few_choices() -> None:
    reply = ask("giấy phép")
    assert reply.status == "clarify"
    assert 2 <= len(reply.choices) <= MAX_CHOICES
    assert reply.context["choices"] == [c.payload.removeprefix("#MC:PROC:") for c in reply.choices]
    for number, choice in enumerate(reply.choices, 1):
        assert choice.title[:40] in reply.text and f"{number}. " in reply.text


def test_what_was_asked_back_can_be_answered_by_number() -> None:
    talk = Talk()
    offered = talk.say("giấy phép").context["choices"]
    assert code_of(talk.say("1")) == offered[0]


@pytest.mark.parametrize("text", OFF_TOPIC)
def test_a_refusal_offers_other_ways(text: str) -> None:
    reply = ask(text)
    assert reply.status in ABSTAINED
    assert any(choice.url for choice in reply.choices) or reply.status == "out_of_scope"
    if reply.choices:
        assert {"#MC:HANDOVER", "#MC:REPORT"} <= {choice.payload for choice in reply.choices}


@pytest.mark.parametrize("text", ["ở Quảng Trị ai làm tuyên truyền", "o quang tri ai lam tuyen truyen"])
def test_an_area_named_is_the_area_asked(text: str) -> None:
    reply = ask(text, area=BAC_BINH)
    assert reply.context["area"] == "quang-tri"
    assert all("Quảng Trị" in source.title for source in reply.sources if source.kind == "plan")


def test_an_area_named_is_answered_from_its_own_plan() -> None:
    assert [s.kind for s in ask("ở Quảng Trị ai làm tuyên truyền", area=BAC_BINH).sources][:1] == ["plan"]


def test_the_area_of_the_conversation_goes_on() -> None:
    talk = Talk()
    talk.say("ở Quảng Trị ai làm tuyên truyền")
    assert talk.say("kế hoạch tuyên truyền ai ký").context["area"] == "quang-tri"


def test_naming_the_province_does_not_leave_the_commune() -> None:
    assert ask("kế hoạch tuyên truyền của Lâm Đồng", area=BAC_BINH).context["area"] == BAC_BINH


def test_another_province_is_not_answered_from_this_one() -> None:
    reply = ask("lịch đối thoại của sở y tế", area="quang-tri")
    assert not any("Bắc Bình" in source.title for source in reply.sources)


@pytest.mark.parametrize("area", ["", BAC_BINH])
@pytest.mark.parametrize(
    "text", ["kế hoạch tuyên truyền của Hà Nội do ai ký", "lich doi thoai o can tho thang 8"]
)
def test_a_plan_of_another_province_is_out_of_area(text: str, area: str) -> None:
    reply = ask(text, area=area)
    assert reply.status == "out_of_area"
    assert reply.sources == [] and reply.choices


@pytest.mark.parametrize(
    "text",
    ["ở Hà Nội làm giấy khai sinh cho con mới sinh cần gì", "con mới sinh ở Huế làm giấy khai sinh cần gì"],
)
def test_a_national_procedure_holds_everywhere(text: str) -> None:
    assert ask(text).status in {"answered", "clarify"}


def test_context_is_small_and_json() -> None:
    for reply in (ask("con mới sinh làm giấy khai sinh cần gì"), ask("giấy phép"), ask("chào bạn")):
        assert set(reply.context) <= {"procedure", "aspect", "area", "choices", "recent", "topic"}


def test_every_reply_has_its_snapshot_and_its_times() -> None:
    for text in ("khai sinh cần gì", "chào bạn", "giá vàng hôm nay bao nhiêu một lượng", "", "cháy nhà rồi"):
        reply = ask(text)
        assert reply.snapshot == search().snapshot.manifest.id
        assert "guard" in reply.timings and "render" in reply.timings


def test_the_procedure_that_speaks_is_the_first_candidate() -> None:
    reply = ask("con mới sinh làm giấy khai sinh cần gì")
    assert reply.candidates[0].code == code_of(reply) == BIRTH
    assert len({c.code for c in reply.candidates}) == len(reply.candidates) <= 10
