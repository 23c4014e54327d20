"""The assistant as a whole, on the packs alone."""

from __future__ import annotations

import pytest

from tests.answer.world import BIRTH, MARRIAGE, Talk, ask


@pytest.mark.parametrize(
    ("act", "status"),
    [
        ("greet", "smalltalk"),
        ("thanks", "smalltalk"),
        ("goodbye", "smalltalk"),
        ("capability", "smalltalk"),
        ("affirm", "smalltalk"),
        ("deny", "smalltalk"),
        ("cancel", "smalltalk"),
        ("correct", "smalltalk"),
        ("skip", "smalltalk"),
        ("chitchat", "out_of_scope"),
        ("handover", "handed_over"),
        ("report", "report_started"),
    ],
)
def test_every_act_that_is_no_question_has_a_reply(act: str, status: str) -> None:
    reply = ask("vâng", act=act)
    assert reply.status == status
    assert reply.text


def offered(*codes: str) -> Talk:
    """A conversation whose last reply offered these procedures, asked for their fee."""
    talk = Talk()
    talk.context = {"choices": list(codes), "aspect": "fee"}
    return talk


def test_yes_to_one_choice_takes_it() -> None:
    reply = offered(BIRTH).say("đúng rồi", act="affirm")
    assert reply.procedure is not None and reply.procedure.code == BIRTH
    assert reply.context["aspect"] == "fee"


def test_yes_to_several_choices_asks_which() -> None:
    talk = offered(BIRTH, MARRIAGE)
    reply = talk.say("đúng rồi", act="affirm")
    assert reply.status == "clarify"
    assert [choice.payload for choice in reply.choices] == [f"#MC:PROC:{BIRTH}", f"#MC:PROC:{MARRIAGE}"]
    second = talk.say("2")
    assert second.procedure is not None and second.procedure.code == MARRIAGE


def test_no_to_every_choice_offers_other_ways() -> None:
    reply = offered(BIRTH, MARRIAGE).say("không phải", act="deny")
    assert reply.status == "no_information"
    assert {choice.payload for choice in reply.choices} >= {"#MC:HANDOVER", "#MC:REPORT"}
