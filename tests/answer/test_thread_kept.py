"""What a message alone no longer says and the turn before still knows: thing, case and the matter itself."""

from __future__ import annotations

import pytest

from bot.answer.cases import cases_said, deeds_said
from bot.answer.context import Question, Turn
from bot.answer.focus import Focus
from bot.answer.judge import Judge
from bot.answer.phrases import plain
from bot.answer.reply import Reply
from bot.answer.steering import goes_back
from bot.answer.understand import Understand
from index.search import Hit, Ranking
from knowledge.areas import Areas
from knowledge.documents import Procedure
from knowledge.text.corrections import corrected
from knowledge.text.diacritics import fold
from tests.answer.world import BIRTH, MARRIAGE, Talk, search

DEATH = "1.000656"
REMADE = "1.004884"  # birth registered again
REMARRIED = "1.004746"  # marriage registered again


def code_of(reply: Reply) -> str:
    return reply.procedure.code if reply.procedure else ""


def about(code: str, aspect: str = "documents") -> Talk:
    talk = Talk()
    assert code_of(talk.say("", payload=f"#MC:ASK:{code}:{aspect}")) == code
    return talk


def record(code: str) -> Procedure:
    found = search().snapshot.records.procedure(code)
    assert found is not None
    return found


def ranking(*hits: tuple[str, float], confidence: float) -> Ranking:
    return Ranking(
        tuple(Hit(code, record(code).title, score, 0) for code, score in hits), confidence=confidence
    )


def asked(text: str, procedures: Ranking) -> Turn:
    return Turn(Question(text), text=text, folded=plain(text), procedures=procedures)


def test_the_case_asked_about_goes_with_the_thing_named_next() -> None:
    talk = Talk()
    assert talk.say("mình muốn làm thủ tục đăng ký lại").status == "clarify"
    assert code_of(talk.say("khai sinh đó bạn")) == REMADE


def test_a_case_named_anew_is_not_overruled_by_the_one_before() -> None:
    talk = Talk()
    talk.say("mình muốn làm thủ tục đăng ký lại")
    assert code_of(talk.say("đăng ký khai tử cho ông nội")) == DEATH


@pytest.mark.parametrize("text", ["vay khai tu thi nop o dau", "vậy khai tử thì nộp ở đâu"])
def test_another_thing_named_in_full_is_another_matter(text: str) -> None:
    alone = ranking((DEATH, 1.0), (BIRTH, 0.9), confidence=0.25)
    found = Focus(search())._named_in_full(alone, text, record(BIRTH))
    assert found is not None and found.code == DEATH


def test_a_thing_named_in_part_or_with_another_case_is_not_named_in_full() -> None:
    focus, alone = Focus(search()), ranking((REMADE, 1.0), confidence=0.25)
    assert focus._named_in_full(alone, "khai sinh nộp ở đâu", record(MARRIAGE)) is None  # not made again
    assert focus._named_in_full(alone, "đăng ký lại thì nộp ở đâu", record(MARRIAGE)) is None
    unsure = ranking((DEATH, 1.0), confidence=0.05)
    assert focus._named_in_full(unsure, "khai tử nộp ở đâu", record(BIRTH)) is None


def test_both_readings_agreeing_on_another_leave_the_one_before() -> None:
    focus, text = Focus(search()), "mai mốt lỡ có người mất thì báo chỗ nào"
    leaning = ranking((DEATH, 1.0), (BIRTH, 0.7), confidence=0.9)
    turn = asked(text, ranking((DEATH, 1.0), confidence=0.2))
    found = focus._better_known(turn, text, leaning, leaning.hits[1])
    assert found is not None and found.code == DEATH
    near = ranking((DEATH, 1.0), (BIRTH, 0.95), confidence=0.9)
    elsewhere = asked(text, ranking((MARRIAGE, 1.0), confidence=0.2))
    assert focus._better_known(elsewhere, text, near, near.hits[1]) is None


def test_a_reading_that_is_not_sure_leaves_nothing() -> None:
    text = "báo chỗ nào"
    leaning = ranking((DEATH, 1.0), (BIRTH, 0.5), confidence=0.3)
    turn = asked(text, ranking((DEATH, 1.0), confidence=0.2))
    assert Focus(search())._better_known(turn, text, leaning, leaning.hits[1]) is None


@pytest.mark.parametrize("text", ["cho em hỏi khai sinh", "cho hoi khai sinh"])
def test_a_whole_name_is_answered_and_not_asked_back(text: str) -> None:
    found = ranking((BIRTH, 1.0), (REMADE, 0.9), confidence=0.7)
    assert not Judge(search())._kind_of_many(asked(text, found))


def test_a_part_of_many_names_is_asked_back_once() -> None:
    titles = ("Cấp giấy phép mở bãi xe", "Cấp giấy phép bến xe", "Gia hạn giấy phép trạm xe")
    found = Ranking(tuple(Hit(f"9.00000{n}", title, 1.0 - n / 10, 0) for n, title in enumerate(titles)))
    judge = Judge(search())
    assert judge._kind_of_many(asked("mình hỏi về xe", found))
    assert not judge._kind_of_many(asked("mình hỏi về bến xe", found))  # a whole name
    again = asked("mình hỏi về xe", found)
    again.question.context["topic"] = "xin giấy phép"
    assert not judge._kind_of_many(again)
    fee = asked("xe", found)
    fee.aspects = ["fee"]
    assert not judge._kind_of_many(fee)


def test_a_question_beside_thanks_is_answered() -> None:
    assert code_of(about(BIRTH).say("hay quá cám ơn, rồi tốn phí không", act="thanks")) == BIRTH
    assert about(BIRTH).say("cám ơn nhiều", act="thanks").status == "smalltalk"
    assert Talk().say("cám ơn, phí sao", act="thanks").status == "smalltalk"  # nothing spoken of


