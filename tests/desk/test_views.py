from __future__ import annotations

import string
from datetime import timedelta
from uuid import uuid4

import pytest

from desk.models import FiledTicket, Ticket, TicketEvent, TicketState
from desk.texts import texts
from desk.views import deadline_text, filed_text, history_line, state_text, status_text, ticket_view
from tests.gateway.conftest import NOW


@pytest.fixture
def ticket() -> Ticket:
    return Ticket(
        id=uuid4(),
        code="PA-2026-000001",
        origin="o",
        channel="web",
        conversation_id=None,
        state=TicketState.IN_WORK,
        what="ổ gà",
        place="",
        happened="",
        area="",
        category="duong",
        category_name="Đường sá",
        unit_id="u",
        unit_name="phòng Kinh tế",
        reason="Đường trong xã.",
        confidence="likely",
        second_unit_id="",
        second_unit_name="",
        consent={},
        received_at=NOW,
        updated_at=NOW,
    )


def test_every_state_has_a_name_and_a_line() -> None:
    names = {state.value for state in TicketState}
    assert set(texts()["states"]) == names
    assert set(texts()["events"]) == names
    assert len({state_text(state) for state in TicketState}) == len(names)


def test_texts_ask_only_for_what_is_given() -> None:
    known = {"code", "secret", "unit", "reason", "state"}
    spoken = [texts()[key] for key in ("filed", "filed_again", "status", "second_choice")]
    for text in [*spoken, *texts()["events"].values()]:
        assert {name for _, name, _, _ in string.Formatter().parse(text) if name} <= known


def test_a_history_line_reads_in_local_time() -> None:
    event = TicketEvent(
        at=NOW,
        actor="can-bo-7",
        from_state=TicketState.OURS,
        to_state=TicketState.IN_WORK,
        unit_name="phòng Kinh tế",
        note="Thứ hai sẽ vá đường.",
    )
    assert history_line(event) == "20/11/2026 09:00: Phòng Kinh tế đang xử lý. Thứ hai sẽ vá đường."
    nameless = event.model_copy(update={"unit_name": "", "note": ""})
    assert history_line(nameless).endswith("Bộ phận tiếp nhận và phân loại đang xử lý.")


def test_the_view_is_what_the_reply_carries(ticket: Ticket) -> None:
    view = ticket_view(ticket, secret="ABCD2345")
    assert (view["code"], view["secret"], view["state_text"]) == ("PA-2026-000001", "ABCD2345", "Đang xử lý")
    assert (view["unit"], view["category"], view["history"]) == ("phòng Kinh tế", "Đường sá", [])


def test_filing_says_code_secret_unit_and_reason(ticket: Ticket) -> None:
    said = filed_text(FiledTicket(ticket=ticket, secret="ABCD2345"))
    assert all(part in said for part in ("PA-2026-000001", "ABCD2345", "phòng Kinh tế", "Đường trong xã."))
    assert "\n" not in said
    second = ticket.model_copy(update={"second_unit_name": "Sở Xây dựng"})
    assert "Sở Xây dựng" in filed_text(FiledTicket(ticket=second, secret="ABCD2345"))
    again = filed_text(FiledTicket(ticket=ticket, secret="", again=True))
    assert "PA-2026-000001" in again


def test_a_status_names_no_official(ticket: Ticket) -> None:
    event = TicketEvent(at=NOW, actor="can-bo-7", from_state=None, to_state=TicketState.NEW, unit_name="X")
    said = status_text(ticket, [event], now=NOW)
    assert said.startswith("Phản ánh PA-2026-000001: đang xử lý.")
    assert "can-bo-7" not in said
    assert len(said.splitlines()) == 3


def test_a_status_tells_the_deadline_and_its_basis_or_that_none_is_set(ticket: Ticket) -> None:
    def said(**changes: object) -> str:
        return deadline_text(ticket.model_copy(update=changes), now=NOW)

    due = {"due_at": NOW + timedelta(days=3), "due_basis": "QĐ 1/2026"}
    assert said() == "Nơi xử lý chưa đặt thời hạn trả lời cho phản ánh này."
    assert said(**due) == "Hạn trả lời là 09:00 ngày 23/11/2026, theo QĐ 1/2026."
    assert said(due_at=NOW - timedelta(days=1), due_basis="QĐ 1/2026").endswith("Nay đã quá hạn.")
    assert said(due_basis="QĐ 1/2026", state=TicketState.INCOMPLETE).startswith("Thời hạn trả lời tạm dừng")
    assert said(**due, state=TicketState.ANSWERED) == ""
    assert "2027 chưa được nhập" in said(due_at=NOW + timedelta(days=90), due_basis="QĐ 1/2026")


def test_filing_tells_a_deadline_only_when_there_is_one(ticket: Ticket) -> None:
    assert "Hạn trả lời" not in filed_text(FiledTicket(ticket=ticket, secret="ABCD2345"))
    due = ticket.model_copy(update={"due_at": NOW + timedelta(days=3), "due_basis": "QĐ 1/2026"})
    assert "QĐ 1/2026" in filed_text(FiledTicket(ticket=due, secret="ABCD2345"))
