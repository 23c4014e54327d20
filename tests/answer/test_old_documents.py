"""Nothing of an old document is stated as current: made records of several times, and the real ones of before 2025."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.answer.compose.standing import ENDED, is_notice
from bot.answer.context import Question, Turn
from bot.answer.ground import Ground
from bot.answer.messages import message
from bot.answer.reply import Reply
from bot.answer.service import Answerer
from knowledge.documents import Plan, Procedure
from knowledge.packs_loader import load_procedures
from knowledge.periods import of_today
from knowledge.sources import Options, read_file
from knowledge.validity import resolve
from tests.answer.old_world import CARD, DA_NANG, HOUSE, NOW, PAVEMENT, WORK, answerer, answering, read

DATA = Path(__file__).resolve().parent.parent / "evaluation" / "data" / "old_documents.jsonl"
LINES = [json.loads(line) for line in DATA.read_text(encoding="utf-8").splitlines()]
# Facts of records that do not hold today; each stands in no record that does.
OLD_FACTS = re.compile(
    r"51\.000|17 ngày|phường cũ|613\.000|19 ngày|Hộ khẩu giấy|137\.000|(?<!\d)9 ngày|Bản vẽ vỉa hè|23 ngày"
    r"|Đơn xin xác nhận|71\.000|(?<!\d)2 ngày|Tài khoản định danh|Nguyễn Tuấn Hà|2020"
)
CONTESTED = re.compile(r"150\.000|190\.000")


def ask(text: str, area: str = DA_NANG, payload: str = "", context: dict[str, Any] | None = None) -> Reply:
    question = Question(text, area=area, payload=payload, context=context or {}, now=NOW)
    return answerer().answer(question)


def first(reply: Reply) -> str:
    return reply.text.splitlines()[0]


@pytest.mark.parametrize("line", LINES, ids=[line["id"] for line in LINES])
def test_every_question_is_answered_from_its_time(line: dict[str, Any]) -> None:
    reply = ask(line["q"], line["area"])
    for fact in line["facts"]:
        assert re.search(fact, reply.text), reply.text
    assert not CONTESTED.search(reply.text)
    if not is_notice(first(reply)):
        assert not OLD_FACTS.search(reply.text), reply.text
    STANDS[line["stands"]](reply)


def _current(reply: Reply) -> None:
    assert reply.status in {"answered", "partial"}, reply.text
    assert not is_notice(first(reply))
    assert {source.validity for source in reply.sources} <= {"in_force", "unknown"}


def _past(reply: Reply) -> None:
    assert reply.status in {"answered", "partial"}, reply.text
    assert is_notice(first(reply)), reply.text
    assert {source.validity for source in reply.sources} & {"superseded", "repealed", "not_yet"}
    assert reply.blocks[0].kind == "notice"


def _old_only(reply: Reply) -> None:
    assert reply.status == "no_information"
    assert is_notice(first(reply))
    assert not OLD_FACTS.search(reply.text), reply.text
    assert reply.choices and reply.sources


def _unheld(reply: Reply) -> None:
    assert reply.status == "partial"
    assert first(reply) == message("time_unheld")


def _listed(reply: Reply) -> None:
    assert reply.status == "partial"
    assert any(choice.url for choice in reply.choices)


def _none(reply: Reply) -> None:
    assert PAVEMENT not in {candidate.code for candidate in reply.candidates}
    assert reply.procedure is None or reply.procedure.code != PAVEMENT


def _differ(reply: Reply) -> None:
    assert reply.status == "partial"


def _amended(reply: Reply) -> None:
    assert first(reply).startswith("Lưu ý")
    assert "620/QĐ-UBND" in reply.sources[0].validity_text


def _answered(reply: Reply) -> None:
    assert reply.status in {"answered", "partial"}


STANDS: dict[str, Callable[[Reply], None]] = {
    "current": _current, "past": _past, "old_only": _old_only, "unheld": _unheld, "listed": _listed, "none": _none,
    "differ": _differ, "amended": _amended, "past_or_current": _answered,
}  # fmt: skip


def test_there_are_questions_of_every_kind() -> None:
    assert len(LINES) >= 30
    assert {line["stands"] for line in LINES} == set(STANDS)
    assert len({line["id"] for line in LINES}) == len(LINES)


# A conversation keeps the time it is about


def test_a_following_question_stays_in_the_past() -> None:
    talk = ask("năm 2023 cấp biển số nhà lệ phí bao nhiêu")
    then = ask("còn thời hạn thì mấy ngày", context=talk.context)
    assert is_notice(first(then)) and "17 ngày" in then.text
    now = ask("thế bây giờ mấy ngày", context=then.context)
    assert not is_notice(first(now)) and "3 ngày" in now.text
    later = ask("lệ phí bao nhiêu", context=now.context)
    assert "21.000" in later.text


def test_the_buttons_of_a_past_answer_stay_in_the_past_and_one_leads_to_today() -> None:
    reply = ask("năm 2023 cấp biển số nhà lệ phí bao nhiêu")
    today = next(choice for choice in reply.choices if choice.title == message("now_choice"))
    now = ask(today.title, payload=today.payload, context=reply.context)
    assert "21.000" in now.text and not is_notice(first(now))
    silent = ask("", payload=today.payload, context=reply.context)
    assert "21.000" in silent.text
    other = next(choice for choice in reply.choices if "~" in choice.payload)
    assert is_notice(first(ask(other.title, payload=other.payload, context=reply.context)))


def test_an_old_button_pressed_in_a_new_conversation_states_nothing_old() -> None:
    for record in read():
        if not record.variant:
            continue
        for aspect in ("fee", "time_limit", "documents", "overview"):
            reply = ask("", payload=f"#MC:ASK:{record.key}:{aspect}")
            assert not OLD_FACTS.search(reply.text), reply.text


def test_a_code_typed_finds_the_record_of_today() -> None:
    assert "21.000" in ask(f"lệ phí của {HOUSE}").text
    assert first(ask(f"lệ phí của {PAVEMENT}")).startswith("Mình chỉ có bản cũ")


def test_an_old_record_of_another_area_never_answers_even_by_its_key() -> None:
    reply = ask("", "dak-lak", payload=f"#MC:ASK:{PAVEMENT}@{DA_NANG}~truoc-2025-07:fee")
    assert "137.000" not in reply.text
    named = ask(f"lệ phí của {WORK}", "dak-lak")
    assert "400.000" in named.text


def test_a_choice_made_after_a_question_about_the_past_is_answered_in_it() -> None:
    context = {"choices": [HOUSE, CARD], "aspect": "fee", "period": "2023-01-01/2023-12-31"}
    reply = ask("1", context=context)
    assert is_notice(first(reply)) and "51.000" in reply.text


# The last line of defence


def _turn(record: Procedure) -> Turn:
    turn = Turn(Question("lệ phí", area=DA_NANG, now=NOW))
    turn.procedure, turn.status = record, "answered"
    turn.lines = ["Phí, lệ phí:", "• 51.000 đồng"]
    turn.evidence = ["51000"]
    return turn


def test_a_figure_of_an_old_record_without_the_notice_is_never_sent() -> None:
    old = next(record for record in read() if record.variant)
    turn = _turn(old)
    Ground()(turn)
    assert turn.reply is not None and turn.reply.status == "no_information"
    assert "51.000" not in turn.reply.text


def test_the_same_with_the_notice_is_sent() -> None:
    old = next(record for record in read() if record.variant)
    turn = _turn(old)
    turn.lines.insert(0, message("old_record", when="năm 2023", by=""))
    turn.evidence.append("2023")
    Ground()(turn)
    assert turn.reply is None


def test_a_source_that_ended_is_enough_to_withhold() -> None:
    old = next(record for record in read() if record.variant)
    reply = ask("năm 2023 cấp biển số nhà lệ phí bao nhiêu")
    turn = _turn(old)
    turn.procedure, turn.sources = None, reply.sources
    Ground()(turn)
    assert turn.reply is not None and turn.reply.status == "no_information"


# The real documents of before July 2025, read from where they lie beside the repository


@pytest.fixture(scope="module")
def real(shared: Path) -> tuple[Answerer, list[Procedure], list[Plan]]:
    """The handbook of 2023–24 and the plan of 2020, beside what we wrote of today."""
    files = [shared / "corpus" / "da_nang_2023.pdf", *sorted((shared / "seeds").glob("00[01]*"))]
    found = [record for path in files for _, record in read_file(path, options=Options(ocr=False))]
    procedures = [record for record in found if isinstance(record, Procedure)]
    plans = [record for record in found if isinstance(record, Plan)]
    resolved = resolve([*procedures, *load_procedures()], plans)
    old = [record for record in resolved.procedures if record.area == DA_NANG]
    return answering(resolved.procedures, resolved.plans), old, list(resolved.plans)


Real = tuple[Answerer, list[Procedure], list[Plan]]


@pytest.mark.shared
def test_every_procedure_of_the_old_handbook_is_of_the_past(real: Real) -> None:
    _, old, _ = real
    assert len(old) >= 130
    assert not [record.key for record in old if of_today(record.validity, NOW.date(), variant=record.variant)]


@pytest.mark.shared
@pytest.mark.parametrize(
    "question", ["{} lệ phí bao nhiêu", "{} mất mấy ngày", "{} cần giấy tờ gì", "hiện nay {} nộp ở đâu", "{}"]
)
def test_nothing_of_the_old_handbook_is_stated_as_current(real: Real, question: str) -> None:
    answers, old, _ = real
    spoken = 0
    for record in old:
        reply = answers.answer(Question(question.format(record.title[:300]), area=DA_NANG, now=NOW))
        ended = [source for source in reply.sources if source.validity in ENDED]
        if ended:
            assert reply.status == "no_information" and is_notice(first(reply)), (record.key, reply.text)
            spoken += 1
    assert spoken > len(old) / 3, "most are known, and said to be old"


@pytest.mark.shared
def test_the_old_handbook_speaks_when_its_time_is_asked_and_says_so(real: Real) -> None:
    answers, old, _ = real
    told = 0
    for record in old[::3]:
        reply = answers.answer(
            Question(f"năm 2024 {record.title[:300]} cần giấy tờ gì", area=DA_NANG, now=NOW)
        )
        if any(source.validity in ENDED for source in reply.sources):
            assert is_notice(first(reply)), reply.text
            told += reply.status in {"answered", "partial"}
    assert told > len(old[::3]) / 3


@pytest.mark.shared
def test_no_key_or_code_of_the_old_handbook_opens_its_figures(real: Real) -> None:
    answers, old, _ = real
    for record in old:
        for payload in (
            f"#MC:ASK:{record.key}:fee",
            f"#MC:PROC:{record.key}",
            f"#MC:ASK:{record.code}:documents",
        ):
            for area in (DA_NANG, "dak-lak", ""):
                reply = answers.answer(Question("", area=area, payload=payload, now=NOW))
                ended = [source for source in reply.sources if source.validity in ENDED]
                assert not ended or reply.status == "no_information", (payload, reply.text)


@pytest.mark.shared
def test_the_plan_of_2020_lies_under_that_of_2026(real: Real) -> None:
    answers, _, plans = real
    (old,) = [plan for plan in plans if plan.year == 2020]
    assert old.validity.on(NOW.date()) in ENDED and "2026" in old.validity.by
    for text in ("kế hoạch tuyên truyền cải cách hành chính giao sở nào chủ trì", "ai ký kế hoạch cải cách hành chính",
                 "chủ đề tuyên truyền cchc là gì", "Sở Nội vụ phải làm gì trong kế hoạch tuyên truyền"):  # fmt: skip
        reply = answers.answer(Question(text, area="dak-lak", now=NOW))
        assert not [source for source in reply.sources if source.validity in ENDED], reply.text
    asked = answers.answer(Question(f"{text} năm 2020", area="dak-lak", now=NOW))
    if any(source.validity in ENDED for source in asked.sources):
        assert is_notice(first(asked))
