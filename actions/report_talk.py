"""What the report form says: before the next question, the question itself, and at the end."""

from __future__ import annotations

from typing import Any

from actions.replies import Reply, choice, context_of, reply, with_form
from actions.report_form import ReportForm, Step, StepKind
from actions.services import Services
from actions.talk import respond
from actions.turns import Turn

# slot → (key of the button's title, payload, key of the text the person says instead of a payload)
_BUTTONS: dict[str, tuple[tuple[str, str], ...]] = {
    "what": (),
    "where": (),
    "when": (("button.today", ""), ("button.unknown_time", "#MC:SKIP")),
    "contact": (("button.skip", "#MC:SKIP"),),
    "consent": (("button.agree", "#MC:YES"), ("button.disagree", "#MC:NO")),
    "confirm": (("button.send", "#MC:YES"), ("button.fix", "#MC:CORRECT")),
}
_CANCEL = ("button.cancel", "#MC:CANCEL")


async def before(step: Step, turn: Turn, services: Services) -> list[Reply]:
    """The answer to what was asked in between, or the hint that goes before the question."""
    context = with_form(context_of(turn.metadata), step.form.to_json())
    if step.kind is StepKind.ASIDE:
        resume = reply("report_started", services.message("report.resume"), context=context)
        return [await respond(turn, services), resume]
    return [reply("report_started", services.message(step.hint), context=context)] if step.hint else []


def question(
    form: ReportForm, services: Services, *, metadata: dict[str, Any], offer: tuple[str, ...] = ()
) -> Reply:
    """The form's next question with its buttons; `offer` puts other buttons in their place."""
    text = services.message(
        f"report.ask.{form.asked}", **(_summary(form, services) if form.asked == "confirm" else {})
    )
    buttons = tuple((key, "") for key in offer) or (*_BUTTONS[form.asked], _CANCEL)
    choices = [choice(services.message(key), payload=payload) for key, payload in buttons]
    return reply(
        "report_started", text, choices=choices, context=with_form(context_of(metadata), form.to_json())
    )


def _summary(form: ReportForm, services: Services) -> dict[str, str]:
    contact = form.contact or services.message("report.no_contact")
    return {"what": form.what, "where": form.where, "when": form.when, "contact": contact}


async def finish(kind: StepKind, form: ReportForm, *, services: Services, metadata: dict[str, Any]) -> Reply:
    """The end of the form: filed, or given up and nothing kept."""
    context = with_form(context_of(metadata), None)
    if kind is not StepKind.SUBMIT:
        return reply("smalltalk", services.message(f"report.{kind.value}"), context=context)
    filed = await services.file_report(report=_report(form, metadata), metadata=metadata)
    return {**filed, "context": with_form({**context, **filed.get("context", {})}, None)}


def _report(form: ReportForm, metadata: dict[str, Any]) -> dict[str, Any]:
    return {
        "what": form.what,
        "where": form.where,
        "when": form.when,
        "contact": form.contact or "",
        "consent": form.consent,
        "area": str(metadata.get("area") or context_of(metadata).get("area") or ""),
    }
