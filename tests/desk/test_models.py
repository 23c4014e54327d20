from __future__ import annotations

import pytest
from pydantic import ValidationError

from desk.models import TRANSITIONS, Consent, NewReport, TicketState
from tests.gateway.conftest import NOW

CONSENT = Consent(version="1", text_id="report", at=NOW)


def test_every_state_has_its_row_and_is_reached() -> None:
    assert set(TRANSITIONS) == set(TicketState)
    reached = {TicketState.NEW}
    while more := {to for state in reached for to in TRANSITIONS[state]} - reached:
        reached |= more
    assert reached == set(TicketState)


def test_the_ends_are_ends_and_nothing_leads_to_itself() -> None:
    assert {state for state, after in TRANSITIONS.items() if not after} == {
        TicketState.REFUSED,
        TicketState.PUBLISHED,
    }
    assert not [state for state, after in TRANSITIONS.items() if state in after or TicketState.NEW in after]


@pytest.mark.parametrize("what", ["", "   ", "\x00"])
def test_an_empty_report_is_none(what: str) -> None:
    with pytest.raises(ValidationError):
        NewReport(what=what, consent=CONSENT)


def test_without_consent_there_is_no_report() -> None:
    with pytest.raises(ValidationError):
        NewReport.model_validate({"what": "ổ gà"})
    with pytest.raises(ValidationError):
        Consent(version="", text_id="report", at=NOW)


def test_what_postgresql_cannot_store_is_taken_out() -> None:
    assert NewReport(what=" ổ\x00 gà \ud800", consent=CONSENT).what == "ổ gà ?"
