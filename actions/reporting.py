"""Actions of the report form. The form's state lives in the conversation's context; slots mirror it."""

from __future__ import annotations

from rasa_sdk import Tracker

from actions import report_form, report_talk
from actions.base import STALE, AppAction, Events, is_stale, slots
from actions.replies import Reply, context_of
from actions.report_form import ReportForm, StepKind
from actions.services import Services
from actions.talk import respond
from actions.turns import Turn


class ValidateReport(AppAction):
    """Takes one message into the form and decides what comes next."""

    title = "validate_report_form"

    async def act(self, turn: Turn, tracker: Tracker) -> tuple[list[Reply], Events]:
        if is_stale(turn, report_form.NAME, opened_by="report"):
            return [await respond(turn, self.services)], slots(form={"kind": STALE}, requested_slot=None)
        step = report_form.step(context_of(turn.metadata).get("form"), turn)
        step = await report_talk.look(step, turn, self.services)
        goes_on = step.kind in (StepKind.ASK, StepKind.ASIDE)
        carried = {**step.form.to_json(), "kind": step.kind.value, "offer": list(step.offer)}
        events = slots(
            form=carried, **_mirror(step.form), requested_slot=_slot(step.form.asked) if goes_on else None
        )
        return await report_talk.before(step, turn, self.services), events


def _slot(asked: str) -> str:
    """Rasa's slot for a question: those that are only sometimes asked share one that is still open."""
    return asked if asked in report_form.SLOTS else "confirm"


def _mirror(form: ReportForm) -> dict[str, object]:
    shown: dict[str, object] = {name: getattr(form, name) or None for name in ("what", "where", "when")}
    return {**shown, "contact": form.contact, "consent": form.consent is not None or None}


class AskReport(AppAction):
    """Asks for one slot, or shows the summary."""

    def __init__(self, services: Services, slot: str) -> None:
        super().__init__(services)
        self.title = f"action_ask_report_form_{slot}"

    async def act(self, turn: Turn, tracker: Tracker) -> tuple[list[Reply], Events]:
        carried = tracker.get_slot("form")
        form = ReportForm.from_json(carried)
        offer = tuple(carried.get("offer", ()))
        return [report_talk.question(form, self.services, metadata=turn.metadata, offer=offer)], []


class SubmitReport(AppAction):
    """Ends the form: files the report, or says that nothing was kept."""

    title = "action_submit_report"

    async def act(self, turn: Turn, tracker: Tracker) -> tuple[list[Reply], Events]:
        carried = tracker.get_slot("form") or {}
        closing = slots(form=None, **dict.fromkeys(report_form.SLOTS))
        if carried.get("kind") == STALE:
            return [], closing
        said = await report_talk.finish(
            StepKind(carried.get("kind", StepKind.CANCELLED)),
            ReportForm.from_json(carried),
            services=self.services,
            metadata=turn.metadata,
        )
        return [said], closing
