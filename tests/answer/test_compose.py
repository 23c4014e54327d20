"""Every aspect of every record of the packs: composed without failing, grounded, complete as text alone."""

from __future__ import annotations

from datetime import datetime

import pytest

from bot.answer.compose.plan import schedule_lines
from bot.answer.compose.procedure import ASPECTS
from bot.answer.compose.step import Compose
from bot.answer.context import VIETNAM, Question, Turn
from bot.answer.ground import Ground, numbers
from bot.answer.messages import catalogue, message
from bot.answer.reply import Reply
from knowledge.documents import Procedure
from tests.answer.world import BAC_BINH, BIRTH, NOW, ask, knowledge, search

MESSAGE_LIMIT = 2000  # of the narrowest channel; a longer reply is split between lines


def splittable(text: str) -> bool:
    return all(len(line) <= MESSAGE_LIMIT for line in text.splitlines())


def check(reply: Reply) -> None:
    assert reply.status in {"answered", "partial"}
    assert splittable(reply.text)
    assert reply.sources
    for source in reply.sources:
        assert source.title and source.title in reply.text, "the text alone names its source"
        assert source.validity_text and source.validity_text in reply.text
    for word in ("{", "}", "None", "nan", "[]", "  •"):
        assert word not in reply.text


@pytest.mark.parametrize("aspect", sorted(ASPECTS))
def test_every_procedure_can_be_asked_everything(aspect: str) -> None:
    for record in knowledge().procedures:
        reply = ask("", payload=f"#MC:ASK:{record.code}:{aspect}")
        assert reply.procedure is not None and reply.procedure.code == record.code
        check(reply)
        lacking = [
            text for key, text in catalogue().items() if key.startswith("lack_") and text in reply.text
        ]
        assert (reply.status == "partial") == bool(lacking), "what is lacking is named"
        assert reply.context["aspect"] == aspect
        assert len(reply.choices) <= 4
        assert all(c.payload.startswith(f"#MC:ASK:{record.code}:") for c in reply.choices)
        assert f"#MC:ASK:{record.code}:{aspect}" not in {c.payload for c in reply.choices}


@pytest.mark.parametrize("aspect", ["schedule", "responsibility", "nothing"])
def test_an_aspect_procedures_do_not_have_shows_the_overview(aspect: str) -> None:
    reply = ask("", payload=f"#MC:ASK:{BIRTH}:{aspect}")
    assert reply.context["aspect"] == "overview"


BARE = Procedure(code="9.000001", title="Thủ tục trống")


@pytest.mark.parametrize("aspect", sorted(ASPECTS))
def test_an_empty_record_states_nothing(aspect: str) -> None:
    composed = ASPECTS[aspect](BARE, "hỏi gì đó")
    assert not composed.stated
    assert message(f"lack_{aspect}") and message(f"head_{aspect}", title="x", code="y")


def test_free_and_unknown_are_told_apart() -> None:
    free = BARE.model_validate(
        {**BARE.model_dump(), "channels": [{"how": "direct", "fees": [{"amount": 0}]}]}
    )
    unknown = BARE.model_validate(
        {**BARE.model_dump(), "channels": [{"how": "direct", "fees": [{"raw": "theo quy định"}]}]}
    )
    assert message("fee_free") in "\n".join(ASPECTS["fee"](free, "").lines)
    composed = ASPECTS["fee"](unknown, "")
    assert not composed.stated
    assert message("fee_free") not in "\n".join(composed.lines)


def test_a_time_without_unit_is_not_stated() -> None:
    glued = BARE.model_validate(
        {**BARE.model_dump(), "channels": [{"how": "direct", "time_limit": {"value": 1, "raw": "1"}}]}
    )
    assert not ASPECTS["time_limit"](glued, "").stated


def turn_with(lines: list[str], evidence: list[str]) -> Turn:
    return Turn(Question("hỏi", now=NOW), text="hỏi", lines=lines, evidence=evidence, status="answered")


