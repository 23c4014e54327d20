"""When a line counts as right, kind by kind, on scripted answers."""

from __future__ import annotations

import pytest

from bot.evaluation.kinds import dialogues, facts_hold, meets, plans, portal_faq, procedures, traps
from tests.evaluation.asker import Scripted, reply

A, B = "1.000001", "1.000002"


@pytest.mark.parametrize(
    ("line", "text", "holds"),
    [
        ({"facts": ["50[.]000"]}, "Lệ phí: 50.000 đồng", True),
        ({"facts": ["50[.]000"]}, "Lệ phí: 5.000 đồng", False),
        ({"facts": ["MIỄN PHÍ"]}, "miễn phí", True),
        ({"facts": ["xã"]}, "xa\u0303", True),
        ({"forbid": ["cấp huyện"]}, "tại cấp xã", True),
        ({"forbid": ["cấp huyện"]}, "tại cấp huyện", False),
        ({"facts": ["a"], "forbid": ["b"]}, "ab", False),
        ({"facts": None, "forbid": None}, "", True),
        ({}, "", True),
    ],
)
def test_facts_are_patterns_that_must_or_must_not_stand_in_the_text(
    line: dict, text: str, holds: bool
) -> None:
    assert facts_hold(line, text) is holds


def test_procedures_are_ranked_and_their_facts_checked() -> None:
    asker = Scripted(
        {
            "một": reply(codes=(A, B), text="50.000 đồng", score=0.9),
            "hai": reply(codes=(A, B), text="miễn phí"),
            "ba": reply("clarify", codes=()),
        }
    )
    lines = [
        {"id": "1", "q": "một", "codes": [A], "facts": ["50.000"], "area": "dak-lak", "style": "plain"},
        {"id": "2", "q": "hai", "codes": [B], "forbid": ["miễn phí"]},
        {"id": "3", "q": "ba", "codes": [A]},
    ]
    first, second, third = procedures(lines, asker)
    assert (first.rank, first.facts, first.answered, first.style, first.confidence) == (
        0,
        True,
        True,
        "plain",
        0.9,
    )
    assert (second.rank, second.facts) == (1, False)
    assert (third.rank, third.facts, third.answered, third.confidence) == (None, None, False, 0.0)
    assert asker.started == ["dak-lak", "", ""]
    assert all(case.ranked and case.milliseconds >= 0 for case in (first, second, third))


def test_a_procedure_that_spoke_without_candidates_is_first() -> None:
    said = reply(codes=(A,)).model_copy(update={"candidates": []})
    (case,) = procedures([{"id": "1", "q": "một", "codes": [A]}], Scripted({"một": said}))
    assert case.rank == 0


def test_dialogues_keep_one_conversation_and_judge_each_turn() -> None:
    asker = Scripted(
        {"một": reply(codes=(A,), text="ba giấy"), "hai": reply("clarify"), "ba": reply(codes=(B,))}
    )
    line = {
        "id": "d",
        "turns": [
            {"q": "một", "codes": [A], "facts": ["ba"]},
            {"q": "hai", "codes": [], "clarify": True},
            {"q": "ba", "codes": [A]},
        ],
    }
    cases = dialogues([line], asker)
    assert [case.id for case in cases] == ["d.1", "d.2", "d.3"]
    assert [case.right for case in cases] == [True, True, False]
    assert asker.started == [""]


def test_plans_are_judged_by_facts_or_by_what_is_expected() -> None:
    asker = Scripted({"ai": reply(text="Sở Nội vụ chủ trì"), "nơi khác": reply("out_of_area")})
    cases = plans(
        [
            {"id": "1", "q": "ai", "facts": ["Sở Nội vụ"], "area": "lam-dong/bac-binh"},
            {"id": "2", "q": "ai", "facts": ["Sở Y tế"]},
            {"id": "3", "q": "nơi khác", "expect": "out_of_area"},
        ],
        asker,
    )
    assert [case.right for case in cases] == [True, False, True]
    assert asker.started[0] == "lam-dong/bac-binh"


@pytest.mark.parametrize(
    ("expect", "status", "met"),
    [
        ("abstain", "no_information", True),
        ("abstain", "out_of_scope", True),
        ("abstain", "out_of_area", True),
        ("abstain", "clarify", True),
        ("abstain", "answered", False),
        ("abstain", "error", False),
        ("feedback", "report_started", True),
        ("feedback", "report_filed", True),
        ("feedback", "answered", False),
        ("emergency", "emergency", True),
        ("emergency", "out_of_scope", False),
        ("complaint_denunciation", "complaint_denunciation", True),
    ],
)
def test_a_trap_is_met_by_what_it_calls_for(expect: str, status: str, met: bool) -> None:
    assert meets(expect, reply(status)) is met
    (case,) = traps([{"id": "t", "q": "bẫy", "expect": expect}], Scripted({"bẫy": reply(status)}))
    assert case.right is met and case.expected == expect


def test_portal_questions_are_asked_with_and_without_marks() -> None:
    asker = Scripted(
        {"có dấu": reply(codes=(A,)), "co dau": reply(codes=(B, A)), "vàng": reply("out_of_scope")}
    )
    cases = portal_faq(
        [
            {"id": "1", "q": "có dấu", "q_nodiac": "co dau", "codes": [A], "answerable": "yes"},
            {"id": "2", "q": "vàng", "q_nodiac": "", "codes": [], "answerable": "no"},
        ],
        asker,
    )
    assert [(case.style, case.rank, case.ranked, case.right) for case in cases] == [
        ("", 0, True, None),
        ("nodiac", 1, True, None),
        ("", None, False, True),
    ]
    assert asker.asked == ["có dấu", "co dau", "vàng"]
    assert len(asker.started) == 3


@pytest.mark.parametrize(
    ("status", "code", "text", "met"),
    [
        ("answered", A, "Lệ phí: 50.000 đồng", True),
        ("answered", A, "Lệ phí: 80.000 đồng", False),
        ("answered", B, "Lệ phí: 50.000 đồng", False),
        ("no_information", A, "50.000 đồng", False),
    ],
)
def test_what_only_sounds_like_a_trap_must_be_answered(status: str, code: str, text: str, met: bool) -> None:
    line = {"id": "t", "q": "bẫy", "expect": "answer", "codes": [A], "facts": ["50[.]000"]}
    (case,) = traps([line], Scripted({"bẫy": reply(status, codes=(code,), text=text)}))
    assert case.right is met
