"""What the report form says: before the next question, the question itself, and at the end."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from actions.kinds import KINDS, kind_of
from actions.location import LOCATE
from actions.replies import Reply, choice, context_of, reply, with_form
from actions.report_extras import JOIN, KEEP_PRIVATE, KIND, LEFT_OUT, PUBLISH
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
    "attach": (("button.attach", "#MC:YES"), ("button.leave_out", "#MC:NO")),
    "confirm": (("button.send", "#MC:YES"), ("button.fix", "#MC:CORRECT")),
}
_CANCEL = ("button.cancel", "#MC:CANCEL")
_SHARES_PLACE = frozenset({"web"})  # surfaces that can tell where their person stands


async def look(step: Step, turn: Turn, services: Services) -> Step:
    """What only the app knows: reports of others that seem the same. Photos that were refused are thrown away."""
    if step.hint == LEFT_OUT:
        await services.forget_photos(metadata=turn.metadata)
    if step.kind is not StepKind.ASK or step.form.asked != "confirm" or step.form.similar is not None:
        return step
    found = await services.similar_reports(report=_report(step.form, turn.metadata), metadata=turn.metadata)
    form = replace(step.form, similar=tuple(found))
    return replace(step, form=form.asking(tries=form.tries))


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
    text = services.message(f"report.ask.{form.asked}", **_values(form, services))
    buttons = [choice(services.message(key), payload="") for key in offer]
    asked = reply(
        "report_started",
        text,
        choices=[*(buttons or _buttons(form, services, metadata)), *([] if offer else [_cancel(services)])],
        context=with_form(context_of(metadata), form.to_json()),
    )
    return {**asked, "asks": form.asked}


def _cancel(services: Services) -> dict[str, str]:
    return choice(services.message(_CANCEL[0]), payload=_CANCEL[1])


def _buttons(form: ReportForm, services: Services, metadata: dict[str, Any]) -> list[dict[str, str]]:
    if form.asked == "similar":
        joins = [
            choice(services.message("button.join", code=one["code"]), payload=f"{JOIN}{one['code']}")
            for one in form.similar or ()
        ]
        return [*joins, choice(services.message("button.separate"), payload="#MC:NO")]
    fixed = list(_BUTTONS[form.asked])
    if form.asked == "where" and metadata.get("channel") in _SHARES_PLACE:
        fixed.append(("button.locate", LOCATE))
    if form.asked == "confirm":
        fixed += _changes(form)
    return [choice(services.message(key), payload=payload) for key, payload in fixed]


def _changes(form: ReportForm) -> list[tuple[str, str]]:
    """One tap each: the public answer, and the other kinds."""
    public = ("button.private", KEEP_PRIVATE) if form.publish else ("button.publish", PUBLISH)
    others = [kind for kind in KINDS if kind != _kind(form)]
    return [public, *((f"button.kind_{kind}", f"{KIND}{kind}") for kind in others)]


def _kind(form: ReportForm) -> str:
    return form.kind or kind_of(form.what)


def _values(form: ReportForm, services: Services) -> dict[str, str]:
    """What the question's text shows of the form."""
    if form.asked == "confirm":
        return _summary(form, services)
    if form.asked == "similar":
        lines = [services.message("report.similar_line", **one) for one in form.similar or ()]
        return {"similar": "\n".join(lines)}
    return {}


def _summary(form: ReportForm, services: Services) -> dict[str, str]:
    say, kind = services.message, _kind(form)
    why = say(f"report.kind_why.{'chosen' if form.kind else kind}")
    return {
        "what": form.what,
        "where": form.where,
        "when": form.when,
        "contact": form.contact or say("report.no_contact"),
        "kind": say("report.kind_line", kind=say(f"report.kind.{kind}"), why=why),
        "extras": _extras(form, services),
        "publish": say("report.public_yes" if form.publish else "report.public_no"),
    }


def _extras(form: ReportForm, services: Services) -> str:
    if not form.attach:
        return services.message("report.no_extras")
    photos = [services.message("report.photos", count=str(form.photos))] if form.photos else []
    place = [services.message("report.place_exact")] if form.at else []
    return ", ".join([*photos, *place]) or services.message("report.no_extras")


async def finish(kind: StepKind, form: ReportForm, *, services: Services, metadata: dict[str, Any]) -> Reply:
    """The end of the form: filed, joined to another's report, or given up and nothing kept."""
    context = with_form(context_of(metadata), None)
    if kind is StepKind.SUBMIT:
        filed = await services.file_report(report=_report(form, metadata), metadata=metadata)
        return {**filed, "context": with_form({**context, **filed.get("context", {})}, None)}
    if form.photos:
        await services.forget_photos(metadata=metadata)
    if kind is StepKind.JOINED:
        there = await services.add_voice(code=form.joined, text=form.what, metadata=metadata)
        text = (
            services.message("report.joined", code=form.joined)
            if there
            else services.message("report.join_gone")
        )
        return reply("smalltalk", text, context=context)
    return reply("smalltalk", services.message(f"report.{kind.value}"), context=context)


def _report(form: ReportForm, metadata: dict[str, Any]) -> dict[str, Any]:
    """The report as the desk takes it: `desk.models.NewReport` without channel and conversation."""
    sent_along = form.at if form.attach else None
    also = [one for one in (form.attach, form.publish) if one]
    return {
        "what": form.what,
        "where": form.where,
        "when": form.when,
        "contact": form.contact or "",
        "consent": {**form.consent, "also": also} if form.consent else None,
        "area": str(metadata.get("area") or context_of(metadata).get("area") or ""),
        "kind": _kind(form),
        "latitude": sent_along[0] if sent_along else None,
        "longitude": sent_along[1] if sent_along else None,
        "photos": bool(form.attach and form.photos),
        "may_publish": bool(form.publish),
    }