def test_an_apology_before_a_correction_is_not_what_is_asked() -> None:
    for said in (
        "xin lỗi, không phải khai sinh mà là khai tử",
        "hỏi lại: không phải khai sinh mà là khai tử",
    ):
        assert corrected(said) == "khai tử"
        assert code_of(about(BIRTH).say(said)) == DEATH


def test_coming_back_by_name() -> None:
    talk = about(BIRTH)
    talk.say("", payload=f"#MC:ASK:{MARRIAGE}:fee")
    assert code_of(talk.say("trở lại khai sinh của con tôi, mấy hôm có")) == BIRTH
    assert not goes_back("muốn xin trở lại quốc tịch")


def test_leave_from_work_closes_nothing_and_ruin_deletes_nothing() -> None:
    for text in ("tôi nghỉ việc hồi tháng ba", "toi nghi viec hoi thang ba", "đang nghỉ sinh"):
        assert "cham_dut" not in cases_said(text)
    assert "cham_dut" in cases_said("tiệm nghỉ luôn rồi")
    assert "xoa" not in cases_said("sổ bị hủy hoại") and "xoa" in cases_said("hủy đăng ký")


def test_an_office_is_no_case() -> None:
    assert cases_said("ra công an xã") and not deeds_said("ra công an xã")


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("tốn tiền hông vậy", "deny"),
        ("mấy bữa lấy được", "chitchat"),
        ("kết quả lấy về là gì", "capability"),
        ("giấy đó bị hư nộp đâu", "report"),
        ("chồng em người Úc thì sao", "capability"),
        ("rồi lỡ chủ cũ không chịu ký thì tui làm sao đây ta", "report"),
    ],
)
def test_what_asks_of_the_procedure_at_hand_is_a_question_whatever_it_looks_like(text: str, act: str) -> None:
    assert act_of(text, act, {"procedure": BIRTH}) == "ask"
    assert act_of(text, act, {}) == act


@pytest.mark.parametrize(
    ("text", "act"),
    [("trời nóng quá trời", "chitchat"), ("không đâu", "deny"), ("đèn đường hư mấy bữa, tối om", "report")],
)
def test_other_talk_stays_what_it_is(text: str, act: str) -> None:
    assert act_of(text, act, {"procedure": BIRTH}) == act


def act_of(text: str, act: str, context: dict[str, str]) -> str:
    turn = Turn(Question(text, context=dict(context), act=act), text=text, folded=plain(text))
    Understand(Areas.from_pack(), None)(turn)
    return turn.act


@pytest.mark.parametrize(
    ("before", "first"),
    [("Kiểm định thuyền rồng", "1.000092"), ("Kiểm định thuyền buồm", "1.000091"), ("Mở bến đò", "1.000091")],
)
def test_what_was_spoken_of_tells_two_equally_named_apart(before: str, first: str) -> None:
    titles = {"1.000091": "Cấp lại giấy đăng ký thuyền buồm", "1.000092": "Cấp lại giấy đăng ký thuyền rồng"}
    hits = [
        Hit(code, title, score, 0) for (code, title), score in zip(titles.items(), (0.9, 0.85), strict=True)
    ]
    turn = asked("giấy đăng ký thuyền bị rách, cấp lại mấy ngày", Ranking(tuple(hits), confidence=0.9))
    Focus(search())(turn, turn.text, Procedure(code="1.000090", title=before), lambda text: Ranking())
    assert turn.procedures.hits[0].code == first


def test_a_lost_paper_is_told_in_many_words() -> None:
    for text in ("bằng bị ướt", "thẻ của bố bị chuột gặm", "đánh rơi mất cái giấy", "sổ nát hết"):
        assert "lai" in cases_said(text) and "lai" in cases_said(fold(text))


def test_what_is_named_in_full_is_no_sister_of_the_one_before_though_it_stands_second() -> None:
    hits = (
        Hit("1.000081", "Dừng làm hồ sơ mở trại ong mật", 0.4, 0),
        Hit("1.000082", "Mở trại ong mật", 0.38, 0),
    )
    turn = asked("rồi mở trại ong mật nữa nộp đâu", Ranking(hits, confidence=0.4))
    before = Procedure(code="1.000080", title="Cấp giấy chứng nhận cơ sở an toàn dịch bệnh động vật")
    assert Focus(search())(turn, turn.text, before, lambda text: Ranking()) == "1.000082"


@pytest.mark.parametrize(
    ("title", "turns"), [("Cấp lại bằng thuyền trưởng", True), ("Cấp lại bằng thợ lặn", False)]
)
def test_a_case_alone_turns_only_to_a_sister_of_the_same_thing(title: str, turns: bool) -> None:
    before = Procedure(code="1.000070", title="Cấp bằng thuyền trưởng")
    hits = (Hit("1.000071", title, 0.8, 0), Hit("1.000070", before.title, 0.8, 0))
    turn = asked("bị hư thì sao", Ranking())
    found = Focus(search()).sister_or_twin(
        turn, turn.text, before, lambda text: Ranking(hits, confidence=0.9)
    )
    assert found == ("1.000071" if turns else "")


def test_what_is_pointed_at_stays_though_a_sister_knows_a_word_more() -> None:
    before = Procedure(code="1.000060", title="Cấp bằng lặn biển")
    hits = (Hit("1.000061", "Đổi bằng lặn", 0.9, 0), Hit("1.000060", before.title, 0.7, 0))
    turn = asked("bằng đó xài mấy nơi", Ranking(hits[:1], confidence=0.1))
    assert Focus(search())(turn, turn.text, before, lambda text: Ranking(hits, confidence=0.9)) != "1.000061"