@pytest.mark.parametrize(
    "stray",
    [
        "Lệ phí: 8.765.432 đồng",
        "Xem https://vi-du.example/tra-tien",
        "Trong 4321 ngày",
        "Mẫu 98765",
        "ngày 31/12/2087",
    ],
)
def test_a_figure_or_link_of_no_record_is_withheld(stray: str, caplog: pytest.LogCaptureFixture) -> None:
    turn = turn_with(["Lệ phí: 50.000 đồng", stray], ["phí 50000"])
    Ground()(turn)
    assert turn.reply is not None and turn.reply.status == "no_information"
    assert stray not in turn.reply.text
    assert turn.reply.choices
    assert "not grounded" in caplog.text


@pytest.mark.parametrize(
    ("line", "evidence"),
    [
        ("Lệ phí: 50.000 đồng", "amount 50000"),
        ("Hạn 05/7/2026", '"2026-07-05"'),
        ("Xem https://a.vn/x", "nguồn https://a.vn/x"),
        ("1. Bước đầu\n2. Bước sau", ""),
        ("Gọi 113", ""),
    ],
)
def test_figures_of_the_record_and_our_own_pass(line: str, evidence: str) -> None:
    turn = turn_with(line.split("\n"), [evidence])
    Ground()(turn)
    assert turn.reply is None


def test_numbers_are_compared_as_digits() -> None:
    assert numbers("200.000, 200000 và 007") == {"200000", "7"}


