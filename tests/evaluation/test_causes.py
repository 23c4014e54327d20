"""Why a question is a miss, from what was expected and what was replied."""

from __future__ import annotations

import pytest

from bot.answer.reply import Reply
from bot.evaluation.causes import SEVERITY, of_faq, of_plan, of_procedure, of_trap, of_turn
from bot.evaluation.kinds import claims, dialogues, meets, procedures, traps
from bot.evaluation.tables import tables
from tests.evaluation.asker import Scripted, reply

A, B = "1.000001", "1.000002"


def said(
    status: str = "answered", text: str = "", *, aspect: str = "", codes: tuple[str, ...] = (A,)
) -> Reply:
    return reply(status, text, codes).model_copy(update={"context": {"aspect": aspect}})


@pytest.mark.parametrize(
    ("line", "given", "rank", "cause"),
    [
        ({}, said(codes=(B,)), None, "not_retrieved"),
        ({}, said(codes=(B,)), 5, "not_retrieved"),
        ({}, said(codes=(B, A)), 1, "sibling_first"),
        ({}, said("clarify", codes=(B, A)), 1, "sibling_first"),
        ({}, said("clarify"), 0, "asked_back"),
        ({}, said("no_information"), 0, "refused"),
        ({}, said("out_of_area"), None, "refused"),
        ({}, said("report_started"), None, "other_act"),
        ({}, said("error"), None, "failed"),
        ({"forbid": ["70"]}, said(text="70.000 đồng"), 0, "fact_wrong"),
        ({"aspect": "fee"}, said(aspect="fee"), 0, "fact_wrong"),
        ({"aspect": "fee"}, said(aspect="documents"), 0, "aspect_not_told"),
        ({"aspect": "fee"}, said("partial", aspect="fee"), 0, "said_missing"),
    ],
)
def test_a_question_about_one_procedure(line: dict, given: Reply, rank: int | None, cause: str) -> None:
    assert of_procedure(line, given, rank=rank) == cause


@pytest.mark.parametrize(
    ("line", "given", "number", "cause"),
    [
        ({"codes": [], "clarify": True}, said(), 1, "should_ask"),
        ({"codes": [A]}, said(codes=(B,)), 1, "sibling_first"),
        ({"codes": [A]}, said(codes=(B,)), 2, "lost_thread"),
        ({"codes": [A]}, said("clarify", codes=()), 2, "asked_back"),
        ({"codes": [A]}, said(), 2, "aspect_not_told"),
    ],
)
def test_a_turn(line: dict, given: Reply, number: int, cause: str) -> None:
    assert of_turn(line, given, number=number) == cause


def test_plans_traps_and_questions_that_no_record_answers() -> None:
    assert of_plan({"facts": ["x"]}, said()) == "section_wrong"
    assert of_plan({"facts": ["x"]}, said("no_information")) == "refused"
    assert of_plan({"expect": "abstain"}, said()) == "should_refuse"
    assert of_trap({"expect": "emergency"}, said()) == "alarm_missed"
    assert of_trap({"expect": "feedback"}, said("emergency")) == "alarm_missed"
    assert of_trap({"expect": "abstain"}, said("smalltalk")) == "other_act"
    assert of_faq({"answerable": "no"}, said(), rank=None) == "should_refuse"
    assert of_faq({"answerable": "partial"}, said(codes=(B, A)), rank=1) == "sibling_first"


def test_every_cause_has_its_gravity_and_its_remedy() -> None:
    assert set(SEVERITY) == set(tables().causes)


def test_only_misses_have_a_cause() -> None:
    asker = Scripted({"một": reply(codes=(A,), text="50.000"), "hai": reply(codes=(A,), text="50.000")})
    lines = [{"id": "1", "q": "một", "codes": [A], "facts": ["50"]}, {"id": "2", "q": "hai", "codes": [B]}]
    assert [case.cause for case in procedures(lines, asker)] == ["", "not_retrieved"]
    turn = {"q": "hai", "codes": [A], "facts": []}
    assert [case.cause for case in dialogues([{"id": "d", "turns": [turn]}], asker)] == [""]
    (trap,) = traps([{"id": "t", "q": "hai", "expect": "abstain"}], asker)
    assert (trap.cause, trap.first) == ("should_refuse", A)


def test_a_fact_in_a_reply_about_another_record_does_not_count() -> None:
    script = {"hỏi": reply(codes=(B, A), text="50.000 đồng"), "đúng": reply(codes=(A, B), text="50.000 đồng")}
    lines = [{"id": q, "q": q, "codes": [A], "facts": ["50[.]000"]} for q in script]
    assert [case.facts for case in procedures(lines, Scripted(script))] == [False, True]


def test_asking_back_with_a_figure_is_a_claim_unless_a_title_holds_it() -> None:
    title = "Gia hạn tạm trú trên 30 ngày"
    bare = reply("clarify", f"Bạn cần việc nào?\n1. {title}", (A,))
    offered = bare.model_copy(
        update={"candidates": [one.model_copy(update={"title": title}) for one in bare.candidates]}
    )
    assert not claims(offered) and meets("abstain", offered)
    assert claims(bare) and not meets("abstain", bare)
    assert not meets("abstain", reply("clarify", "Lệ phí 50.000 đồng. Bạn cần việc nào?"))
