from __future__ import annotations

import json

import pytest

from actions.ticket_form import TicketKind, step
from actions.turns import Turn

CODE, SECRET = "PA-2026-000123", "K7QM2XPA"


def said(text: str, act: str = "ticket_status", payload: str = "") -> Turn:
    return Turn(text, act, 1.0, payload)


def test_code_and_secret_in_one_message() -> None:
    found = step(None, said(f"{CODE} {SECRET}"))
    assert (found.kind, found.code, found.secret) == (TicketKind.LOOKUP, CODE, SECRET)


def test_one_after_another() -> None:
    first = step(None, said("phản ánh của tôi tới đâu rồi"))
    assert (first.kind, first.asked) == (TicketKind.ASK, "ticket_code")
    second = step(first.to_json(), said(CODE))
    assert (second.kind, second.asked) == (TicketKind.ASK, "ticket_secret")
    assert step(second.to_json(), said(SECRET, "ask")).kind is TicketKind.LOOKUP


def test_the_secret_is_never_part_of_the_state() -> None:
    found = step(None, said(f"{CODE} {SECRET}"))
    assert SECRET not in json.dumps(found.to_json())


def test_a_question_in_between_is_answered() -> None:
    opened = step(None, said("tra cứu phản ánh")).to_json()
    assert step(opened, said("lệ phí bao nhiêu", "ask")).kind is TicketKind.ASIDE


def test_a_message_without_code_gets_a_hint_and_then_an_end() -> None:
    form = step(None, said("tra cứu phản ánh")).to_json()
    hinted = step(form, said("tôi quên mất rồi", "report"))
    assert (hinted.kind, hinted.hint) == (TicketKind.ASK, "ticket.hint.code")
    form = step(hinted.to_json(), said("không thấy", "report")).to_json()
    assert step(form, said("không có", "report")).kind is TicketKind.GAVE_UP


@pytest.mark.parametrize("turn", [said("thôi", "cancel"), said("", "cancel", "#MC:CANCEL")])
def test_cancel(turn: Turn) -> None:
    assert step(step(None, said("tra cứu")).to_json(), turn).kind is TicketKind.CANCELLED


def test_the_state_of_another_form_is_not_taken_over() -> None:
    assert step({"name": "report", "slots": {"code": CODE}}, said("tra cứu")).code == ""
