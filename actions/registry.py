"""All actions, by name, ready to be served."""

from __future__ import annotations

from rasa_sdk.executor import ActionExecutor

from actions.answering import Answer, Smalltalk
from actions.base import AppAction
from actions.report_form import SLOTS as REPORT_SLOTS
from actions.reporting import AskReport, SubmitReport, ValidateReport
from actions.services import Services
from actions.ticket_form import SLOTS as TICKET_SLOTS
from actions.tracking import AskTicket, TicketStatus, ValidateTicket


def build_actions(services: Services) -> list[AppAction]:
    return [
        Answer(services),
        Smalltalk(services),
        ValidateReport(services),
        *(AskReport(services, slot) for slot in REPORT_SLOTS),
        SubmitReport(services),
        ValidateTicket(services),
        *(AskTicket(services, slot) for slot in TICKET_SLOTS),
        TicketStatus(services),
    ]


def build_executor(services: Services) -> ActionExecutor:
    """The executor that serves `POST /rasa/actions`, with the app's services inside its actions."""
    executor = ActionExecutor()
    for action in build_actions(services):
        executor.register_action(action)
    return executor
