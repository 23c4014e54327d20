"""One procedure carried out at several levels is one choice; the level is asked next, unless it was named."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from bot.answer.context import VIETNAM, Question, Turn
from bot.answer.judge import MAX_CHOICES, ask_which, base_title, flat
from bot.answer.messages import message
from bot.answer.reply import Reply
from bot.answer.service import Answerer
from index.build import build
from index.dense import HashEncoder
from index.search import Search
from index.snapshot import Snapshot, current
from knowledge.areas import Areas
from knowledge.corpus import Knowledge
from knowledge.documents import Level, Procedure
from knowledge.packs_loader import load_areas
from tests.answer.old_world import answering
from tests.answer.world import acts

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=VIETNAM)
RAISED = "Tặng bằng khen chuyên đề"


def one(code: str, title: str, *levels: Level) -> Procedure:
    return Procedure(code=code, title=title, levels=levels, agency=f"Cơ quan {code}")


RECORDS = [
    one("9.200001", f"{RAISED} (cấp bộ)", Level.MINISTRY),
    one("9.200002", f"{RAISED} (cấp tỉnh)", Level.PROVINCE),
    one("9.200003", f"{RAISED} (cấp xã)", Level.COMMUNE),
    one("9.200004", "Tặng bằng khen đột xuất", Level.PROVINCE),
    one("9.200005", "Tặng bằng khen đột xuất", Level.COMMUNE),
    one("9.200006", "Tặng cờ thi đua", Level.PROVINCE),
]


@pytest.fixture(scope="module")
def answerer(tmp_path_factory: pytest.TempPathFactory) -> Answerer:
    home: Path = tmp_path_factory.mktemp("levels")
    build(Knowledge(procedures=RECORDS, areas=load_areas()), home=home, encoder=HashEncoder())
    return Answerer(Search(Snapshot(current(home) or home), HashEncoder()), Areas.from_pack(), acts())


def say(answerer: Answerer, text: str, payload: str = "", context: dict[str, Any] | None = None) -> Reply:
    return answerer.answer(Question(text, payload=payload, context=context or {}, act="ask", now=NOW))


def asked(text: str, records: list[Procedure] = RECORDS) -> Reply:
    turn = Turn(Question(text, now=NOW), text=text)
    ask_which(turn, message("clarify"), records)
    assert turn.reply is not None
    return turn.reply


def test_three_levels_are_one_choice() -> None:
    reply = asked("tặng bằng khen cần gì")
    assert [choice.title for choice in reply.choices] == [
        f"{RAISED} (cấp bộ, cấp tỉnh, cấp xã)", "Tặng bằng khen đột xuất (cấp tỉnh, cấp xã)", "Tặng cờ thi đua",
    ]  # fmt: skip
    assert reply.context["choices"] == ["9.200001|9.200002|9.200003", "9.200004|9.200005", "9.200006"]
    assert len(reply.choices) <= MAX_CHOICES


@pytest.mark.parametrize(
    ("text", "code"), [("cấp xã tặng bằng khen", "9.200003"), ("len tinh tang bang khen", "9.200002")]
)
def test_a_level_named_is_taken(text: str, code: str) -> None:
    assert asked(text).context["choices"][0] == code


def test_one_procedure_alone_is_asked_by_level_at_once() -> None:
    reply = asked("tặng bằng khen đột xuất", RECORDS[3:5])
    assert "“Tặng bằng khen đột xuất”" in reply.text and message("which_level") in reply.text
    assert [choice.title for choice in reply.choices] == ["Ở tỉnh", "Ở xã, phường"]


@pytest.mark.parametrize("by", ["button", "number"])
def test_the_level_is_asked_next_and_then_answered(answerer: Answerer, by: str) -> None:
    first = asked("tặng bằng khen nộp ở đâu")
    context = {"choices": first.context["choices"], "aspect": "where"}
    payload = first.choices[0].payload if by == "button" else ""
    second = say(answerer, first.choices[0].title if payload else "1", payload, context)
    assert second.status == "clarify" and message("which_level") in second.text
    assert [choice.payload for choice in second.choices] == [
        "#MC:PROC:9.200001", "#MC:PROC:9.200002", "#MC:PROC:9.200003",
    ]  # fmt: skip
    third = say(answerer, "3", "", second.context)
    assert third.procedure is not None and third.procedure.code == "9.200003"
    assert third.context["aspect"] == "where" and "Cơ quan 9.200003" in third.text


def test_a_yes_to_one_choice_of_several_levels_asks_the_level(answerer: Answerer) -> None:
    context = {"choices": ["9.200004|9.200005"], "aspect": "where"}
    question = Question("vâng", context=context, act="affirm", now=NOW)
    reply = answerer.answer(question)
    assert reply.status == "clarify" and len(reply.choices) == 2


def test_a_title_is_one_whatever_its_level() -> None:
    assert base_title("Cấp thẻ (cấp xã)") == base_title("Cấp thẻ (thực hiện tại cấp tỉnh)") == "cấp thẻ"
    assert base_title("Cấp thẻ (lần đầu)") != base_title("Cấp thẻ")


@pytest.mark.parametrize(
    ("office", "code"),
    [("ủy ban tỉnh", "9.210001"), ("công an tỉnh", "9.210001"), ("công an xã", "9.210002")],
)
def test_of_two_levels_the_one_whose_office_is_named_answers(office: str, code: str) -> None:
    records = [
        one("9.210001", "Cấp thẻ chèo xuồng mùa nước nổi", Level.PROVINCE),
        one("9.210002", "Cấp thẻ chèo xuồng mùa nước nổi (thực hiện tại cấp xã)", Level.COMMUNE),
        one("9.210003", "Khai báo ong bắp cày làm tổ", Level.COMMUNE),
    ]
    reply = say(answering(records, []), f"thẻ chèo xuồng mùa nước nổi {office} cấp thì nộp hồ sơ ở đâu")
    assert reply.procedure is not None and reply.procedure.code == code


def test_choices_are_flattened_to_codes() -> None:
    assert flat(["a|b", "c"]) == ["a", "b", "c"]