def test_a_wrong_composer_never_reaches_people(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = ASPECTS["fee"](BARE, "")._replace(lines=["• 7.654.321 đồng"], stated=True)
    monkeypatch.setitem(ASPECTS, "fee", lambda record, question: wrong)
    reply = ask("", payload=f"#MC:ASK:{BIRTH}:fee")
    assert reply.status == "no_information"
    assert "7.654.321" not in reply.text
    assert reply.sources == []


def day(month: int, number: int, year: int = 2026) -> datetime:
    return datetime(year, month, number, 9, 0, tzinfo=VIETNAM)


@pytest.mark.parametrize(
    ("now", "unit", "shown"),
    [
        (day(1, 1), "Sở Công Thương", "23/01/2026"),
        (day(1, 23), "Sở Công Thương", "23/01/2026"),
        (day(1, 24), "Sở Giáo dục và Đào tạo", "13/03/2026"),
        (day(7, 1), "Sở Nông nghiệp và Môi trường", "10/07/2026"),
        (day(12, 11), "Ban Quản lý các khu công nghiệp", "11/12/2026"),
    ],
)
def test_the_next_dialogue_depends_on_the_day(now: datetime, unit: str, shown: str) -> None:
    reply = ask("buổi đối thoại tiếp theo là khi nào", area=BAC_BINH, now=now)
    assert reply.status == "answered"
    assert unit in reply.text and shown in reply.text


@pytest.mark.parametrize("now", [day(12, 12), day(3, 1, 2027)])
def test_after_the_last_dialogue_there_is_none(now: datetime) -> None:
    reply = ask("buổi đối thoại tiếp theo là khi nào", area=BAC_BINH, now=now)
    assert "không còn buổi nào" in reply.text
    assert "2026" in reply.text


def test_a_named_unit_has_its_own_day_and_past_ones_are_called_past() -> None:
    reply = ask("sở y tế đối thoại ngày nào", area=BAC_BINH, now=day(7, 1))
    assert "08/05/2026" in reply.text and message("event_past") in reply.text
    assert "Công Thương" not in reply.text


def test_a_month_has_its_own_rows() -> None:
    plan = next(plan for plan in knowledge().plans if plan.area == BAC_BINH)
    today = day(7, 1).date()
    assert len(schedule_lines(plan.events, "tháng 8 ai đối thoại", today)) == 1
    assert "09/10/2026" in schedule_lines(plan.events, "ngày 9/10 đối thoại với ai", today)[0]
    assert len(schedule_lines(plan.events, "lịch đối thoại", today)) == len(plan.events)


@pytest.mark.parametrize(
    ("question", "units"),
    [
        ("lịch đối thoại cải cách hành chính tại xã", 11),
        ("sở văn hóa đối thoại hôm nào", 1),
        ("so nong nghiep doi thoai khi nao", 1),
        ("sở nội vụ đối thoại ngày nào", 12),
    ],
)
def test_an_office_is_named_by_what_it_does(question: str, units: int) -> None:
    plan = next(plan for plan in knowledge().plans if plan.area == BAC_BINH)
    lines = schedule_lines(plan.events, question, day(7, 1).date())
    assert len(lines) == units
    assert (message("event_unit_missing") in lines) == (units == 12)


def test_the_next_one_is_the_next_one_however_it_is_asked() -> None:
    plan = next(plan for plan in knowledge().plans if plan.area == BAC_BINH)
    lines = schedule_lines(plan.events, "buổi tiếp theo về cải cách hành chính tại tỉnh", day(7, 1).date())
    assert len(lines) == 1 and "10/07/2026" in lines[0]


@pytest.mark.parametrize(
    ("agency", "said"),
    [
        ("UBND cấp huyện", message("abolished_note", said="UBND cấp huyện", today="UBND cấp xã")[:60]),
        ("Phòng chuyên môn cấp huyện", message("level_note")),
        ("UBND cấp xã", ""),
    ],
)
def test_what_still_speaks_of_districts_has_a_note(agency: str, said: str) -> None:
    record = BARE.model_validate({**BARE.model_dump(), "code": BIRTH, "agency": agency})
    turn = Turn(Question("nộp ở đâu", now=NOW), text="nộp ở đâu", procedure=record, aspects=["where"])
    Compose(search())(turn)
    notes = [line for line in turn.lines if "không còn" in line]
    assert [line[: len(said)] for line in notes] == ([said] if said else [])


def test_a_schedule_that_is_empty_is_said_to_be() -> None:
    lines = schedule_lines((), "buổi tiếp theo khi nào", day(7, 1).date())
    assert len(lines) == 1 and "không còn" in lines[0]


def test_a_superseded_plan_speaks_only_with_its_note() -> None:
    asked = [
        "kế hoạch tuyên truyền cải cách hành chính năm 2020 của Đắk Lắk giao việc cho ai",
        "kế hoạch tuyên truyền cải cách hành chính ai chủ trì",
        "ai ký kế hoạch tuyên truyền",
        "năm 2020 sở nội vụ tuyên truyền gì",
    ]
    spoke = 0
    for question in asked:
        reply = ask(question, area="dak-lak")
        old = [source for source in reply.sources if source.validity == "superseded"]
        spoke += bool(old)
        if old:
            assert "đã được thay thế" in reply.text
        else:
            assert "đã được thay thế" not in reply.text
    assert spoke, "the plan of 2020 answers about 2020"


def test_a_plan_in_force_today_has_expired_next_year() -> None:
    question = "kế hoạch tuyên truyền cải cách hành chính xã Bắc Bình ai chủ trì"
    before = ask(question, area=BAC_BINH, now=day(7, 1))
    after = ask(question, area=BAC_BINH, now=day(2, 1, 2027))
    assert {s.validity for s in before.sources if s.kind == "plan"} == {"in_force"}
    assert {s.validity for s in after.sources if s.kind == "plan"} == {"superseded"}
    assert "đã được thay thế" in after.text or "hết hiệu lực" in after.text


def test_every_passage_can_be_shown() -> None:
    """Each guide, and each statement and head of each plan, asked by its own words in its own area."""
    for row in search().snapshot.passage_rows:
        kind, record_id, number = str(row["id"]).split(":")
        if kind == "guide":
            guide = search().snapshot.records.guide(record_id)
            assert guide is not None
            reply = ask(guide.questions[0])
        elif kind == "statement" and int(number) % 7 == 0:
            plan = search().snapshot.records.plan(record_id)
            assert plan is not None
            statement = plan.statements[int(number)]
            reply = ask(f"kế hoạch: {statement.unit} {statement.text}"[:600], area=plan.area)
        else:
            continue
        assert reply.status != "error"
        if reply.status == "answered":
            check(reply)


@pytest.mark.parametrize(
    "text", ["<b>khai sinh</b> cần gì", "<script>alert(1)</script> lệ phí khai sinh", "<img src=x>"]
)
def test_marks_of_a_page_in_a_question_never_come_back(text: str) -> None:
    reply = ask(text)
    assert "<" not in reply.text
    assert all("<" not in choice.title for choice in reply.choices)
